package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.Slice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Tensor;

/// One device, several threads.
final class ConcurrencySuite {
  private static final String NAME = "concurrency";
  private static final int THREADS = 4;

  private ConcurrencySuite() {}

  static Suite suite() {
    return new Suite(NAME, "one device used by several threads at once", seed -> all());
  }

  private static List<Check> all() {
    return List.of(
        Check.of(NAME, "each-thread-computes", b -> compute(b, 10), Tag.THREADS),
        Check.of(NAME, "each-thread-computes-much", b -> compute(b, 150), Tag.THREADS, Tag.SLOW),
        Check.of(NAME, "each-thread-copies", ConcurrencySuite::copies, Tag.THREADS),
        Check.of(NAME, "all-wait-for-one", ConcurrencySuite::waiters, Tag.THREADS),
        Check.of(NAME, "all-open-a-device", ConcurrencySuite::open, Tag.THREADS));
  }

  private interface Part {
    void run(int thread) throws Exception;
  }

  /// Runs a part in each thread, started together; fails as the first one that fails.
  private static void together(Part part) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS, ConcurrencySuite::thread);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        Callable<Void> task =
            () -> {
              start.await();
              part.run(thread);
              return null;
            };
        ends.add(threads.submit(task));
      }
      start.countDown();
      for (Future<?> end : ends) {
        end.get(Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Violation violation) {
        throw violation;
      }
      throw new Violation("a thread threw " + e.getCause());
    } catch (TimeoutException e) {
      throw new Violation("threads did not end within " + Bench.PATIENCE.toSeconds() + " s");
    } finally {
      threads.shutdownNow();
    }
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "conformance");
    thread.setDaemon(true);
    return thread;
  }

  /// Each thread compiles and runs regions of its own.
  private static void compute(Bench bench, int rounds) throws Exception {
    Device device = bench.device();
    together(thread -> {
      for (int round = 0; round < rounds; round++) {
        Graph graph = Exercises.affine(101, thread + 2, round % 5);
        Tensor x = Exercises.wholes(bench.random(thread * 1000 + round), 101);
        Tensor got = Bench.run(device, graph, List.of(x)).getFirst();
        for (long i = 0; i < 101; i++) {
          double want = x.at(i) * (thread + 2) + round % 5;
          require(
              got.at(i) == want,
              "thread %d, round %d, element %d is %s; need %s",
              thread,
              round,
              i,
              got.at(i),
              want);
        }
      }
    });
  }

  /// Each thread writes and reads its part of one buffer.
  private static void copies(Bench bench) throws Exception {
    Device device = bench.device();
    int part = 1003;
    try (Buffer buffer = device.allocate((long) THREADS * part)) {
      together(thread -> {
        Slice slice = new Slice(buffer, (long) thread * part, part);
        for (int round = 0; round < 30; round++) {
          byte[] want = Exercises.bytes(bench.random(thread * 100 + round), part);
          Bench.write(device, slice, want);
          byte[] got = Bench.read(device, slice);
          require(
              Arrays.equals(got, want),
              "thread %d, round %d: %s",
              thread,
              round,
              Exercises.mismatch(got, want));
        }
      });
    }
  }

  private static void waiters(Bench bench) throws Exception {
    Device device = bench.device();
    byte[] bytes = Exercises.bytes(bench.random(3), 200_000);
    try (Buffer buffer = device.allocate(bytes.length)) {
      Event event = Bench.upload(device, Slice.all(buffer), bytes);
      together(thread -> {
        event.await(Bench.PATIENCE);
        require(event.isDone(), "isDone() is false after await()");
      });
      require(Arrays.equals(bytes, Bench.read(device, Slice.all(buffer))), "bytes were lost");
    }
  }

  private static void open(Bench bench) throws Exception {
    together(thread -> {
      try (Device device = bench.open()) {
        Exercises.requireWorks(device);
      }
    });
  }
}
