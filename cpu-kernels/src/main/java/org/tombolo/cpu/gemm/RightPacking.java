package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Copies columns of the right operand into a panel: one line of the micro-kernel's columns per
/// term, missing columns as zeros.
final class RightPacking {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private RightPacking() {}

  /// Packs a panel.
  ///
  /// @param from the right operand
  /// @param at element that offsets count from
  /// @param columns number of columns, at most those of the kernel; their offsets are in the space
  /// @param depth the terms
  /// @param kernel whose panel it is
  /// @param space has the columns' offsets
  /// @param to receives `depth.size * kernel.columns()` floats
  /// @param toAt where the first goes
  static void pack(
      MemorySegment from,
      long at,
      int columns,
      Depth depth,
      MicroKernel kernel,
      Workspace space,
      float[] to,
      int toAt) {
    int width = kernel.columns();
    if (columns < width) {
      Arrays.fill(to, toAt, toAt + depth.size * width, 0f);
    }
    if (LeftPacking.consecutive(space.columns, columns)) {
      alongTheColumns(from, at + space.columns[0], columns, depth, kernel, to, toAt);
    } else if (Depth.worthwhile(depth.rightRuns)) {
      alongTheSum(from, at, columns, depth, width, space, to, toAt);
    } else {
      scattered(from, at, columns, depth, width, space, to, toAt);
    }
  }

  private static void alongTheColumns(
      MemorySegment from,
      long at,
      int columns,
      Depth depth,
      MicroKernel kernel,
      float[] to,
      int toAt) {
    if (columns == kernel.columns()) {
      kernel.copyLines(from, at, depth.right, depth.size, to, toAt);
      return;
    }
    for (int term = 0; term < depth.size; term++) {
      MemorySegment.copy(
          from, F32, 4 * (at + depth.right[term]), to, toAt + term * kernel.columns(), columns);
    }
  }

  private static void alongTheSum(
      MemorySegment from,
      long at,
      int columns,
      Depth depth,
      int width,
      Workspace space,
      float[] to,
      int toAt) {
    int[] runs = depth.rightRuns;
    float[] staging = space.staging;
    for (int run = 0; run < runs.length - 1; run++) {
      int begin = runs[run];
      int length = runs[run + 1] - begin;
      for (int column = 0; column < columns; column++) {
        long source = 4 * (at + space.columns[column] + depth.right[begin]);
        MemorySegment.copy(from, F32, source, staging, 0, length);
        int place = toAt + begin * width + column;
        for (int i = 0; i < length; i++) {
          to[place + i * width] = staging[i];
        }
      }
    }
  }

  private static void scattered(
      MemorySegment from,
      long at,
      int columns,
      Depth depth,
      int width,
      Workspace space,
      float[] to,
      int toAt) {
    for (int term = 0; term < depth.size; term++) {
      long line = at + depth.right[term];
      int place = toAt + term * width;
      for (int column = 0; column < columns; column++) {
        to[place + column] = from.get(F32, 4 * (line + space.columns[column]));
      }
    }
  }
}
