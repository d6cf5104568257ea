package org.tombolo.device.simulated;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Link;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A device whose results come from the reference and whose time is made up.
///
/// It is as lax as the contract allows: work starts only when someone waits for it or for something
/// that depends on it, and then in dependency order and no other; fresh memory holds NaN. A missing
/// wait shows up as wrong numbers.
///
/// Time is virtual, in seconds. Each queue does one thing at a time; a launch takes what
/// [DeviceInfo.Speed] says, a copy what the [Link] says.
public final class SimulatedDevice implements Device {
  private static final byte GARBAGE = (byte) 0xff;

  private final DeviceInfo info;
  private final Link link;
  private final FaultPlan faults;
  private final BiFunction<Op, List<TensorType>, Optional<String>> refusal;
  private final Map<QueueRole, SimulatedQueue> queues = new EnumMap<>(QueueRole.class);
  private final AtomicLong allocated = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();
  private volatile boolean closed;
  private volatile boolean lost;

  private SimulatedDevice(
      DeviceInfo info,
      Link link,
      FaultPlan faults,
      BiFunction<Op, List<TensorType>, Optional<String>> refusal) {
    this.info = info;
    this.link = link;
    this.faults = faults;
    this.refusal = refusal;
    for (QueueRole role : QueueRole.values()) {
      queues.put(role, new SimulatedQueue(this));
    }
  }

  /// A device that runs everything but composites, which it leaves to their decomposition.
  ///
  /// @param id such as `simulated:0`
  /// @param memoryBytes how much can be allocated at once
  public static SimulatedDevice of(String id, long memoryBytes) {
    return new SimulatedDevice(
        new DeviceInfo(
            id,
            "simulated",
            "Tombolo",
            "1",
            DeviceInfo.Kind.ACCELERATOR,
            1,
            memoryBytes,
            false,
            new DeviceInfo.Speed(1e12, 1e11, 5e-6)),
        new Link(Link.Mode.DIRECT, 1e-5, 1e10, 1e10),
        FaultPlan.none(),
        (op, operands) ->
            op instanceof Op.Call
                ? Optional.of("composites are left to their decomposition")
                : Optional.empty());
  }

  /// The same device with other speeds.
  public SimulatedDevice withSpeed(DeviceInfo.Speed speed) {
    DeviceInfo other =
        new DeviceInfo(
            info.id(),
            info.model(),
            info.vendor(),
            info.version(),
            info.kind(),
            info.units(),
            info.memoryBytes(),
            info.sharesHostMemory(),
            speed);
    return new SimulatedDevice(other, link, faults, refusal);
  }

  /// The same device behind another link.
  public SimulatedDevice withLink(Link other) {
    return new SimulatedDevice(info, other, faults, refusal);
  }

  /// The same device with planned failures.
  public SimulatedDevice withFaults(FaultPlan plan) {
    return new SimulatedDevice(info, link, plan, refusal);
  }

  /// The same device that refuses other operations.
  ///
  /// @param other reason for an operation and its operand types; empty where it can run
  public SimulatedDevice refusing(BiFunction<Op, List<TensorType>, Optional<String>> other) {
    return new SimulatedDevice(info, link, faults, other);
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    return refusal.apply(op, operands);
  }

  @Override
  public Buffer allocate(long bytes) {
    requireOpen();
    if (bytes < 0) {
      throw new IllegalArgumentException(
          "%s: allocate %d bytes; need 0 or more".formatted(info.id(), bytes));
    }
    if (faults.fails(FaultPlan.Kind.ALLOCATE) || allocated.get() > info.memoryBytes() - bytes) {
      throw new OutOfDeviceMemoryException(
          info.id(),
          bytes,
          "%,d of %,d bytes are in use".formatted(allocated.get(), info.memoryBytes()),
          "a smaller batch, or another device");
    }
    peak.accumulateAndGet(allocated.addAndGet(bytes), Math::max);
    byte[] memory = new byte[Math.toIntExact(bytes)];
    Arrays.fill(memory, GARBAGE);
    return new SimulatedBuffer(this, MemorySegment.ofArray(memory));
  }

  void released(long bytes) {
    allocated.addAndGet(-bytes);
  }

  /// Bytes in buffers that are not closed.
  public long allocatedBytes() {
    return allocated.get();
  }

  /// The largest that [#allocatedBytes] has been.
  public long peakBytes() {
    return peak.get();
  }

  /// Virtual time at which the last work so far ends, in seconds.
  public double time() {
    double latest = 0;
    for (SimulatedQueue queue : queues.values()) {
      latest = Math.max(latest, queue.readyAt());
    }
    return latest;
  }

  @Override
  public int alignment() {
    return 64;
  }

  @Override
  public Executable compile(Region region) {
    requireOpen();
    return new SimulatedExecutable(this, region, Kernel.of(region));
  }

  @Override
  public Queue queue(QueueRole role) {
    return Objects.requireNonNull(queues.get(role));
  }

  @Override
  public Link hostLink() {
    return link;
  }

  FaultPlan faults() {
    return faults;
  }

  void lose() {
    lost = true;
  }

  void requireOpen() {
    if (closed) {
      throw new DeviceException(info.id(), "used after it was closed", "opening it anew");
    }
    if (lost) {
      throw new DeviceException(info.id(), "lost", "opening it anew");
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return info.id();
  }
}
