package org.tombolo.conformance.broken;

import java.util.List;
import java.util.function.UnaryOperator;
import org.tombolo.conformance.Conformance;
import org.tombolo.device.BuildException;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Driver;
import org.tombolo.device.Executable;
import org.tombolo.device.Probe;
import org.tombolo.device.Region;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;

/// The driver of one simulated device, as the author of a driver would give it to the kit.
public final class Simulated implements Driver {
  private static final long MEMORY = 8L << 20;

  private final UnaryOperator<Device> breaking;

  private Simulated(UnaryOperator<Device> breaking) {
    this.breaking = breaking;
  }

  /// The kit with a simulated device that was broken, and with what it takes to run all checks.
  public static Conformance broken(UnaryOperator<Device> breaking) {
    return Conformance.of(new Simulated(breaking))
        .withFailing(
            () -> breaking.apply(device().withFaults(FaultPlan.at(FaultPlan.Kind.LAUNCH, 0))))
        .withUnbuildable(() -> new Unbuildable(device()));
  }

  private static SimulatedDevice device() {
    return SimulatedDevice.of("simulated:0", MEMORY);
  }

  @Override
  public String id() {
    return "simulated";
  }

  @Override
  public List<Probe> probe() {
    return List.of(new Probe.Found(device().info()));
  }

  @Override
  public Device open(Probe.Found found) {
    if (!found.info().equals(device().info())) {
      throw new DeviceException(found.info().id(), "is not there", "simulated:0");
    }
    return breaking.apply(device());
  }

  private static final class Unbuildable extends PassingDevice {
    Unbuildable(Device real) {
      super(real);
    }

    @Override
    public Executable compile(Region region) {
      throw new BuildException(info().id(), region.name(), "1:1: no", "kernel void k() {}");
    }
  }
}
