package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Six rows of two vectors of 256 bits: 12 sums, two lines and a factor fill the 16 vector
/// registers of AVX2.
///
/// Sums lie in memory between runs: kept in registers across both loops, C2 spills most of them in
/// the inner one, which takes more than twice the time.
final class SixByTwoKernel implements MicroKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_256;
  private static final int LANES = SPECIES.length();
  private static final int COLUMNS = 2 * LANES;

  @Override
  public int rows() {
    return 6;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public String name() {
    return "6x" + COLUMNS + " of " + SPECIES.vectorBitSize() + " bits";
  }

  @Override
  public void multiply(
      Workspace space, int row, int fromRun, int untilRun, float[] a, float[] b, int bAt) {
    int[] rowAt = space.rowAt;
    float[] tile = space.tiles;
    int tileAt = row * COLUMNS;
    for (int run = fromRun; run < untilRun; run++) {
      int first = space.runAt[run];
      int count = space.runAt[run + 1] - first;
      int line = bAt + first * COLUMNS;
      int shift = space.runShift[run];
      int a0 = rowAt[row] + shift;
      int a1 = rowAt[row + 1] + shift;
      int a2 = rowAt[row + 2] + shift;
      int a3 = rowAt[row + 3] + shift;
      int a4 = rowAt[row + 4] + shift;
      int a5 = rowAt[row + 5] + shift;
      FloatVector l0 = FloatVector.fromArray(SPECIES, tile, tileAt);
      FloatVector r0 = FloatVector.fromArray(SPECIES, tile, tileAt + LANES);
      FloatVector l1 = FloatVector.fromArray(SPECIES, tile, tileAt + COLUMNS);
      FloatVector r1 = FloatVector.fromArray(SPECIES, tile, tileAt + COLUMNS + LANES);
      FloatVector l2 = FloatVector.fromArray(SPECIES, tile, tileAt + 2 * COLUMNS);
      FloatVector r2 = FloatVector.fromArray(SPECIES, tile, tileAt + 2 * COLUMNS + LANES);
      FloatVector l3 = FloatVector.fromArray(SPECIES, tile, tileAt + 3 * COLUMNS);
      FloatVector r3 = FloatVector.fromArray(SPECIES, tile, tileAt + 3 * COLUMNS + LANES);
      FloatVector l4 = FloatVector.fromArray(SPECIES, tile, tileAt + 4 * COLUMNS);
      FloatVector r4 = FloatVector.fromArray(SPECIES, tile, tileAt + 4 * COLUMNS + LANES);
      FloatVector l5 = FloatVector.fromArray(SPECIES, tile, tileAt + 5 * COLUMNS);
      FloatVector r5 = FloatVector.fromArray(SPECIES, tile, tileAt + 5 * COLUMNS + LANES);
      for (int k = 0; k < count; k++) {
        FloatVector left = FloatVector.fromArray(SPECIES, b, line + k * COLUMNS);
        FloatVector right = FloatVector.fromArray(SPECIES, b, line + k * COLUMNS + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + k]);
        l0 = x.fma(left, l0);
        r0 = x.fma(right, r0);
        x = FloatVector.broadcast(SPECIES, a[a1 + k]);
        l1 = x.fma(left, l1);
        r1 = x.fma(right, r1);
        x = FloatVector.broadcast(SPECIES, a[a2 + k]);
        l2 = x.fma(left, l2);
        r2 = x.fma(right, r2);
        x = FloatVector.broadcast(SPECIES, a[a3 + k]);
        l3 = x.fma(left, l3);
        r3 = x.fma(right, r3);
        x = FloatVector.broadcast(SPECIES, a[a4 + k]);
        l4 = x.fma(left, l4);
        r4 = x.fma(right, r4);
        x = FloatVector.broadcast(SPECIES, a[a5 + k]);
        l5 = x.fma(left, l5);
        r5 = x.fma(right, r5);
      }
      l0.intoArray(tile, tileAt);
      r0.intoArray(tile, tileAt + LANES);
      l1.intoArray(tile, tileAt + COLUMNS);
      r1.intoArray(tile, tileAt + COLUMNS + LANES);
      l2.intoArray(tile, tileAt + 2 * COLUMNS);
      r2.intoArray(tile, tileAt + 2 * COLUMNS + LANES);
      l3.intoArray(tile, tileAt + 3 * COLUMNS);
      r3.intoArray(tile, tileAt + 3 * COLUMNS + LANES);
      l4.intoArray(tile, tileAt + 4 * COLUMNS);
      r4.intoArray(tile, tileAt + 4 * COLUMNS + LANES);
      l5.intoArray(tile, tileAt + 5 * COLUMNS);
      r5.intoArray(tile, tileAt + 5 * COLUMNS + LANES);
    }
  }

  @Override
  public void copyLines(
      MemorySegment from, long at, long[] offsets, int count, float[] to, int toAt) {
    ByteOrder order = ByteOrder.nativeOrder();
    for (int i = 0; i < count; i++) {
      long line = 4 * (at + offsets[i]);
      FloatVector.fromMemorySegment(SPECIES, from, line, order).intoArray(to, toAt + i * COLUMNS);
      FloatVector.fromMemorySegment(SPECIES, from, line + 4L * LANES, order)
          .intoArray(to, toAt + i * COLUMNS + LANES);
    }
  }

  @Override
  public void storeLines(float[] from, int count, MemorySegment to, long at, long[] offsets) {
    ByteOrder order = ByteOrder.nativeOrder();
    for (int i = 0; i < count; i++) {
      long line = 4 * (at + offsets[i]);
      FloatVector.fromArray(SPECIES, from, i * COLUMNS).intoMemorySegment(to, line, order);
      FloatVector.fromArray(SPECIES, from, i * COLUMNS + LANES)
          .intoMemorySegment(to, line + 4L * LANES, order);
    }
  }
}
