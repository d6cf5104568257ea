package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;

/// Multiplies one row by a matrix that is read once and in place: packing it would take longer than
/// the sums.
interface RowKernel {
  /// `out[outAt + c] = sum over k of a[aAt + k * aStep] * b[bAt + k * bStep + c]` for each column,
  /// as `sum = fma(a, b, sum)` in order of `k`, which gives the bits of a [MicroKernel].
  ///
  /// @param a row, f32; offsets are elements
  /// @param b matrix, f32, the elements of each row one after the other
  /// @param out row, f32, without a gap
  /// @param columns of the matrix
  /// @param terms rows of the matrix
  void multiply(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      long bStep,
      MemorySegment out,
      long outAt,
      int columns,
      int terms);
}
