package org.tombolo.device.simulated;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A made-up computer to plan for: up to four unlike devices on one clock.
///
/// | device        | is like                  | flop/s | bytes/s | launch | link                  | lacks                              |
/// |---------------|--------------------------|-------:|--------:|-------:|-----------------------|------------------------------------|
/// | `simulated:0` | a processor              | 0.2e12 | 0.04e12 | 1 µs   | 0.5 µs, 20 GB/s       | nothing                            |
/// | `simulated:1` | a graphics processor     | 10e12  | 0.5e12  | 5 µs   | 10 µs, 12 GB/s        | 64-bit integers, running sums      |
/// | `simulated:2` | an older one             | 4e12   | 0.25e12 | 5 µs   | 10 µs, 6 GB/s         | 64-bit integers, running sums      |
/// | `simulated:3` | an accelerator of matrices | 20e12 | 0.1e12 | 20 µs  | 20 µs, 8 GB/s up, 6 down | all of that, indices, windows, sorting |
///
/// None has kernels for composites, so that there is much to place.
///
/// @param devices how many of them, from 1 to 4
/// @param refusal what else all but the first lack: a reason, or empty
/// @param acceleratorBytes memory of all but the first; 64 GiB where empty, as the first has
/// @param slowness factors of the times in the table
/// @param computes whether the devices have results, see [SimulatedDevice#withoutResults]
public record SimulatedMachine(
    int devices,
    Function<Op, Optional<String>> refusal,
    OptionalLong acceleratorBytes,
    Slowness slowness,
    boolean computes) {
  private static final long MEMORY = 64L << 30;
  private static final List<DeviceInfo.Speed> SPEEDS =
      List.of(
          new DeviceInfo.Speed(0.2e12, 0.04e12, 1e-6),
          new DeviceInfo.Speed(10e12, 0.5e12, 5e-6),
          new DeviceInfo.Speed(4e12, 0.25e12, 5e-6),
          new DeviceInfo.Speed(20e12, 0.1e12, 20e-6));
  private static final List<Link> LINKS =
      List.of(
          new Link(Link.Mode.SHARED, 0.5e-6, 20e9, 20e9),
          new Link(Link.Mode.DIRECT, 10e-6, 12e9, 12e9),
          new Link(Link.Mode.DIRECT, 10e-6, 6e9, 6e9),
          new Link(Link.Mode.DIRECT, 20e-6, 8e9, 6e9));

  /// What times are multiplied with.
  ///
  /// @param work of each device, launches included
  /// @param links to and from each device
  public record Slowness(List<Double> work, List<Double> links) {
    /// Copies the lists.
    public Slowness {
      work = List.copyOf(work);
      links = List.copyOf(links);
      if (work.size() != SPEEDS.size() || links.size() != LINKS.size()) {
        throw new IllegalArgumentException(
            "simulated machine: %d and %d factors; need %d each\n  try: 1.0 for what stays as it is"
                .formatted(work.size(), links.size(), SPEEDS.size()));
      }
    }

    /// Times as they are in the table.
    public static Slowness none() {
      return new Slowness(List.of(1.0, 1.0, 1.0, 1.0), List.of(1.0, 1.0, 1.0, 1.0));
    }

    private DeviceInfo.Speed speed(int device) {
      DeviceInfo.Speed speed = SPEEDS.get(device);
      double factor = work.get(device);
      return new DeviceInfo.Speed(
          speed.flopsPerSecond() / factor,
          speed.bytesPerSecond() / factor,
          speed.launchSeconds() * factor);
    }

    private Link link(int device) {
      Link link = LINKS.get(device);
      double factor = links.get(device);
      return new Link(
          link.mode(),
          link.upLatencySeconds() * factor,
          link.downLatencySeconds() * factor,
          link.upBytesPerSecond() / factor,
          link.downBytesPerSecond() / factor);
    }
  }

  /// Checks the number of devices.
  public SimulatedMachine {
    if (devices < 1 || devices > SPEEDS.size()) {
      throw new IllegalArgumentException(
          "simulated machine: %d devices; need 1 to %d\n  try: 2"
              .formatted(devices, SPEEDS.size()));
    }
  }

  /// A machine that lacks nothing more and computes.
  public static SimulatedMachine of(int devices) {
    return new SimulatedMachine(
        devices, _ -> Optional.empty(), OptionalLong.empty(), Slowness.none(), true);
  }

  /// The same machine whose accelerators lack more.
  public SimulatedMachine refusing(Function<Op, Optional<String>> other) {
    return new SimulatedMachine(devices, other, acceleratorBytes, slowness, computes);
  }

  /// The same machine with other memory in all devices but the first.
  public SimulatedMachine withAcceleratorBytes(OptionalLong bytes) {
    return new SimulatedMachine(devices, refusal, bytes, slowness, computes);
  }

  /// The same machine with other times.
  public SimulatedMachine withSlowness(Slowness other) {
    return new SimulatedMachine(devices, refusal, acceleratorBytes, other, computes);
  }

  /// The same machine without results.
  public SimulatedMachine withoutResults() {
    return new SimulatedMachine(devices, refusal, acceleratorBytes, slowness, false);
  }

  /// Its devices, fresh, on a clock that starts at 0 and records.
  public List<SimulatedDevice> open() {
    VirtualClock clock = VirtualClock.recording();
    List<SimulatedDevice> opened = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      int number = i;
      SimulatedDevice device =
          SimulatedDevice.of("simulated:" + i, i == 0 ? MEMORY : acceleratorBytes.orElse(MEMORY))
              .withSpeed(slowness.speed(i))
              .withLink(slowness.link(i))
              .withClock(clock)
              .refusing((op, operands) -> refusal(number, op, operands));
      opened.add(computes ? device : device.withoutResults());
    }
    return List.copyOf(opened);
  }

  private Optional<String> refusal(int device, Op op, List<TensorType> operands) {
    if (op instanceof Op.Call) {
      return Optional.of("composites are left to their decomposition");
    }
    if (device == 0) {
      return Optional.empty();
    }
    if (op instanceof Op.Scan) {
      return Optional.of("no running sums");
    }
    if (operands.stream().anyMatch(type -> type.dtype() == DType.I64)
        || op.infer(operands).dtype() == DType.I64) {
      return Optional.of("no 64-bit integers");
    }
    if (device == 3 && isIrregular(op)) {
      return Optional.of("nothing but dense arithmetic");
    }
    return refusal.apply(op);
  }

  private static boolean isIrregular(Op op) {
    return switch (op) {
      case Op.Gather _,
          Op.ScatterAdd _,
          Op.ReduceWindow _,
          Op.WindowMaxGrad _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _,
          Op.RandomBits _,
          Op.Iota _ ->
          true;
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Unary _,
          Op.Binary _,
          Op.Compare _,
          Op.Select _,
          Op.Cast _,
          Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Pad _,
          Op.Reverse _,
          Op.Concat _,
          Op.Reduce _,
          Op.Dot _,
          Op.Conv _,
          Op.Assign _,
          Op.Call _,
          Op.Control _,
          Op.Custom _ ->
          false;
    };
  }
}
