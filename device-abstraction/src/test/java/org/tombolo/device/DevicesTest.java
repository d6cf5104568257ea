package org.tombolo.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// This module has no driver of its own, so nothing can be found here.
class DevicesTest {
  @Test
  void absenceIsAnAnswer() {
    List<Probe> probes = Devices.probe();
    Probe.Missing missing = assertInstanceOf(Probe.Missing.class, probes.get(0));
    assertEquals("no driver on the class path", missing.reason());
  }

  @Test
  void anUnknownNameListsWhatIsThere() {
    UnknownDeviceException e =
        assertThrows(UnknownDeviceException.class, () -> Devices.open("opencl:7"));
    assertTrue(
        e.getMessage().startsWith("opencl:7: no such device; there is none"), e.getMessage());
    assertThrows(UnknownDeviceException.class, () -> Devices.open("auto"));
    assertThrows(UnknownDeviceException.class, () -> Devices.open(""));
  }

  @Test
  void theMeterCountsByRoute() {
    ByteMeter meter = new ByteMeter();
    meter.count(ByteMeter.HOST, "a", ByteMeter.Purpose.INPUT, 5);
    meter.count(ByteMeter.HOST, "a", ByteMeter.Purpose.INPUT, 6);
    meter.count("a", ByteMeter.HOST, ByteMeter.Purpose.FETCH, 7);
    assertEquals(11, meter.up());
    assertEquals(7, meter.down());
    assertEquals(2, meter.snapshot().size());
  }
}
