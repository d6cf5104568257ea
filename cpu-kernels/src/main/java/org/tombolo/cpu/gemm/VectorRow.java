package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Some vectors of columns at a time, with the sums in registers: four, whose additions hide each
/// other's latency, then two, then one. The last vector ends at the last column, so that some
/// columns may be summed twice; a matrix narrower than a vector is read with a mask.
///
/// Where the matrix lies without gaps and is as wide as the vectors, the step from row to row is a
/// constant, which lets C2 move range checks out of the loop and takes a third less time.
final class VectorRow implements RowKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final long STEP = SPECIES.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  @Override
  public void multiply(MemorySegment a, MemorySegment b, MemorySegment out, Places at) {
    if (at.isDense() && at.columns() == 4 * LANES) {
      allFour(a, b, out, at);
    } else if (at.isDense() && at.columns() == 2 * LANES) {
      bothTwo(a, b, out, at);
    } else if (at.columns() < LANES) {
      some(a, b, out, at);
    } else {
      inParts(a, b, out, at);
    }
  }

  private static void inParts(MemorySegment a, MemorySegment b, MemorySegment out, Places at) {
    int c = 0;
    for (; c + 4 * LANES <= at.columns(); c += 4 * LANES) {
      four(a, b, out, at, c);
    }
    int last = at.columns() - LANES;
    for (; c < last; c += 2 * LANES) {
      two(a, b, out, at, c, Math.min(c + LANES, last));
    }
    if (c < at.columns()) {
      one(a, b, out, at, last);
    }
  }

  /// A dense matrix of four vectors in each row.
  private static void allFour(MemorySegment a, MemorySegment b, MemorySegment out, Places at) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    long row = at.left(0);
    long matrix = at.right(0, 0);
    for (int k = 0; k < at.terms(); k++) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.get(F32, row + 4L * k));
      long p = matrix + k * (4 * STEP);
      c0 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p, ORDER), c0);
      c1 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p + STEP, ORDER), c1);
      c2 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p + 2 * STEP, ORDER), c2);
      c3 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p + 3 * STEP, ORDER), c3);
    }
    c0.intoMemorySegment(out, at.result(0), ORDER);
    c1.intoMemorySegment(out, at.result(LANES), ORDER);
    c2.intoMemorySegment(out, at.result(2 * LANES), ORDER);
    c3.intoMemorySegment(out, at.result(3 * LANES), ORDER);
  }

  /// A dense matrix of two vectors in each row.
  private static void bothTwo(MemorySegment a, MemorySegment b, MemorySegment out, Places at) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = c0;
    long row = at.left(0);
    long matrix = at.right(0, 0);
    for (int k = 0; k < at.terms(); k++) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.get(F32, row + 4L * k));
      long p = matrix + k * (2 * STEP);
      c0 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p, ORDER), c0);
      c1 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p + STEP, ORDER), c1);
    }
    c0.intoMemorySegment(out, at.result(0), ORDER);
    c1.intoMemorySegment(out, at.result(LANES), ORDER);
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

  /// Two vectors, which may have columns in common.
  private static void two(
      MemorySegment a, MemorySegment b, MemorySegment out, Places at, int c, int d) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = c0;
    long apart = 4L * (d - c);
    for (int k = 0; k < at.terms(); k++) {
      FloatVector left = left(a, at, k);
      long p = at.right(k, c);
      c0 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p, ORDER), c0);
      c1 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, p + apart, ORDER), c1);
    }
    c0.intoMemorySegment(out, at.result(c), ORDER);
    c1.intoMemorySegment(out, at.result(d), ORDER);
  }

  private static void one(MemorySegment a, MemorySegment b, MemorySegment out, Places at, int c) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < at.terms(); k++) {
      sum = left(a, at, k).fma(right(b, at, k, c), sum);
    }
    sum.intoMemorySegment(out, at.result(c), ORDER);
  }

  /// Fewer columns than a vector has lanes. What lies behind a row is read with it, into lanes that
  /// nobody looks at, as long as a whole vector of memory is there: masks take longer.
  private static void some(MemorySegment a, MemorySegment b, MemorySegment out, Places at) {
    VectorMask<Float> mask = SPECIES.indexInRange(0, at.columns());
    FloatVector sum = FloatVector.zero(SPECIES);
    long last = b.byteSize() - STEP;
    int k = 0;
    for (; k < at.terms() && at.right(k, 0) <= last; k++) {
      sum = left(a, at, k).fma(right(b, at, k, 0), sum);
    }
    for (; k < at.terms(); k++) {
      FloatVector right = FloatVector.fromMemorySegment(SPECIES, b, at.right(k, 0), ORDER, mask);
      sum = left(a, at, k).fma(right, sum);
    }
    sum.intoMemorySegment(out, at.result(0), ORDER, mask);
  }
}
