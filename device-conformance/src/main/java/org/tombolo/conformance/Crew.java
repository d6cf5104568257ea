package org.tombolo.conformance;

import java.util.List;
import java.util.function.Consumer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.scheduler.PlacementException;

/// The devices of an engine: the one that is checked, alone if it takes every operation. Beside one
/// that refuses some stands a simulated one, so slow that it gets those and no others.
final class Crew {
  private static final long MEMORY = 1L << 28;
  private static final DeviceInfo.Speed SNAIL = new DeviceInfo.Speed(1e3, 1e3, 1);

  private Crew() {}

  /// Does something on an engine's devices, which it closes.
  static void run(Bench bench, Consumer<List<Device>> work) {
    try {
      work.accept(List.of(bench.open()));
    } catch (PlacementException refused) {
      work.accept(List.of(bench.open(), SimulatedDevice.of("rest:0", MEMORY).withSpeed(SNAIL)));
    }
  }
}
