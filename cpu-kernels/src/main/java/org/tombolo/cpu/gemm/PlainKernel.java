package org.tombolo.cpu.gemm;

/// A micro-kernel in plain Java for JVMs that run without the Vector API; its inner loop is one
/// that C2 turns into vector code by itself.
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
      Workspace space, int row, int fromRun, int untilRun, float[] a, float[] b, int bAt) {
    for (int r = row; r < row + rows; r++) {
      for (int run = fromRun; run < untilRun; run++) {
        int at = space.rowAt[r] + space.runShift[run] - space.runAt[run];
        for (int k = space.runAt[run]; k < space.runAt[run + 1]; k++) {
          axpy(a[at + k], b, bAt + k * columns, space.tiles, r * columns, columns);
        }
      }
    }
  }

  private static void axpy(float factor, float[] b, int bAt, float[] sum, int sumAt, int count) {
    for (int c = 0; c < count; c++) {
      sum[sumAt + c] = Math.fma(factor, b[bAt + c], sum[sumAt + c]);
    }
  }
}
