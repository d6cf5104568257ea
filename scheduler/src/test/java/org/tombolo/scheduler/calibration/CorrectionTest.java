package org.tombolo.scheduler.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.DType;

/// Expected times follow measured ones.
class CorrectionTest {
  private static final Calibration FRESH = SampleCalibrations.of(1e-6).withCorrections(Map.of());

  private static final Work LARGE = new Work(Family.PRODUCT, Map.of(DType.F32, 1e10), 1e6);
  private static final Work SMALL = new Work(Family.PRODUCT, Map.of(DType.F32, 1e8), 1e5);
  private static final Work OTHER = new Work(Family.ROWS, Map.of(DType.F32, 1e9), 1e6);

  /// Times of a device on which a family takes this much longer than expected.
  private static List<Correction.Timed> slower(double factor, Work... all) {
    return List.of(all).stream()
        .map(work -> new Correction.Timed(work, 1e-6 + factor * FRESH.uncorrected(work)))
        .toList();
  }

  @Test
  void expectationsConverge() {
    Calibration now = FRESH;
    for (int i = 0; i < 8; i++) {
      now = Correction.of(now, slower(3, LARGE, SMALL));
    }
    assertEquals(
        1e-6 + 3 * FRESH.uncorrected(LARGE), now.seconds(LARGE), 0.01 * now.seconds(LARGE));
    assertEquals(FRESH.seconds(OTHER), now.seconds(OTHER), "other families stay");
  }

  @Test
  void oneRunGoesAPartOfTheWay() {
    Calibration now = Correction.of(FRESH, slower(4, LARGE));
    assertEquals(2, now.corrections().get(Family.PRODUCT), 1e-9);
  }

  @Test
  void theSumHasToComeOutRight() {
    double large = FRESH.uncorrected(LARGE);
    double small = FRESH.uncorrected(SMALL);
    Calibration now = FRESH;
    for (int i = 0; i < 20; i++) {
      now =
          Correction.of(
              now,
              List.of(
                  new Correction.Timed(LARGE, 1e-6 + large),
                  new Correction.Timed(SMALL, 1e-6 + 10 * small)));
    }
    assertEquals(
        (large + 10 * small) / (large + small), now.corrections().get(Family.PRODUCT), 1e-3);
  }

  @Test
  void factorsAreBounded() {
    Calibration slow = FRESH;
    Calibration fast = FRESH;
    for (int i = 0; i < 50; i++) {
      slow = Correction.of(slow, slower(1e6, LARGE));
      fast = Correction.of(fast, slower(0.02, LARGE));
    }
    assertEquals(Correction.BOUND, slow.corrections().get(Family.PRODUCT));
    assertEquals(1 / Correction.BOUND, fast.corrections().get(Family.PRODUCT));
  }

  @Test
  void whatIsShortSaysNothing() {
    assertEquals(FRESH, Correction.of(FRESH, List.of(new Correction.Timed(LARGE, 1.5e-6))));
    assertEquals(FRESH, Correction.of(FRESH, List.of(new Correction.Timed(LARGE, 1.9e-5))));
    assertEquals(FRESH, Correction.of(FRESH, List.of()));
    assertTrue(Correction.of(FRESH, slower(2, LARGE)).corrections().containsKey(Family.PRODUCT));
  }
}
