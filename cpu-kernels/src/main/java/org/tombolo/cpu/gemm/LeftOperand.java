package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Gives micro-kernels the rows of a left operand in an array.
sealed interface LeftOperand {

  /// Makes rows ready: sets [Workspace#rowAt], [Workspace#runs], [Workspace#runAt] and
  /// [Workspace#runShift], so that a term of a row is found in the array where the row begins plus
  /// the shift of its run plus its distance from the run's first term.
  ///
  /// @param at element that offsets count from
  /// @param rows number of rows; their offsets are in [Workspace#rowLeft]
  /// @param tileRows the number rounded up to whole tiles; the rest repeats the last row
  /// @param terms the terms in this operand
  /// @param space of the task
  /// @return the array
  float[] prepare(long at, int rows, int tileRows, Terms terms, Workspace space);

  /// A strided operand in memory, of which each task copies the rows that it needs.
  ///
  /// @param memory f32 elements
  record Packed(MemorySegment memory) implements LeftOperand {
    @Override
    public float[] prepare(long at, int rows, int tileRows, Terms terms, Workspace space) {
      LeftPacking.pack(memory, at, rows, tileRows, terms, space);
      for (int row = 0; row < tileRows; row++) {
        space.rowAt[row] = Math.min(row, rows - 1) * Blocking.ROW_STEP;
      }
      space.runs = terms.parts();
      for (int part = 0; part < space.runs; part++) {
        space.runAt[part] = part * Blocking.DEPTH;
        space.runShift[part] = part * tileRows * Blocking.ROW_STEP;
      }
      space.runAt[space.runs] = terms.size;
      return space.left;
    }
  }

  /// Images in an array, whose rows are windows that are read in place.
  final class Images implements LeftOperand {
    private final float[] array;

    /// @param array the images
    Images(float[] array) {
      this.array = array;
    }

    @Override
    public float[] prepare(long at, int rows, int tileRows, Terms terms, Workspace space) {
      for (int row = 0; row < rows; row++) {
        space.rowAt[row] = Math.toIntExact(at + space.rowLeft[row]);
      }
      Arrays.fill(space.rowAt, rows, tileRows, space.rowAt[rows - 1]);
      space.runs = terms.runs.length - 1;
      for (int run = 0; run < space.runs; run++) {
        space.runAt[run] = terms.runs[run];
        space.runShift[run] = Math.toIntExact(terms.offsets[terms.runs[run]]);
      }
      space.runAt[space.runs] = terms.size;
      return array;
    }
  }
}
