package org.tombolo.scheduler.calibration;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;

/// A [Trial] on a device, ready to be launched again and again.
final class TimedRegion implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(1);

  /// What a sample should take at least, so that looking at the clock does not show, and hardly
  /// more: the shorter it is, the likelier that nothing else runs meanwhile.
  private static final double SAMPLE_SECONDS = 2e-4;

  private static final int MOST_LAUNCHES = 32;

  /// Time and number of the samples that are taken together. A region whose code is still being
  /// compiled runs as long as any other.
  private static final double SLICE_SECONDS = 2e-3;

  private static final int MOST_SAMPLES = 20;

  /// Bytes that go to the device or come from it at a time, so that large trials take no memory of
  /// the host's.
  private static final long PIECE_BYTES = 4 << 20;

  private final Trial trial;
  private final long rows;
  private final Queue queue;
  private final Region region;
  private final List<Buffer> buffers = new ArrayList<>();
  private final DoubleSupplier clock;
  private final Stopwatch watch;
  private @Nullable Executable executable;
  private @Nullable Launch launch;

  private TimedRegion(Device device, Trial trial, long rows, DoubleSupplier clock) {
    this.trial = trial;
    this.rows = rows;
    this.queue = device.queue(QueueRole.COMPUTE);
    this.region = new Region("calibration/" + trial.name(), trial.region().apply(rows));
    this.clock = clock;
    this.watch = new Stopwatch(clock);
  }

  /// A trial of the size that it has at the smallest; empty if the device refuses an operation.
  static Optional<TimedRegion> of(Device device, Trial trial, DoubleSupplier clock) {
    return accepts(device, trial)
        ? Optional.of(of(device, trial, trial.rows(), clock))
        : Optional.empty();
  }

  /// A trial that is large enough for its launch to take no more than a small part of its time;
  /// empty if the device refuses an operation.
  ///
  /// @param launchSeconds what a launch takes
  /// @param mostBytes what all its buffers may have together
  static Optional<TimedRegion> large(
      Device device, Trial trial, DoubleSupplier clock, double launchSeconds, long mostBytes) {
    if (!accepts(device, trial)) {
      return Optional.empty();
    }
    long rows = trial.rows();
    TimedRegion region = of(device, trial, rows, clock);
    while (region.canGrow(5 * launchSeconds, mostBytes)) {
      region.close();
      rows *= 4;
      region = of(device, trial, rows, clock);
    }
    return Optional.of(region);
  }

  /// Whether it takes less than this and has room for four times as much. Closes it if it fails.
  private boolean canGrow(double seconds, long mostBytes) {
    try {
      return isShort(seconds) && 4 * bytes() <= mostBytes;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Whether it takes less than this. The first launch, which may have compiled, decides nothing
  /// unless it was short.
  private boolean isShort(double seconds) {
    if (best() < 100 * seconds) {
      sample(1);
      sample(1);
    }
    return best() < seconds;
  }

  private static boolean accepts(Device device, Trial trial) {
    return trial.region().apply(trial.rows()).nodes().stream()
        .filter(node -> !isLeaf(node.op()))
        .allMatch(node ->
            device.refusal(node.op(), node.inputs().stream().map(Node::type).toList()).isEmpty());
  }

  private static boolean isLeaf(Op op) {
    return op instanceof Op.Input || op instanceof Op.Constant || op instanceof Op.Iota;
  }

  private static TimedRegion of(Device device, Trial trial, long rows, DoubleSupplier clock) {
    TimedRegion region = new TimedRegion(device, trial, rows, clock);
    try {
      region.prepare(device);
      return region;
    } catch (RuntimeException e) {
      region.close();
      throw e;
    }
  }

  private void prepare(Device device) {
    Executable compiled = device.compile(region);
    executable = compiled;
    Graph body = region.body();
    List<Slice> inputs = new ArrayList<>();
    List<Tensor> tile = trial.tile();
    for (int i = 0; i < tile.size(); i++) {
      Slice input = allocate(device, body.inputs().get(i).type().bytes());
      fill(device, input, tile.get(i).data());
      inputs.add(input);
    }
    List<Slice> outputs = new ArrayList<>();
    body.outputs().values().forEach(node -> outputs.add(allocate(device, node.type().bytes())));
    launch = compiled.bind(inputs, outputs, allocate(device, compiled.scratchBytes()));
    sample(1);
  }

  private Slice allocate(Device device, long bytes) {
    Buffer buffer = device.allocate(bytes);
    buffers.add(buffer);
    return Slice.all(buffer);
  }

  /// Repeats rows until a buffer is full, some of them at a time.
  private static void fill(Device device, Slice target, MemorySegment rows) {
    MemorySegment repeated = MemorySegment.ofArray(new byte[piece(rows.byteSize(), target)]);
    for (long at = 0; at < repeated.byteSize(); at += rows.byteSize()) {
      repeated.asSlice(at, rows.byteSize()).copyFrom(rows);
    }
    Queue queue = device.queue(QueueRole.UPLOAD);
    for (long at = 0; at < target.bytes(); at += repeated.byteSize()) {
      long bytes = Math.min(repeated.byteSize(), target.bytes() - at);
      Slice part = new Slice(target.buffer(), at, bytes);
      queue
          .upload(repeated.asSlice(0, bytes), HostMemory.VALID_DURING_CALL, part, List.of())
          .await(PATIENCE);
    }
  }

  /// Bytes that go over at a time: whole repetitions.
  private static int piece(long tile, Slice whole) {
    return Math.toIntExact(tile * Math.max(1, Math.min(PIECE_BYTES, whole.bytes()) / tile));
  }

  /// Compares all results with the reference.
  ///
  /// @throws DeviceException if one is wrong
  void check(Device device) {
    List<Tensor> expected = trial.expected();
    int inputs = region.body().inputs().size();
    for (int i = 0; i < expected.size(); i++) {
      Tensor want = expected.get(i);
      Slice output = Slice.all(buffers.get(inputs + i));
      MemorySegment got = MemorySegment.ofArray(new byte[piece(want.data().byteSize(), output)]);
      for (long at = 0; at < output.bytes(); at += got.byteSize()) {
        MemorySegment part = got.asSlice(0, Math.min(got.byteSize(), output.bytes() - at));
        Slice source = new Slice(output.buffer(), at, part.byteSize());
        device.queue(QueueRole.DOWNLOAD).download(source, part, List.of()).await(PATIENCE);
        compare(device, want, part, at / want.type().dtype().bytes());
      }
    }
  }

  private void compare(Device device, Tensor want, MemorySegment got, long first) {
    DType dtype = want.type().dtype();
    double largest = 0;
    for (long i = 0; i < want.type().size(); i++) {
      largest = Math.max(largest, Math.abs(want.at(i)));
    }
    double tolerance = tolerance(dtype) * largest;
    long all = got.byteSize() / dtype.bytes();
    for (long i = 0; i < all; i++) {
      double right = want.at(i % want.type().size());
      double seen = Tensor.get(dtype, got, i);
      if (!(Math.abs(seen - right) <= tolerance)) {
        throw new DeviceException(
            device.info().id(),
            "computes wrongly: %s, %d rows, element %d is %s, the reference says %s"
                .formatted(trial.name(), rows, first + i, seen, right),
            "the conformance kit, which says what else is wrong, and another version of the driver");
      }
    }
  }

  /// Rough on purpose: how exact a device is, is for the conformance kit to say.
  private static double tolerance(DType dtype) {
    return switch (dtype) {
      case F32, F64 -> 1e-3;
      case F16 -> 2e-2;
      case BF16 -> 1e-1;
      case I8, U8, I16, I32, I64, BOOL -> 0;
    };
  }

  /// Takes some more samples.
  void sample() {
    double end = clock.getAsDouble() + SLICE_SECONDS;
    for (int i = 0; i == 0 || (i < MOST_SAMPLES && clock.getAsDouble() < end); i++) {
      sampleOnce();
    }
  }

  private void sampleOnce() {
    double rest = SAMPLE_SECONDS / Math.max(best(), SAMPLE_SECONDS / MOST_LAUNCHES);
    sample(Math.clamp((int) Math.ceil(rest), 1, MOST_LAUNCHES));
  }

  private void sample(int launches) {
    watch.time(launches, () -> launch(launches).await(PATIENCE));
  }

  /// Hands launches over, each after the one before.
  Event launch(int launches) {
    Event last = Event.DONE;
    for (int i = 0; i < launches && launch != null; i++) {
      last = queue.launch(launch, List.of(last));
    }
    queue.flush();
    return last;
  }

  /// The least time of one launch so far, in seconds.
  double best() {
    return watch.seconds();
  }

  /// How much longer the last sample took than the shortest one, as a factor.
  double spread() {
    return watch.spread();
  }

  Work work() {
    return Work.of(region);
  }

  private long bytes() {
    return buffers.stream().mapToLong(Buffer::bytes).sum();
  }

  @Override
  public void close() {
    if (launch != null) {
      launch.close();
    }
    if (executable != null) {
      executable.close();
    }
    buffers.forEach(Buffer::close);
  }
}
