package org.tombolo.cpu.gemm;

/// A micro-kernel in plain Java for JVMs that run without the Vector API; its inner loop is one that
/// C2 turns into vector code by itself.
///
/// @param rows of a tile
/// @param columns of a tile
record PlainKernel(int rows, int columns) implements MicroKernel {

  @Override
  public String name() {
    return rows + "x" + columns + " in plain Java";
  }

  @Override
  public void multiply(
      int count,
      float[] a,
      int[] rowAt,
      int row,
      int shift,
      float[] b,
      int bAt,
      float[] tile,
      int tileAt) {
    for (int r = 0; r < rows; r++) {
      int at = rowAt[row + r] + shift;
      for (int k = 0; k < count; k++) {
        axpy(a[at + k], b, bAt + k * columns, tile, tileAt + r * columns, columns);
      }
    }
  }

  private static void axpy(float factor, float[] b, int bAt, float[] sum, int sumAt, int count) {
    for (int c = 0; c < count; c++) {
      sum[sumAt + c] = Math.fma(factor, b[bAt + c], sum[sumAt + c]);
    }
  }
}
