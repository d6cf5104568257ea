package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Eight rows of one vector of the preferred width, for results with few columns.
final class EightByOneKernel implements MicroKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int COLUMNS = LANES;

  @Override
  public int rows() {
    return 8;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public String name() {
    return "8x" + COLUMNS + " of " + SPECIES.vectorBitSize() + " bits";
  }

  @Override
  public void multiply(
      Workspace space, int row, int fromRun, int untilRun, float[] a, float[] b, int bAt) {
    int[] rowAt = space.rowAt;
    float[] tile = space.tiles;
    int tileAt = row * COLUMNS;
    FloatVector c0 = FloatVector.fromArray(SPECIES, tile, tileAt);
    FloatVector c1 = FloatVector.fromArray(SPECIES, tile, tileAt + COLUMNS);
    FloatVector c2 = FloatVector.fromArray(SPECIES, tile, tileAt + 2 * COLUMNS);
    FloatVector c3 = FloatVector.fromArray(SPECIES, tile, tileAt + 3 * COLUMNS);
    FloatVector c4 = FloatVector.fromArray(SPECIES, tile, tileAt + 4 * COLUMNS);
    FloatVector c5 = FloatVector.fromArray(SPECIES, tile, tileAt + 5 * COLUMNS);
    FloatVector c6 = FloatVector.fromArray(SPECIES, tile, tileAt + 6 * COLUMNS);
    FloatVector c7 = FloatVector.fromArray(SPECIES, tile, tileAt + 7 * COLUMNS);
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
      int a6 = rowAt[row + 6] + shift;
      int a7 = rowAt[row + 7] + shift;
      for (int k = 0; k < count; k++) {
        FloatVector right = FloatVector.fromArray(SPECIES, b, line + k * COLUMNS);
        c0 = FloatVector.broadcast(SPECIES, a[a0 + k]).fma(right, c0);
        c1 = FloatVector.broadcast(SPECIES, a[a1 + k]).fma(right, c1);
        c2 = FloatVector.broadcast(SPECIES, a[a2 + k]).fma(right, c2);
        c3 = FloatVector.broadcast(SPECIES, a[a3 + k]).fma(right, c3);
        c4 = FloatVector.broadcast(SPECIES, a[a4 + k]).fma(right, c4);
        c5 = FloatVector.broadcast(SPECIES, a[a5 + k]).fma(right, c5);
        c6 = FloatVector.broadcast(SPECIES, a[a6 + k]).fma(right, c6);
        c7 = FloatVector.broadcast(SPECIES, a[a7 + k]).fma(right, c7);
      }
    }
    c0.intoArray(tile, tileAt);
    c1.intoArray(tile, tileAt + COLUMNS);
    c2.intoArray(tile, tileAt + 2 * COLUMNS);
    c3.intoArray(tile, tileAt + 3 * COLUMNS);
    c4.intoArray(tile, tileAt + 4 * COLUMNS);
    c5.intoArray(tile, tileAt + 5 * COLUMNS);
    c6.intoArray(tile, tileAt + 6 * COLUMNS);
    c7.intoArray(tile, tileAt + 7 * COLUMNS);
  }

  @Override
  public void copyLines(
      MemorySegment from, long at, long[] offsets, int count, float[] to, int toAt) {
    ByteOrder order = ByteOrder.nativeOrder();
    for (int i = 0; i < count; i++) {
      long line = 4 * (at + offsets[i]);
      FloatVector.fromMemorySegment(SPECIES, from, line, order).intoArray(to, toAt + i * COLUMNS);
    }
  }

  @Override
  public void storeLines(float[] from, int count, MemorySegment to, long at, long[] offsets) {
    ByteOrder order = ByteOrder.nativeOrder();
    for (int i = 0; i < count; i++) {
      long line = 4 * (at + offsets[i]);
      FloatVector.fromArray(SPECIES, from, i * COLUMNS).intoMemorySegment(to, line, order);
    }
  }
}
