package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Column by column, in plain Java.
final class PlainRow implements RowKernel {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  @Override
  public void multiply(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      long bStep,
      MemorySegment out,
      long outAt,
      int columns,
      int terms) {
    multiply(a, aAt, aStep, b, bAt, bStep, out, outAt, 0, columns, terms);
  }

  /// Some of the columns.
  static void multiply(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      long bStep,
      MemorySegment out,
      long outAt,
      int from,
      int until,
      int terms) {
    for (int c = from; c < until; c++) {
      float sum = 0;
      for (int k = 0; k < terms; k++) {
        sum =
            Math.fma(a.get(F32, 4 * (aAt + k * aStep)), b.get(F32, 4 * (bAt + k * bStep + c)), sum);
      }
      out.set(F32, 4 * (outAt + c), sum);
    }
  }
}
