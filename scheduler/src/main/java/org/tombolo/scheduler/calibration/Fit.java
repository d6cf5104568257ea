package org.tombolo.scheduler.calibration;

import java.util.ArrayList;
import java.util.List;

/// Numbers that explain measured times best.
final class Fit {
  /// How many starts are tried, from none to nearly all of the shortest time.
  private static final int STARTS = 8;

  /// Errors that differ by less are the same.
  private static final double SAME = 1e-9;

  private Fit() {}

  /// A time that grows with a size.
  ///
  /// @param start time at size 0, in seconds
  /// @param perUnit seconds for each unit of size, above 0
  record Line(double start, double perUnit) {}

  /// Sizes and times of a family: what arithmetic and memory would take at the full rates, and what
  /// it did take.
  record Sample(double arithmetic, double memory, double seconds) {}

  /// The line of least squared *relative* errors, so that small sizes decide its start as much as
  /// large ones decide its slope. It neither starts below 0 nor falls.
  ///
  /// @param sizes at least two that differ
  /// @param seconds above 0
  static Line line(List<Double> sizes, List<Double> seconds) {
    double w = 0;
    double wx = 0;
    double wxx = 0;
    double wt = 0;
    double wxt = 0;
    for (int i = 0; i < sizes.size(); i++) {
      double x = sizes.get(i);
      double t = seconds.get(i);
      double weight = 1 / (t * t);
      w += weight;
      wx += weight * x;
      wxx += weight * x * x;
      wt += weight * t;
      wxt += weight * x * t;
    }
    double slope = (w * wxt - wx * wt) / (w * wxx - wx * wx);
    double start = (wt - slope * wx) / w;
    if (start < 0) {
      start = 0;
      slope = wxt / wxx;
    } else if (!(slope > 0)) {
      int last = sizes.size() - 1;
      slope = seconds.get(last) / sizes.get(last);
      start = 0;
    }
    return new Line(start, slope);
  }

  /// The start and the shares of least squared errors in the logarithm, among those that make
  /// samples fit exactly; of equally good ones the first start and the largest shares.
  ///
  /// @param samples at least one, of times above 0
  static Efficiency efficiency(List<Sample> samples) {
    double shortest = samples.stream().mapToDouble(Sample::seconds).min().orElseThrow();
    Efficiency best = Efficiency.FULL;
    double least = Double.POSITIVE_INFINITY;
    for (int part = 0; part < STARTS; part++) {
      double start = shortest * part / STARTS;
      Efficiency found = shares(samples, start);
      double error = error(samples, found);
      if (error < least - SAME) {
        least = error;
        best = found;
      }
    }
    return best;
  }

  private static Efficiency shares(List<Sample> samples, double start) {
    List<Double> arithmetic = new ArrayList<>();
    List<Double> memory = new ArrayList<>();
    for (Sample sample : samples) {
      double seconds = sample.seconds - start;
      double both = Math.max(sample.arithmetic, sample.memory) / seconds;
      arithmetic.add(both);
      memory.add(both);
      if (sample.arithmetic > 0) {
        arithmetic.add(sample.arithmetic / seconds);
      }
      memory.add(sample.memory / seconds);
    }
    Efficiency best = Efficiency.FULL;
    double least = Double.POSITIVE_INFINITY;
    for (double a : arithmetic) {
      for (double m : memory) {
        Efficiency candidate = new Efficiency(start, a, m);
        double error = error(samples, candidate);
        boolean asGood = error < least + SAME && a + m > best.arithmetic() + best.memory();
        if (error < least - SAME || asGood) {
          least = Math.min(least, error);
          best = candidate;
        }
      }
    }
    return best;
  }

  private static double error(List<Sample> samples, Efficiency shares) {
    double sum = 0;
    for (Sample sample : samples) {
      double expected =
          shares.startSeconds()
              + Math.max(sample.arithmetic / shares.arithmetic(), sample.memory / shares.memory());
      double error = Math.log(expected / sample.seconds);
      sum += error * error;
    }
    return sum;
  }
}
