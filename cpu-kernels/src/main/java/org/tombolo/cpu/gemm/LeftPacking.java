package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Copies a block of the left operand into rows that run along the sum: part by part of
/// [Blocking#DEPTH] terms, row by row [Blocking#ROW_STEP] floats apart. Any order of the operand's
/// axes is read in the direction in which its elements follow each other, so transposed operands
/// cost little more than others.
final class LeftPacking {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Runs shorter than this are copied element by element, since a bulk copy costs more to start.
  private static final int BULK = 12;

  private LeftPacking() {}

  /// Packs rows.
  ///
  /// @param from the left operand
  /// @param at element that offsets count from
  /// @param rows number of rows
  /// @param blockRows rows from one part to the next
  /// @param terms the terms in the left operand
  /// @param space has the rows' offsets and receives the block
  static void pack(
      MemorySegment from, long at, int rows, int blockRows, Terms terms, Workspace space) {
    if (terms.haveLongRuns()) {
      alongTheSum(from, at, rows, blockRows, terms, space);
    } else if (consecutive(space.rowLeft, rows)) {
      alongTheRows(from, at, rows, blockRows, terms, space);
    } else {
      scattered(from, at, rows, blockRows, terms, space);
    }
  }

  /// Whether offsets rise by 1 each.
  static boolean consecutive(long[] offsets, int count) {
    for (int i = 1; i < count; i++) {
      if (offsets[i] != offsets[i - 1] + 1) {
        return false;
      }
    }
    return true;
  }

  private static int place(int row, int term, int blockRows) {
    int part = term / Blocking.DEPTH;
    return (part * blockRows + row) * Blocking.ROW_STEP + term % Blocking.DEPTH;
  }

  private static void alongTheSum(
      MemorySegment from, long at, int rows, int blockRows, Terms terms, Workspace space) {
    int[] runs = terms.runs;
    for (int row = 0; row < rows; row++) {
      long line = at + space.rowLeft[row];
      for (int run = 0; run < runs.length - 1; run++) {
        int begin = runs[run];
        int length = runs[run + 1] - begin;
        long source = 4 * (line + terms.offsets[begin]);
        int to = place(row, begin, blockRows);
        if (length >= BULK) {
          MemorySegment.copy(from, F32, source, space.left, to, length);
        } else {
          for (int i = 0; i < length; i++) {
            space.left[to + i] = from.get(F32, source + 4L * i);
          }
        }
      }
    }
  }

  private static void alongTheRows(
      MemorySegment from, long at, int rows, int blockRows, Terms terms, Workspace space) {
    float[] staging = space.staging;
    float[] left = space.left;
    for (int term = 0; term < terms.size; term++) {
      long source = 4 * (at + space.rowLeft[0] + terms.offsets[term]);
      MemorySegment.copy(from, F32, source, staging, 0, rows);
      int to = place(0, term, blockRows);
      for (int row = 0; row < rows; row++) {
        left[to + row * Blocking.ROW_STEP] = staging[row];
      }
    }
  }

  private static void scattered(
      MemorySegment from, long at, int rows, int blockRows, Terms terms, Workspace space) {
    for (int term = 0; term < terms.size; term++) {
      long column = at + terms.offsets[term];
      int to = place(0, term, blockRows);
      for (int row = 0; row < rows; row++) {
        space.left[to + row * Blocking.ROW_STEP] = from.get(F32, 4 * (column + space.rowLeft[row]));
      }
    }
  }
}
