package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class QuantitiesTest {
  @Test
  void bytesHaveBinaryUnits() {
    assertEquals("0 bytes", Quantities.bytes(0));
    assertEquals("1023 bytes", Quantities.bytes(1023));
    assertEquals("1.0 KiB", Quantities.bytes(1024));
    assertEquals("23.5 GiB", Quantities.bytes((long) (23.5 * (1L << 30))));
    assertEquals("8.0 EiB", Quantities.bytes(Long.MAX_VALUE));
  }

  @Test
  void ratesHaveDecimalUnits() {
    assertEquals("1.00 Tflop/s", Quantities.rate(1e12, "flop/s"));
    assertEquals("12.3 GB/s", Quantities.rate(1.234e10, "B/s"));
    assertEquals("999 B/s", Quantities.rate(999, "B/s"));
  }

  @Test
  void timeHasMinutesAndSeconds() {
    assertEquals("0:00", Quantities.clock(0.4));
    assertEquals("1:05", Quantities.clock(64.6));
    assertEquals("61:00", Quantities.clock(3660));
  }
}
