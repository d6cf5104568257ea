package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;

/// Multiplies one row by a matrix that is read once and in place: packing it would take longer than
/// the sums.
interface RowKernel {
  /// Where a row, a matrix and their product lie, in elements of f32.
  ///
  /// @param a first element of the row
  /// @param aStep from one element of the row to the next
  /// @param b first element of the matrix, whose rows have no gaps inside
  /// @param bStep from one row of the matrix to the next
  /// @param out first element of the product, which has no gaps
  /// @param columns of the matrix
  /// @param terms rows of the matrix
  record Places(long a, long aStep, long b, long bStep, long out, int columns, int terms) {
    /// Whether neither the row nor the matrix has gaps.
    boolean isDense() {
      return aStep == 1 && bStep == columns;
    }

    /// First byte of an element of the row.
    long left(int term) {
      return 4 * (a + term * aStep);
    }

    /// First byte of an element of the matrix.
    long right(int term, int column) {
      return 4 * (b + term * bStep + column);
    }

    /// First byte of an element of the product.
    long result(int column) {
      return 4 * (out + column);
    }
  }

  /// `out[c] = sum over k of a[k] * b[k, c]` for each column, as `sum = fma(a, b, sum)` in order of
  /// `k`, which gives the bits of a [MicroKernel].
  void multiply(MemorySegment a, MemorySegment b, MemorySegment out, Places at);
}
