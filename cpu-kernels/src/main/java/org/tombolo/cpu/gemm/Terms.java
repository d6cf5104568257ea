package org.tombolo.cpu.gemm;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/// Where a stretch of the terms of a sum, at most [Blocking#DEEP], lies in one operand.
final class Terms {
  /// Number of terms.
  final int size;

  /// Offset of each term, in elements.
  final long[] offsets;

  /// Where runs begin, whose terms follow each other in memory, and [#size] at the end. None
  /// crosses a multiple of [Blocking#DEPTH].
  final int[] runs;

  /// @param inner indices of the sum
  /// @param stride picks the operand
  /// @param first number of the first term
  /// @param size number of terms
  Terms(List<Axis> inner, ToLongFunction<Axis> stride, long first, int size) {
    this.size = size;
    offsets = new long[size];
    Axis.offsets(inner, stride, first, size, offsets);
    int[] begins = new int[size + 1];
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (i % Blocking.DEPTH == 0 || offsets[i] != offsets[i - 1] + 1) {
        begins[count++] = i;
      }
    }
    begins[count++] = size;
    runs = Arrays.copyOf(begins, count);
  }

  /// Whether runs are long enough for copies of whole runs to pay.
  boolean haveLongRuns() {
    int count = runs.length - 1;
    return count > 0 && size >= 4 * count;
  }

  /// Number of parts of [Blocking#DEPTH] terms, the last of which may be shorter.
  int parts() {
    return (size + Blocking.DEPTH - 1) / Blocking.DEPTH;
  }
}
