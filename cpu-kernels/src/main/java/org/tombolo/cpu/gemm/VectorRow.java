package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Some vectors of columns at a time, with the sums in registers: four, whose additions hide each
/// other's latency, then one, then single columns.
final class VectorRow implements RowKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
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
    int c = 0;
    for (; c + 4 * LANES <= columns; c += 4 * LANES) {
      four(a, aAt, aStep, b, bAt + c, bStep, out, outAt + c, terms);
    }
    for (; c + LANES <= columns; c += LANES) {
      one(a, aAt, aStep, b, bAt + c, bStep, out, outAt + c, terms);
    }
    PlainRow.multiply(a, aAt, aStep, b, bAt, bStep, out, outAt, c, columns, terms);
  }

  private static void four(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      long bStep,
      MemorySegment out,
      long outAt,
      int terms) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    for (int k = 0; k < terms; k++) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.get(F32, 4 * (aAt + k * aStep)));
      long at = 4 * (bAt + k * bStep);
      c0 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, at, ORDER), c0);
      c1 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, at + 4L * LANES, ORDER), c1);
      c2 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, at + 8L * LANES, ORDER), c2);
      c3 = left.fma(FloatVector.fromMemorySegment(SPECIES, b, at + 12L * LANES, ORDER), c3);
    }
    c0.intoMemorySegment(out, 4 * outAt, ORDER);
    c1.intoMemorySegment(out, 4 * outAt + 4L * LANES, ORDER);
    c2.intoMemorySegment(out, 4 * outAt + 8L * LANES, ORDER);
    c3.intoMemorySegment(out, 4 * outAt + 12L * LANES, ORDER);
  }

  private static void one(
      MemorySegment a,
      long aAt,
      long aStep,
      MemorySegment b,
      long bAt,
      long bStep,
      MemorySegment out,
      long outAt,
      int terms) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < terms; k++) {
      FloatVector left = FloatVector.broadcast(SPECIES, a.get(F32, 4 * (aAt + k * aStep)));
      sum = left.fma(FloatVector.fromMemorySegment(SPECIES, b, 4 * (bAt + k * bStep), ORDER), sum);
    }
    sum.intoMemorySegment(out, 4 * outAt, ORDER);
  }
}
