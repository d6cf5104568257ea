package org.tombolo.opencl.contraction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.opencl.kernel.DeviceLimits;

class BlockingTest {
  private static final DeviceLimits LIMITS = new DeviceLimits(2, 1024, 1 << 20, 8, false);

  @Test
  void candidatesFitAndReadBack() {
    Blocking.Simd simd = new Blocking.Simd(8, 2, 6, 256, 96);
    Blocking.Simt simt = new Blocking.Simt(16, 16, 8, 8);
    for (List<Blocking> all : List.of(simd.others(LIMITS, true), simt.others(LIMITS, true))) {
      assertTrue(all.size() > 10);
      for (Blocking one : all) {
        assertTrue(one.fits(LIMITS), one.text());
        assertEquals(Optional.of(one), Blocking.parse(one.text()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "simd",
        "simd lanes 8 vectors 2 rows 6 depth 256",
        "simd lanes -8 vectors 2 rows 6 depth 256 block 96",
        "simt across 99999 down 1 rows 4 cols 4",
      })
  void whatIsNoBlockingIsNotRead(String text) {
    assertEquals(Optional.empty(), Blocking.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "simd lanes 5 vectors 2 rows 6 depth 256 block 96",
        "simd lanes 8 vectors 0 rows 6 depth 256 block 96",
        "simd lanes 8 vectors 2 rows 6 depth 250 block 96",
        "simd lanes 8 vectors 2 rows 6 depth 256 block 97",
        "simd lanes 8 vectors 2 rows 6 depth 1024 block 1020",
        "simt across 3 down 16 rows 4 cols 4",
        "simt across 256 down 256 rows 4 cols 4",
        "simt across 256 down 1 rows 4 cols 4",
        "simt across 0 down 1 rows 4 cols 4",
      })
  void whatDoesNotFitIsFoundOut(String text) {
    assertFalse(Blocking.parse(text).orElseThrow().fits(LIMITS));
  }
}
