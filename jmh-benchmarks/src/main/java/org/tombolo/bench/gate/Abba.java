package org.tombolo.bench.gate;

import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// Compares two pieces of work of one thread by its processor time: old, new, new, old, so that
/// whatever drifts hits both alike.
final class Abba {
  private static final long BLOCK_NANOS = 20_000_000;

  private Abba() {}

  /// Runs both by turns.
  ///
  /// @param old what is compared with
  /// @param fresh what is compared
  /// @param rounds how often
  /// @return time of the new one over that of the old one: the median of all rounds
  static double ratio(Runnable old, Runnable fresh, int rounds) {
    int oldRuns = runs(old);
    int freshRuns = runs(fresh);
    double[] ratios = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      double a = nanos(old, oldRuns);
      double b = nanos(fresh, freshRuns) + nanos(fresh, freshRuns);
      a += nanos(old, oldRuns);
      ratios[i] = b / freshRuns / (a / oldRuns);
    }
    return median(ratios);
  }

  /// Warms up, and says how many runs make a block.
  private static int runs(Runnable work) {
    long least = Long.MAX_VALUE;
    long spent = 0;
    for (int i = 0; i < 10 || spent < 15 * BLOCK_NANOS; i++) {
      long once = nanos(work, 1);
      least = Math.min(least, once);
      spent += once;
    }
    return (int) Math.max(1, BLOCK_NANOS / Math.max(1, least));
  }

  /// Processor time of this thread.
  private static long nanos(Runnable work, int runs) {
    var threads = ManagementFactory.getThreadMXBean();
    long begin = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < runs; i++) {
      work.run();
    }
    return threads.getCurrentThreadCpuTime() - begin;
  }

  /// The middle one, or the mean of the two in the middle.
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
