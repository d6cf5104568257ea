package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Column by column, in plain Java.
final class PlainRow implements RowKernel {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  @Override
  public void multiply(MemorySegment a, MemorySegment b, MemorySegment out, Places at) {
    for (int c = 0; c < at.columns(); c++) {
      float sum = 0;
      for (int k = 0; k < at.terms(); k++) {
        sum = Math.fma(a.get(F32, at.left(k)), b.get(F32, at.right(k, c)), sum);
      }
      out.set(F32, at.result(c), sum);
    }
  }
}
