package org.tombolo.nn.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.random.RandomGenerator;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Shuffled batches for training, gathered ahead of time by a thread of its own.
///
/// Every epoch goes through the set in an order that follows from the seed and the number of the
/// epoch alone, so training can go on from any batch of any epoch. Each example comes at most once
/// an epoch: what is left over when the set is cut into whole batches (always fewer than one batch,
/// and other ones each time) is not seen in that epoch.
///
/// A fixed number of buffers goes round between the thread, which fills them, and the caller, who
/// has two at a time, one in use and one on its way to a device, and returns the older one by
/// asking for the next batch. Nothing is allocated after the start. The buffers lie outside the
/// Java heap, where devices can read them without another copy. Closing ends the thread, wherever
/// it is; a failure in it is thrown by [#next].
public final class Batches implements AutoCloseable {
  /// Batches that wait ready while others are used and one is filled.
  private static final int AHEAD = 2;

  /// Batches that the caller has.
  private static final int LENT = 2;

  /// Device runtimes read memory at page and cache line boundaries best.
  private static final long ALIGNMENT = 128;

  private sealed interface Item {
    record Ready(Batch batch, Buffer buffer) implements Item {}

    record Failed(Throwable cause) implements Item {}

    record End() implements Item {}
  }

  /// Memory for one batch.
  private record Buffer(Tensor features, Tensor labels, Target target) {}

  /// The same memory, writable.
  private record Target(MemorySegment features, MemorySegment labels) {}

  /// Where a run through a set begins and ends.
  ///
  /// @param epoch first epoch, from 0
  /// @param batch first batch of that epoch, from 0
  /// @param epochs one past the last epoch
  public record Span(int epoch, int batch, int epochs) {
    /// All of the first epochs.
    public static Span epochs(int epochs) {
      return new Span(0, 0, epochs);
    }
  }

  private final DataSet data;
  private final int size;
  private final long seed;
  private final Span span;
  private final BlockingQueue<Buffer> free = new ArrayBlockingQueue<>(AHEAD + LENT + 1);
  private final BlockingQueue<Item> ready = new ArrayBlockingQueue<>(AHEAD);
  private final Thread thread;
  private final Deque<Buffer> lent = new ArrayDeque<>();
  private boolean ended;
  private long waitedNanos;

  private Batches(DataSet data, int size, long seed, Span span) {
    this.data = data;
    this.size = size;
    this.seed = seed;
    this.span = span;
    Arena memory = Arena.ofAuto();
    for (int i = 0; i < AHEAD + LENT + 1; i++) {
      TensorType features = data.features(size);
      TensorType labels = data.labels(size);
      Target target =
          new Target(
              memory.allocate(features.bytes(), ALIGNMENT),
              memory.allocate(labels.bytes(), ALIGNMENT));
      free.add(
          new Buffer(
              Tensor.wrap(features, target.features()),
              Tensor.wrap(labels, target.labels()),
              target));
    }
    this.thread =
        Thread.ofPlatform().daemon().name("tombolo-batches-" + data.name()).unstarted(this::fill);
  }

  /// Starts to gather batches.
  ///
  /// @param data what is cut into batches
  /// @param size examples of a batch
  /// @param seed of the order
  /// @param span first and last batch
  /// @throws DataException if the set has too few examples for one batch
  public static Batches shuffled(DataSet data, int size, long seed, Span span) {
    if (size < 1 || size > data.size()) {
      throw new DataException(
          "data %s: %d examples, batches of %d; need batches of 1 to %d"
              .formatted(data.name(), data.size(), size, data.size()),
          "a batch size within that range");
    }
    Batches batches = new Batches(data, size, seed, span);
    batches.thread.start();
    return batches;
  }

  /// Number of whole batches in a set.
  public static int perEpoch(DataSet data, int size) {
    return data.size() / size;
  }

  /// The next batch, or nothing after the last one. The batch before may still be used, the one
  /// before that not any more.
  ///
  /// @throws IllegalStateException if the thread failed; the cause says why
  /// @throws InterruptedException if the calling thread is interrupted while it waits
  public Optional<Batch> next() throws InterruptedException {
    if (ended) {
      return Optional.empty();
    }
    if (lent.size() == LENT) {
      free.add(lent.remove());
    }
    Item item = ready.poll();
    if (item == null) {
      long start = System.nanoTime();
      item = ready.take();
      waitedNanos += System.nanoTime() - start;
    }
    return switch (item) {
      case Item.Ready(Batch batch, Buffer buffer) -> {
        lent.add(buffer);
        yield Optional.of(batch);
      }
      case Item.Failed(Throwable cause) -> {
        ended = true;
        throw new IllegalStateException(
            "data %s: gathering a batch failed: %s".formatted(data.name(), cause), cause);
      }
      case Item.End() -> {
        ended = true;
        yield Optional.empty();
      }
    };
  }

  /// Time that [#next] had to wait so far because no batch was ready, in seconds.
  public double waitedSeconds() {
    return waitedNanos * 1e-9;
  }

  private void fill() {
    try {
      int[] order = new int[data.size()];
      int perEpoch = perEpoch(data, size);
      int first = span.batch();
      for (int epoch = span.epoch(); epoch < span.epochs(); epoch++) {
        order(order, seed, epoch);
        for (int index = first; index < perEpoch; index++) {
          Buffer buffer = free.take();
          DataSet.copy(data.features(), order, index * size, size, buffer.target().features());
          DataSet.copy(data.labels(), order, index * size, size, buffer.target().labels());
          Batch batch = new Batch(epoch, index, buffer.features(), buffer.labels());
          ready.put(new Item.Ready(batch, buffer));
        }
        first = 0;
      }
      ready.put(new Item.End());
    } catch (InterruptedException e) {
      // Closed: nobody waits for more.
    } catch (RuntimeException | Error e) {
      report(e);
    }
  }

  private void report(Throwable cause) {
    try {
      ready.put(new Item.Failed(cause));
    } catch (InterruptedException e) {
      // Closed: nobody asks any more.
    }
  }

  /// The order of one epoch.
  static void order(int[] order, long seed, int epoch) {
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    shuffle(order, Seeds.generator(Seeds.derive(seed, epoch)));
  }

  /// Brings elements into an order that is uniform among all (Durstenfeld, *Algorithm 235: random
  /// permutation*, CACM 7, 1964).
  static void shuffle(int[] order, RandomGenerator random) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
  }

  /// Ends the thread and waits until it is gone. Closing twice is harmless.
  @Override
  public void close() {
    ended = true;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
