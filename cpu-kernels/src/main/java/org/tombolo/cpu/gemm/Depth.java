package org.tombolo.cpu.gemm;

import java.util.Arrays;
import java.util.List;

/// A stretch of the terms of a sum, at most [Blocking#DEEP]: where they lie in both operands.
final class Depth {
  /// Number of terms.
  final int size;

  /// Offset of each term in the left operand.
  final long[] left;

  /// Offset of each term in the right operand.
  final long[] right;

  /// Where stretches begin whose terms follow each other in the left operand, and [#size] at the
  /// end. None crosses a multiple of [Blocking#DEPTH].
  final int[] leftRuns;

  /// The same for the right operand.
  final int[] rightRuns;

  /// @param inner indices of the sum
  /// @param first number of the first term
  /// @param size number of terms
  Depth(List<Axis> inner, long first, int size) {
    this.size = size;
    left = new long[size];
    right = new long[size];
    Axis.offsets(inner, Axis::a, first, size, left);
    Axis.offsets(inner, Axis::b, first, size, right);
    leftRuns = runs(left);
    rightRuns = runs(right);
  }

  private static int[] runs(long[] offsets) {
    int[] begins = new int[offsets.length + 1];
    int count = 0;
    for (int i = 0; i < offsets.length; i++) {
      if (i % Blocking.DEPTH == 0 || offsets[i] != offsets[i - 1] + 1) {
        begins[count++] = i;
      }
    }
    begins[count++] = offsets.length;
    return Arrays.copyOf(begins, count);
  }

  /// Whether copying run by run pays.
  static boolean worthwhile(int[] runs) {
    int count = runs.length - 1;
    return count > 0 && runs[count] >= 4 * count;
  }

  /// Number of parts of [Blocking#DEPTH] terms, the last of which may be shorter.
  int parts() {
    return (size + Blocking.DEPTH - 1) / Blocking.DEPTH;
  }

  /// Terms of one part.
  int part(int index) {
    return Math.min(Blocking.DEPTH, size - index * Blocking.DEPTH);
  }
}
