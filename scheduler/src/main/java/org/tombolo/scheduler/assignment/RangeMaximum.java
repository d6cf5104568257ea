package org.tombolo.scheduler.assignment;

import java.util.Arrays;

/// The largest of consecutive numbers, from a table of those of each power of two in a row.
final class RangeMaximum {
  private final double[][] table;

  RangeMaximum(double[] numbers) {
    int levels = 32 - Integer.numberOfLeadingZeros(numbers.length);
    table = new double[levels][];
    table[0] = numbers;
    for (int level = 1; level < levels; level++) {
      double[] half = table[level - 1];
      int distance = 1 << (level - 1);
      double[] whole = Arrays.copyOf(half, half.length - distance);
      for (int i = 0; i < whole.length; i++) {
        whole[i] = Math.max(half[i], half[i + distance]);
      }
      table[level] = whole;
    }
  }

  /// The largest from one position to another one, both included.
  double of(int from, int to) {
    int level = 31 - Integer.numberOfLeadingZeros(to - from + 1);
    return Math.max(table[level][from], table[level][to - (1 << level) + 1]);
  }
}
