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
import org.tombolo.device.RegionLimits;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A device whose results come from the reference and whose time is made up.
///
/// It is as lax as the contract allows: work starts only when someone waits for it or for something
/// that depends on it, and then in dependency order and no other; fresh memory holds NaN. A missing
/// wait shows up as wrong numbers.
///
/// Time is virtual, in seconds, see [VirtualClock]: a launch takes what [DeviceInfo.Speed] says, a
/// copy what the [Link] says. Devices that work together share a clock ([#withClock]).
public final class SimulatedDevice implements Device {
  private static final byte GARBAGE = (byte) 0xff;

  private final DeviceInfo info;
  private final Link link;
  private final FaultPlan faults;
  private final BiFunction<Op, List<TensorType>, Optional<String>> refusal;
  private final VirtualClock clock;
  private final boolean computes;
  private final long largest;
  private final RegionLimits regionLimits;
  private final Map<QueueRole, SimulatedQueue> queues = new EnumMap<>(QueueRole.class);
  private final AtomicLong allocated = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();
  private volatile boolean closed;
  private volatile boolean lost;

  private SimulatedDevice(
      DeviceInfo info,
      Link link,
      FaultPlan faults,
      BiFunction<Op, List<TensorType>, Optional<String>> refusal,
      VirtualClock clock,
      boolean computes,
      long largest,
      RegionLimits regionLimits) {
    this.info = info;
    this.link = link;
    this.faults = faults;
    this.refusal = refusal;
    this.clock = clock;
    this.computes = computes;
    this.largest = largest;
    this.regionLimits = regionLimits;
    for (QueueRole role : QueueRole.values()) {
      queues.put(role, new SimulatedQueue(this, new VirtualClock.Lane(info.id(), role)));
    }
  }

  /// A device that runs everything but composites, which it leaves to their decomposition, on a
  /// clock of its own.
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
                : Optional.empty(),
        VirtualClock.start(),
        true,
        Long.MAX_VALUE,
        RegionLimits.USUAL);
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
    return new SimulatedDevice(
        other, link, faults, refusal, clock, computes, largest, regionLimits);
  }

  /// The same device behind another link.
  public SimulatedDevice withLink(Link other) {
    return new SimulatedDevice(
        info, other, faults, refusal, clock, computes, largest, regionLimits);
  }

  /// The same device with planned failures.
  public SimulatedDevice withFaults(FaultPlan plan) {
    return new SimulatedDevice(info, link, plan, refusal, clock, computes, largest, regionLimits);
  }

  /// The same device that refuses other operations.
  ///
  /// @param other reason for an operation and its operand types; empty where it can run
  public SimulatedDevice refusing(BiFunction<Op, List<TensorType>, Optional<String>> other) {
    return new SimulatedDevice(info, link, faults, other, clock, computes, largest, regionLimits);
  }

  /// The same device on another clock, as devices of one engine should be.
  public SimulatedDevice withClock(VirtualClock other) {
    return new SimulatedDevice(info, link, faults, refusal, other, computes, largest, regionLimits);
  }

  /// The same device that gives no larger buffer than this.
  ///
  /// @param bytes at least the alignment
  public SimulatedDevice withLargestAllocation(long bytes) {
    return new SimulatedDevice(info, link, faults, refusal, clock, computes, bytes, regionLimits);
  }

  /// The same device with other limits of regions.
  public SimulatedDevice withRegionLimits(RegionLimits other) {
    return new SimulatedDevice(info, link, faults, refusal, clock, computes, largest, other);
  }

  /// The same device, which keeps time and counts memory but computes nothing: buffers have sizes
  /// and no bytes, and whatever comes down is zero. For graphs that the reference is too slow for,
  /// where only time, traffic and memory matter. Where the host decides by what comes down, it sees
  /// a false condition.
  public SimulatedDevice withoutResults() {
    return new SimulatedDevice(info, link, faults, refusal, clock, false, largest, regionLimits);
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
    if (bytes > largest) {
      throw new OutOfDeviceMemoryException(
          info.id(),
          bytes,
          "no buffer has more than %,d bytes".formatted(largest),
          "several buffers");
    }
    if (faults.fails(FaultPlan.Kind.ALLOCATE) || allocated.get() > info.memoryBytes() - bytes) {
      throw new OutOfDeviceMemoryException(
          info.id(),
          bytes,
          "%,d of %,d bytes are in use".formatted(allocated.get(), info.memoryBytes()),
          "a smaller batch, or another device");
    }
    peak.accumulateAndGet(allocated.addAndGet(bytes), Math::max);
    if (!computes) {
      return new SimulatedBuffer(this, bytes, MemorySegment.NULL);
    }
    byte[] memory = new byte[Math.toIntExact(bytes)];
    Arrays.fill(memory, GARBAGE);
    return new SimulatedBuffer(this, bytes, MemorySegment.ofArray(memory));
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

  /// Virtual time at which the last work of this device so far ends, in seconds.
  public double time() {
    return queues.values().stream()
        .mapToDouble(queue -> clock.endSeconds(queue.lane()))
        .max()
        .orElse(0);
  }

  /// The clock that this device goes by.
  public VirtualClock clock() {
    return clock;
  }

  @Override
  public RegionLimits regionLimits() {
    return regionLimits;
  }

  @Override
  public long largestAllocation() {
    return largest;
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

  /// Whether there are bytes in its memory.
  boolean computes() {
    return computes;
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
  public boolean isSimulated() {
    return true;
  }

  @Override
  public boolean isLost() {
    return lost;
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
