package org.tombolo.scheduler.calibration;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Brings expected times nearer to measured ones, a part of the way at a time and within bounds, so
/// that one odd run does little.
///
/// For each family, all its regions of a run count by their time: it is the sum that has to come
/// out right.
public final class Correction {
  /// Part of the way that one measurement goes, in the logarithm.
  static final double STEP = 0.5;

  /// A factor is never above this, or below its inverse.
  static final double BOUND = 16;

  /// What is shorter says more about launching and recording than about work, in seconds.
  private static final double SHORTEST = 2e-5;

  private Correction() {}

  /// What a region took.
  ///
  /// @param work what it did
  /// @param seconds its time, the launch included
  public record Timed(Work work, double seconds) {}

  /// What is expected after a measurement.
  static Calibration of(Calibration before, List<Timed> times) {
    Map<Family, Double> expected = new EnumMap<>(Family.class);
    Map<Family, Double> taken = new EnumMap<>(Family.class);
    for (Timed timed : times) {
      double beyond = timed.seconds() - before.launchSeconds();
      double alone = before.uncorrected(timed.work());
      if (alone > 0 && beyond > Math.max(before.launchSeconds(), SHORTEST)) {
        Family family = timed.work().family();
        expected.merge(family, alone, Double::sum);
        taken.merge(family, beyond, Double::sum);
      }
    }
    Map<Family, Double> corrections = new EnumMap<>(Family.class);
    corrections.putAll(before.corrections());
    taken.forEach((family, seconds) -> {
      double old = corrections.getOrDefault(family, 1.0);
      double right = seconds / Objects.requireNonNull(expected.get(family));
      double next = Math.clamp(old * Math.pow(right / old, STEP), 1 / BOUND, BOUND);
      corrections.put(family, next);
    });
    return before.withCorrections(corrections);
  }
}
