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
  /// @param terms the terms in the right operand
  /// @param kernel whose panel it is
  /// @param space has the columns' offsets
  /// @param to receives `terms.size * kernel.columns()` floats
  /// @param toAt where the first goes
  static void pack(
      MemorySegment from,
      long at,
      int columns,
      Terms terms,
      MicroKernel kernel,
      Workspace space,
      float[] to,
      int toAt) {
    int width = kernel.columns();
    if (columns < width) {
      Arrays.fill(to, toAt, toAt + terms.size * width, 0f);
    }
    if (LeftPacking.consecutive(space.columns, columns)) {
      alongTheColumns(from, at + space.columns[0], columns, terms, kernel, to, toAt);
    } else if (terms.haveLongRuns()) {
      alongTheSum(from, at, columns, terms, width, space, to, toAt);
    } else {
      scattered(from, at, columns, terms, width, space, to, toAt);
    }
  }

  private static void alongTheColumns(
      MemorySegment from,
      long at,
      int columns,
      Terms terms,
      MicroKernel kernel,
      float[] to,
      int toAt) {
    if (columns == kernel.columns()) {
      kernel.copyLines(from, at, terms.offsets, terms.size, to, toAt);
      return;
    }
    for (int term = 0; term < terms.size; term++) {
      MemorySegment.copy(
          from, F32, 4 * (at + terms.offsets[term]), to, toAt + term * kernel.columns(), columns);
    }
  }

  private static void alongTheSum(
      MemorySegment from,
      long at,
      int columns,
      Terms terms,
      int width,
      Workspace space,
      float[] to,
      int toAt) {
    int[] runs = terms.runs;
    float[] staging = space.staging;
    for (int run = 0; run < runs.length - 1; run++) {
      int begin = runs[run];
      int length = runs[run + 1] - begin;
      for (int column = 0; column < columns; column++) {
        long source = 4 * (at + space.columns[column] + terms.offsets[begin]);
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
      Terms terms,
      int width,
      Workspace space,
      float[] to,
      int toAt) {
    for (int term = 0; term < terms.size; term++) {
      long line = at + terms.offsets[term];
      int place = toAt + term * width;
      for (int column = 0; column < columns; column++) {
        to[place + column] = from.get(F32, 4 * (line + space.columns[column]));
      }
    }
  }
}
