package org.tombolo.conformance;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;

/// Where a check works: an open device, and small steps with it.
final class Bench implements AutoCloseable {
  /// Longest wait for anything that a check hands over.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Subject subject;
  private final long seed;
  private @Nullable Device device;

  Bench(Subject subject, long seed) {
    this.subject = subject;
    this.seed = seed;
  }

  Subject subject() {
    return subject;
  }

  long seed() {
    return seed;
  }

  /// Random numbers of one check.
  SplittableRandom random(int salt) {
    return new SplittableRandom(seed * 31 + salt);
  }

  /// The device, opened when first asked for.
  Device device() {
    Device open = device;
    if (open == null) {
      open = subject.opener().get();
      device = open;
    }
    return open;
  }

  /// The device once more; the caller closes it.
  Device open() {
    return subject.opener().get();
  }

  /// Gives up a device that may be in a bad state.
  void renew() {
    close();
  }

  /// Copies bytes to the device and waits.
  static void write(Device device, Slice target, byte[] bytes) {
    upload(device, target, bytes).await(PATIENCE);
  }

  /// Hands over a copy of bytes to the device.
  static Event upload(Device device, Slice target, byte[] bytes) {
    return device
        .queue(QueueRole.UPLOAD)
        .upload(MemorySegment.ofArray(bytes), HostMemory.VALID_DURING_CALL, target, List.of());
  }

  /// Copies bytes from the device and waits.
  static byte[] read(Device device, Slice source, Event... after) {
    byte[] bytes = new byte[Math.toIntExact(source.bytes())];
    device
        .queue(QueueRole.DOWNLOAD)
        .download(source, MemorySegment.ofArray(bytes), List.of(after))
        .await(PATIENCE);
    return bytes;
  }

  /// Compiles and runs a graph as one region, each value in memory of its own.
  static List<Tensor> run(Device device, Graph graph, List<Tensor> inputs) {
    try (Executable executable = device.compile(new Region(graph.name(), graph))) {
      return run(device, executable, graph, inputs);
    }
  }

  /// Runs a compiled graph, each value in memory of its own.
  static List<Tensor> run(Device device, Executable executable, Graph graph, List<Tensor> inputs) {
    List<Buffer> buffers = new ArrayList<>();
    try {
      List<Slice> in = new ArrayList<>();
      for (Tensor input : inputs) {
        Slice slice = allocate(device, input.type().bytes(), buffers);
        write(device, slice, input.data().toArray(ValueLayout.JAVA_BYTE));
        in.add(slice);
      }
      List<Slice> out = new ArrayList<>();
      for (Node node : graph.outputs().values()) {
        out.add(allocate(device, node.type().bytes(), buffers));
      }
      Slice scratch = allocate(device, executable.scratchBytes(), buffers);
      List<Tensor> results = new ArrayList<>();
      try (Launch launch = executable.bind(in, out, scratch)) {
        Event done = device.queue(QueueRole.COMPUTE).launch(launch, List.of());
        done.await(PATIENCE);
        int i = 0;
        for (Node node : graph.outputs().values()) {
          byte[] bytes = read(device, out.get(i++));
          MemorySegment data = Tensor.allocate(node.type());
          data.copyFrom(MemorySegment.ofArray(bytes));
          results.add(Tensor.wrap(node.type(), data));
        }
      }
      return results;
    } finally {
      buffers.forEach(Buffer::close);
    }
  }

  private static Slice allocate(Device device, long bytes, List<Buffer> buffers) {
    Buffer buffer = device.allocate(bytes);
    buffers.add(buffer);
    return Slice.all(buffer);
  }

  /// Runs a case; fails unless the device agrees with the reference.
  static void requireAgreement(Device device, OpCase each) {
    Outcome outcome = new DriverCheck(device).run(each);
    if (outcome instanceof Outcome.Differs(String problem)) {
      throw new Violation(problem);
    }
  }

  /// Requires that work is refused: by an exception at once, or by one from its event.
  ///
  /// @param what the work, for the message
  static void requireRefused(String what, Work work) {
    try {
      work.hand().await(PATIENCE);
    } catch (DeviceException | IllegalArgumentException | IllegalStateException e) {
      return;
    }
    throw new Violation(what + ": done as if nothing were wrong; need an exception");
  }

  /// Requires one kind of exception.
  static void requireThrows(String what, Class<? extends RuntimeException> kind, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      Violation.require(kind.isInstance(e), "%s: threw %s; need %s", what, e, kind.getSimpleName());
      return;
    }
    throw new Violation("%s: no exception; need %s".formatted(what, kind.getSimpleName()));
  }

  /// Work that is handed to a queue.
  @FunctionalInterface
  interface Work {
    Event hand();
  }

  @Override
  public void close() {
    Device open = device;
    device = null;
    if (open != null) {
      open.close();
    }
  }
}
