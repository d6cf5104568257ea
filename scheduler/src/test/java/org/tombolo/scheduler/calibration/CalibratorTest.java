package org.tombolo.scheduler.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;

/// Measures devices whose speeds are known, in virtual time.
class CalibratorTest {
  private static final DeviceInfo.Speed SPEED = new DeviceInfo.Speed(1e11, 2e10, 7e-6);
  private static final Link LINK = new Link(Link.Mode.DIRECT, 2e-5, 5e-5, 8e9, 3e9);

  private static SimulatedDevice device() {
    return SimulatedDevice.of("simulated:0", 8L << 30).withSpeed(SPEED).withLink(LINK);
  }

  private static Calibration measured(SimulatedDevice device) {
    return Calibrator.measure(device, () -> device.clock().hostSeconds(), 1e9, false);
  }

  private static void near(double want, double got, String what) {
    assertEquals(want, got, 0.03 * want, what);
  }

  @Test
  void knownSpeedsAreFoundAgain() {
    SimulatedDevice device = device().withoutResults();
    Calibration found = measured(device);
    near(SPEED.launchSeconds(), found.launchSeconds(), "launch");
    near(SPEED.bytesPerSecond(), found.bytesPerSecond(), "stream");
    for (DType dtype : DType.values()) {
      near(SPEED.flopsPerSecond(), found.flopsPerSecond().get(dtype), "arithmetic in " + dtype);
    }
    for (Link link : java.util.List.of(found.link(), found.offHeap())) {
      near(LINK.upLatencySeconds(), link.upLatencySeconds(), "latency up");
      near(LINK.downLatencySeconds(), link.downLatencySeconds(), "latency down");
      near(LINK.upBytesPerSecond(), link.upBytesPerSecond(), "rate up");
      near(LINK.downBytesPerSecond(), link.downBytesPerSecond(), "rate down");
      assertEquals(LINK.mode(), link.mode());
    }
    near(1, found.overlap(), "overlap");
    found
        .reached()
        .forEach((family, share) ->
            near(1, Math.max(share.arithmetic(), share.memory()), family + " " + share));
    assertTrue(found.reached().containsKey(Family.CONVOLUTION), "families");
    assertEquals(0, device.allocatedBytes(), "buffers are closed");
  }

  @Test
  void whereThereIsNoTimeRatesHaveToDo() {
    SimulatedDevice device = device().withoutResults();
    Calibration found =
        Calibrator.measure(device, () -> device.clock().hostSeconds(), 0.001, false);
    near(SPEED.bytesPerSecond(), found.bytesPerSecond(), "stream");
    assertTrue(!found.reached().containsKey(Family.ORDERING), found::toString);
  }

  @Test
  void whatADeviceRefusesIsLeftOut() {
    Calibration found =
        measured(
            device()
                .withoutResults()
                .refusing((op, operands) ->
                    operands.stream().anyMatch(type -> type.dtype() == DType.F16)
                            || op instanceof Op.Conv
                        ? Optional.of("too hard")
                        : Optional.empty()));
    assertTrue(found.flopsPerSecond().containsKey(DType.BF16));
    assertTrue(!found.flopsPerSecond().containsKey(DType.F16));
    assertTrue(!found.reached().containsKey(Family.CONVOLUTION));
    assertTrue(found.reached().containsKey(Family.PRODUCT));
  }

  @Test
  void wrongAnswersAreRefused() {
    SimulatedDevice zeros = device().withoutResults();
    DeviceException e =
        assertThrows(
            DeviceException.class,
            () -> Calibrator.measure(zeros, () -> zeros.clock().hostSeconds(), 1e9, true));
    assertTrue(e.problem().startsWith("copies wrongly: of 1,024 bytes up and down"), e.problem());
    assertEquals(0, zeros.allocatedBytes(), "buffers are closed");
  }

  @Test
  void wrongResultsAreRefused() {
    SimulatedDevice zeros = device().withoutResults();
    try (TimedRegion sum =
        TimedRegion.of(zeros, Trials.launch(), () -> zeros.clock().hostSeconds()).orElseThrow()) {
      DeviceException e = assertThrows(DeviceException.class, () -> sum.check(zeros));
      assertTrue(
          e.problem().startsWith("computes wrongly: launch, 2 rows, element 0 is "), e::problem);
    }
    assertEquals(0, zeros.allocatedBytes(), "buffers are closed");
  }

  @Test
  void whatCannotBeAllocatedLeavesNothing() {
    for (int at = 0; at < 5; at++) {
      SimulatedDevice device = device().withFaults(FaultPlan.at(FaultPlan.Kind.ALLOCATE, at));
      assertThrows(
          DeviceException.class,
          () -> new TimedCopies(device, () -> device.clock().hostSeconds(), 1L << 30));
      assertEquals(0, device.allocatedBytes(), "after " + at);
    }
  }

  @Test
  void aDeviceWithoutRoomForCopiesIsNotMeasured() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 20);
    DeviceException e =
        assertThrows(DeviceException.class, () -> new TimedCopies(device, () -> 0, 20_000));
    assertEquals(
        "simulated:0: cannot be measured: has room for 20,000 bytes of copies; need 32,768\n"
            + "  try: another device",
        e.getMessage());
    assertEquals(0, device.allocatedBytes(), "buffers are closed");
  }
}
