package org.tombolo.scheduler.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class FitTest {
  @Test
  void aLineIsFound() {
    Fit.Line line =
        Fit.line(List.of(1e3, 1e5, 1e7), List.of(1e-5 + 1e-7, 1e-5 + 1e-5, 1e-5 + 1e-3));
    assertEquals(1e-5, line.start(), 1e-12);
    assertEquals(1e-10, line.perUnit(), 1e-17);
  }

  @Test
  void aLineNeitherStartsBelowZeroNorFalls() {
    Fit.Line convex = Fit.line(List.of(1.0, 2.0, 3.0), List.of(0.1, 2.0, 6.0));
    assertEquals(0, convex.start());
    assertEquals(true, convex.perUnit() > 0);
    Fit.Line falling = Fit.line(List.of(1.0, 2.0, 3.0), List.of(3.0, 2.0, 1.5));
    assertEquals(new Fit.Line(0, 0.5), falling);
  }

  @Test
  void sharesAreTakenFromWhatEachSampleIsLimitedBy() {
    Efficiency shares =
        Fit.efficiency(
            List.of(
                new Fit.Sample(1.0, 0.1, 4.0), // arithmetic at a quarter
                new Fit.Sample(0.1, 1.0, 2.0), // memory at a half
                new Fit.Sample(2.0, 0.1, 8.0)));
    assertEquals(new Efficiency(0, 0.25, 0.5), shares);
  }

  @Test
  void aSingleSampleSpeaksForBoth() {
    assertEquals(
        new Efficiency(0, 0.5, 0.5), Fit.efficiency(List.of(new Fit.Sample(1.0, 0.5, 2.0))));
    assertEquals(
        new Efficiency(0, 0.25, 0.25), Fit.efficiency(List.of(new Fit.Sample(0, 0.5, 2.0))));
  }

  @Test
  void aStartIsFoundWhereSmallWorkTakesTooLong() {
    Efficiency found =
        Fit.efficiency(
            List.of(
                new Fit.Sample(0.25, 0, 2.0), // starts in 1.75 = 7/8 of it, and computes fully
                new Fit.Sample(10, 0, 11.75),
                new Fit.Sample(100, 0, 101.75)));
    assertEquals(1.75, found.startSeconds(), 1e-9);
    assertEquals(1, found.arithmetic(), 1e-9);
  }
}
