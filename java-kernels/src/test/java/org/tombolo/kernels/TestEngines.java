package org.tombolo.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.scheduler.Engine;

/// The engines that tests of kernels run on.
final class TestEngines {
  private TestEngines() {}

  /// Names for [#open]: every kind of device that there may be.
  static Stream<String> names() {
    return Stream.of("simulated", "cpu", "opencl");
  }

  /// An engine on one device. Ends the test where there is none: as skipped, or as failed where the
  /// property `tombolo.opencl` says `required`.
  static Engine open(String name) {
    if (name.equals("simulated")) {
      return Engine.of(List.of(SimulatedDevice.of("simulated:0", 1 << 28)));
    }
    if (name.equals("opencl")) {
      List<String> missing = new ArrayList<>();
      boolean found = false;
      for (Probe probe : Devices.probe()) {
        switch (probe) {
          case Probe.Found(var info) -> found |= info.driver().equals("opencl");
          case Probe.Missing lack -> missing.add(lack.toString());
        }
      }
      if (!found && "required".equals(System.getProperty("tombolo.opencl"))) {
        Assertions.fail("OpenCL is required here; " + missing);
      }
      Assumptions.assumeTrue(found, "no OpenCL device: " + missing);
    }
    return Engine.open(name);
  }
}
