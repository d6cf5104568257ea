package org.tombolo.scheduler.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Device;
import org.tombolo.device.QueueRole;
import org.tombolo.device.simulated.SimulatedDevice;

class StopwatchTest {
  private double now;

  @Test
  void theLeastTimeCountsAndTheLastTellsTheSpread() {
    Stopwatch watch = new Stopwatch(() -> now);
    for (double seconds : List.of(8.0, 2.0, 6.0)) {
      watch.time(2, () -> now += seconds);
    }
    assertEquals(1, watch.seconds());
    assertEquals(3, watch.spread());
  }

  /// Launches and copies of one queue take turns, whatever the clock makes of them.
  @Test
  void oneQueueHidesNothing() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 28).withoutResults();
    Device one =
        (Device)
            Proxy.newProxyInstance(
                Device.class.getClassLoader(),
                new Class<?>[] {Device.class},
                (_, method, arguments) ->
                    method.getName().equals("queue")
                        ? device.queue(QueueRole.COMPUTE)
                        : method.invoke(device, arguments));
    try (TimedRegion region =
            TimedRegion.of(device, Trials.launch(), () -> device.clock().hostSeconds())
                .orElseThrow();
        TimedOverlap apart =
            new TimedOverlap(device, region, () -> device.clock().hostSeconds(), 1 << 20);
        TimedOverlap together =
            new TimedOverlap(one, region, () -> device.clock().hostSeconds(), 1 << 20)) {
      apart.sample();
      together.sample();
      assertEquals(1, apart.share(), 0.05);
      assertEquals(0, together.share());
    }
  }
}
