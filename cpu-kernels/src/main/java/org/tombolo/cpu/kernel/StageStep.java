package org.tombolo.cpu.kernel;

import java.util.List;
import java.util.Objects;

/// Runs generated code for the run of points that the registers stand at: all at once where what it
/// reads is dense, else row by row.
final class StageStep implements Step {
  private final Stages.Entry entry;
  private final List<Read> reads;
  private final List<Write> writes;
  private final List<Slot> arrays;
  private final long[] constants;
  private final long[] dims;
  private final boolean dense;

  /// Memory that is read, by number.
  ///
  /// @param input of the loop
  record Read(int input, Walk walk, Kind kind) {}

  /// Memory that is written; numbers follow those of what is read.
  ///
  /// @param output of the loop
  record Write(int output, Kind kind) {}

  /// A working array, by number.
  record Slot(Lane lane, int slot) {}

  /// @param constants raw bits, by number
  /// @param dims extents of the walk
  StageStep(
      Stages.Entry entry,
      List<Read> reads,
      List<Write> writes,
      List<Slot> arrays,
      long[] constants,
      long[] dims) {
    this.entry = entry;
    this.reads = reads;
    this.writes = writes;
    this.arrays = arrays;
    this.constants = constants;
    this.dims = dims;
    this.dense = reads.stream().allMatch(read -> read.walk().isDense() || read.walk().isUniform());
  }

  @Override
  public void run(Registers on) {
    Stage stage = Objects.requireNonNull(entry.stage());
    StageOperands operands = on.operands;
    operands.grow(reads.size() + writes.size(), arrays.size());
    operands.constants = constants;
    for (int i = 0; i < reads.size(); i++) {
      operands.memory[i] = on.inputs[reads.get(i).input()];
    }
    for (int i = 0; i < writes.size(); i++) {
      operands.memory[reads.size() + i] = on.outputs[writes.get(i).output()];
    }
    for (int i = 0; i < arrays.size(); i++) {
      operands.arrays[i] = array(on, arrays.get(i));
    }
    if (dense) {
      for (int i = 0; i < reads.size(); i++) {
        Read read = reads.get(i);
        operands.positions[i] = read.walk().first(on) * read.kind().bytes();
      }
      run(stage, operands, on.start, 0, on.count);
    } else {
      rows(stage, on);
    }
  }

  private static Object array(Registers on, Slot at) {
    return switch (at.lane()) {
      case FLOAT -> on.floats[at.slot()];
      case DOUBLE -> on.doubles[at.slot()];
      case INT -> on.ints[at.slot()];
      case LONG -> on.longs[at.slot()];
    };
  }

  private void rows(Stage stage, Registers on) {
    int last = dims.length - 1;
    long[] index = on.index;
    long rest = on.start;
    for (int axis = last; axis >= 0; axis--) {
      index[axis] = rest % dims[axis];
      rest /= dims[axis];
    }
    for (int at = 0; at < on.count; ) {
      int row = (int) Math.min(on.count - at, dims[last] - index[last]);
      for (int i = 0; i < reads.size(); i++) {
        Read read = reads.get(i);
        on.operands.positions[i] = read.walk().position(on, index) * read.kind().bytes();
      }
      run(stage, on.operands, on.start + at, at, row);
      at += row;
      index[last] += row;
      for (int axis = last; axis > 0 && index[axis] == dims[axis]; axis--) {
        index[axis] = 0;
        index[axis - 1]++;
      }
    }
  }

  private void run(Stage stage, StageOperands operands, long position, int at, int n) {
    for (int i = 0; i < writes.size(); i++) {
      operands.positions[reads.size() + i] = position * writes.get(i).kind().bytes();
    }
    stage.run(operands, at, n);
  }
}
