package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The innermost loop: adds a product of a few rows and a few columns to a tile that stays in
/// registers meanwhile.
///
/// Every implementation computes `sum = fma(a, b, sum)` for each element, in order of `k`, so all
/// of them give the same bits.
interface MicroKernel {

  /// Rows of a tile.
  int rows();

  /// Columns of a tile.
  int columns();

  /// A name for messages and benchmarks, such as `8x32 of 512 bits`.
  String name();

  /// Adds products to the tile of some rows of a workspace: for `r < rows()`, `c < columns()`, each
  /// run and each of its terms `k`,
  ///
  /// ```java
  /// tiles[(row + r) * columns() + c] +=
  ///     a[rowAt[row + r] + runShift[run] + k - runAt[run]] * b[bAt + k * columns() + c];
  /// ```
  ///
  /// Rows of `a` may lie anywhere and overlap, so that windows of an image need no copy. Each runs
  /// along `k`, which keeps every index a constant away from `k`: with rows interleaved, as in
  /// other libraries, a step that is no power of two keeps C2 from moving range checks out of the
  /// loop. `b` is packed: one line of [#columns] floats per `k`.
  ///
  /// @param space has rows, runs and tiles
  /// @param row first row of the tile
  /// @param fromRun first run
  /// @param untilRun one past the last run
  /// @param a left operand
  /// @param b right operand
  /// @param bAt where the line of term 0 begins
  void multiply(Workspace space, int row, int fromRun, int untilRun, float[] a, float[] b, int bAt);

  /// Copies lines of [#columns] floats one after the other.
  ///
  /// @param from f32 memory
  /// @param at element that offsets count from
  /// @param offsets where each line begins
  /// @param count number of lines
  /// @param to receives the lines
  /// @param toAt where the first one goes
  default void copyLines(
      MemorySegment from, long at, long[] offsets, int count, float[] to, int toAt) {
    int columns = columns();
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(
          from,
          ValueLayout.JAVA_FLOAT_UNALIGNED,
          4 * (at + offsets[i]),
          to,
          toAt + i * columns,
          columns);
    }
  }

  /// Copies lines of [#columns] floats that lie one after the other to where they belong.
  ///
  /// @param from the lines
  /// @param count number of lines
  /// @param to f32 memory
  /// @param at element that offsets count from
  /// @param offsets where each line goes
  default void storeLines(float[] from, int count, MemorySegment to, long at, long[] offsets) {
    int columns = columns();
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(
          from, i * columns, to, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (at + offsets[i]), columns);
    }
  }
}
