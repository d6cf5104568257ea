package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Moves the tiles of a workspace to and from their place in the result: a row of tiles per
/// [Workspace#rowOut], a column per [Workspace#columns].
///
/// @param out memory of the result
/// @param at element that offsets count from
/// @param kernel whose tiles they are
/// @param space has tiles and offsets
record TileStore(MemorySegment out, long at, MicroKernel kernel, Workspace space) {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Fills tiles from the result.
  void load(int rows, int columns) {
    int width = kernel.columns();
    boolean dense = LeftPacking.consecutive(space.columns, columns);
    if (dense && columns == width) {
      kernel.copyLines(out, at + space.columns[0], space.rowOut, rows, space.tiles, 0);
      return;
    }
    for (int row = 0; row < rows; row++) {
      long line = at + space.rowOut[row];
      if (dense) {
        MemorySegment.copy(
            out, F32, 4 * (line + space.columns[0]), space.tiles, row * width, columns);
      } else {
        for (int column = 0; column < columns; column++) {
          space.tiles[row * width + column] = out.get(F32, 4 * (line + space.columns[column]));
        }
      }
    }
  }

  /// Writes tiles to the result.
  void store(int rows, int columns) {
    int width = kernel.columns();
    boolean dense = LeftPacking.consecutive(space.columns, columns);
    if (dense && columns == width) {
      kernel.storeLines(space.tiles, rows, out, at + space.columns[0], space.rowOut);
      return;
    }
    for (int row = 0; row < rows; row++) {
      long line = at + space.rowOut[row];
      if (dense) {
        MemorySegment.copy(
            space.tiles, row * width, out, F32, 4 * (line + space.columns[0]), columns);
      } else {
        for (int column = 0; column < columns; column++) {
          out.set(F32, 4 * (line + space.columns[column]), space.tiles[row * width + column]);
        }
      }
    }
  }
}
