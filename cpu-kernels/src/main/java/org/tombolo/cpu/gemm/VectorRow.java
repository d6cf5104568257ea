package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Some vectors of columns at a time, with the sums in registers: four, whose additions hide each
/// other's latency, then two, then one, then what is left of one.
final class VectorRow implements RowKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  @Override
  public void multiply(MemorySegment a, MemorySegment b, MemorySegment out, Places at) {
    int c = 0;
    for (; c + 4 * LANES <= at.columns(); c += 4 * LANES) {
      four(a, b, out, at, c);
    }
    if (c + 2 * LANES <= at.columns()) {
      two(a, b, out, at, c);
      c += 2 * LANES;
    }
    if (c + LANES <= at.columns()) {
      one(a, b, out, at, c);
      c += LANES;
    }
    if (c < at.columns()) {
      some(a, b, out, at, c);
    }
  }

  private static FloatVector left(MemorySegment a, Places at, int k) {
    return FloatVector.broadcast(SPECIES, a.get(F32, at.left(k)));
  }

  private static FloatVector right(MemorySegment b, Places at, int k, int c) {
    return FloatVector.fromMemorySegment(SPECIES, b, at.right(k, c), ORDER);
  }

  private static void four(MemorySegment a, MemorySegment b, MemorySegment out, Places at, int c) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    for (int k = 0; k < at.terms(); k++) {
      FloatVector left = left(a, at, k);
      c0 = left.fma(right(b, at, k, c), c0);
      c1 = left.fma(right(b, at, k, c + LANES), c1);
      c2 = left.fma(right(b, at, k, c + 2 * LANES), c2);
      c3 = left.fma(right(b, at, k, c + 3 * LANES), c3);
    }
    c0.intoMemorySegment(out, at.result(c), ORDER);
    c1.intoMemorySegment(out, at.result(c + LANES), ORDER);
    c2.intoMemorySegment(out, at.result(c + 2 * LANES), ORDER);
    c3.intoMemorySegment(out, at.result(c + 3 * LANES), ORDER);
  }

  private static void two(MemorySegment a, MemorySegment b, MemorySegment out, Places at, int c) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = c0;
    for (int k = 0; k < at.terms(); k++) {
      FloatVector left = left(a, at, k);
      c0 = left.fma(right(b, at, k, c), c0);
      c1 = left.fma(right(b, at, k, c + LANES), c1);
    }
    c0.intoMemorySegment(out, at.result(c), ORDER);
    c1.intoMemorySegment(out, at.result(c + LANES), ORDER);
  }

  private static void one(MemorySegment a, MemorySegment b, MemorySegment out, Places at, int c) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < at.terms(); k++) {
      sum = left(a, at, k).fma(right(b, at, k, c), sum);
    }
    sum.intoMemorySegment(out, at.result(c), ORDER);
  }

  /// The last columns, fewer than a vector.
  private static void some(MemorySegment a, MemorySegment b, MemorySegment out, Places at, int c) {
    VectorMask<Float> mask = SPECIES.indexInRange(c, at.columns());
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < at.terms(); k++) {
      FloatVector right = FloatVector.fromMemorySegment(SPECIES, b, at.right(k, c), ORDER, mask);
      sum = left(a, at, k).fma(right, sum);
    }
    sum.intoMemorySegment(out, at.result(c), ORDER, mask);
  }
}
