package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.cpu.math.VectorMath;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.LoopKernel;
import org.tombolo.graph.DType;
import org.tombolo.graph.ReduceFn;

/// A loop whose value is folded along some axes.
///
/// The space is walked in the order *outer* (kept axes), *folded*, *inner* (the innermost axis, if
/// it is kept): a stack of matrices whose rows are folded into one row each. With nothing but the
/// last axis folded, rows have one element; with the first axis folded, they are as wide as the
/// rest. Rows beyond a chunk are cut into tiles. Where there are few matrices with many rows, each
/// is cut into blocks of rows, whose partial results are kept in the scratch and folded at the end.
/// All cuts depend on the extents alone.
final class FoldLoop implements HostKernel {
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private static final MemorySegment[] NONE = {};

  /// Points per task.
  private static final int GRAIN = 1 << 15;

  /// Elements per row of a tile: few enough for several rows in a chunk, enough for a run of loads.
  private static final int TILE = 256;

  /// With this many matrices to share out there is no need to cut them.
  private static final int ENOUGH = 64;

  private final VectorMath math;
  private final WorkerTeam team;
  private final ReduceFn fn;
  private final DType dtype;
  private final int value;
  private final long outer;
  private final long rows;
  private final long width;
  private final long tile;
  private final long tiles;
  private final long blockRows;
  private final long blocks;
  private final LoopCode code;
  private final LoopCode lastCode;

  /// @param given a loop with a reduction and at least one point
  FoldLoop(LoopKernel given, VectorMath math, WorkerTeam team) {
    LoopKernel loop = given.collapsed();
    LoopKernel.Reduction reduction = loop.fold().orElseThrow();
    this.math = math;
    this.team = team;
    this.fn = reduction.fn();
    this.value = loop.stores().get(0);
    this.dtype = loop.dtypes().get(value);
    int rank = loop.space().rank();
    List<Integer> folded = reduction.axes();
    int inner = rank > 0 && !folded.contains(rank - 1) ? rank - 1 : rank;
    int[] outerAxes = IntStream.range(0, inner).filter(axis -> !folded.contains(axis)).toArray();
    this.outer = size(loop, outerAxes);
    this.rows = size(loop, folded.stream().mapToInt(Integer::intValue).toArray());
    this.width = inner < rank ? loop.space().dim(inner) : 1;
    this.tile = width <= 2 * TILE ? width : TILE;
    this.tiles = (width + tile - 1) / tile;
    boolean cut = outer * tiles < ENOUGH && rows * tile > 2L * GRAIN;
    this.blockRows = cut ? Math.max(1, GRAIN / tile) : rows;
    this.blocks = (rows + blockRows - 1) / blockRows;
    int[] order =
        IntStream.concat(
                IntStream.concat(
                    IntStream.of(outerAxes), folded.stream().mapToInt(Integer::intValue)),
                IntStream.range(inner, rank))
            .toArray();
    this.code = code(loop, order, inner < rank, tile);
    long last = width - (tiles - 1) * tile;
    this.lastCode = last == tile ? code : code(loop, order, true, last);
  }

  private static long size(LoopKernel loop, int[] axes) {
    return IntStream.of(axes).mapToLong(axis -> loop.space().dim(axis)).reduce(1, (a, b) -> a * b);
  }

  private LoopCode code(LoopKernel loop, int[] order, boolean kept, long extent) {
    long[] dims = IntStream.of(order).mapToLong(axis -> loop.space().dim(axis)).toArray();
    if (kept) {
      dims[dims.length - 1] = extent;
    }
    return new LoopCode(new LoopSpace(loop, order, dims, math), false, Registers.CHUNK);
  }

  @Override
  public long scratchBytes() {
    return blocks == 1 ? 0 : blocks * outer * width * 8;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    MemorySegment output = outputs[0];
    if (blocks > 1) {
      int tasks = Math.toIntExact(outer * tiles * blocks);
      team.run(tasks, task -> block(inputs, scratch, task));
      team.runRanges(outer * width, Registers.CHUNK, (from, to) -> join(scratch, output, from, to));
    } else if (tiles == 1 && rows * width <= Registers.CHUNK) {
      // Several matrices fit one chunk.
      long together = Registers.CHUNK / (rows * width);
      team.runRanges(
          outer,
          together * (GRAIN / Registers.CHUNK),
          (from, to) -> small(inputs, output, from, to, together));
    } else {
      team.runRanges(
          outer * tiles,
          Math.max(1, GRAIN / (rows * tile)),
          (from, to) -> {
            for (long i = from; i < to; i++) {
              long columns = fold(inputs, i / tiles, i % tiles, 0, rows);
              put(output, (i / tiles) * width + (i % tiles) * tile, (int) columns);
            }
          });
    }
  }

  /// Folds some rows of a tile into the accumulators of the calling thread; gives the tile's width.
  private long fold(MemorySegment[] inputs, long matrix, long column, long fromRow, long toRow) {
    boolean last = column == tiles - 1;
    int columns = (int) (last ? width - column * tile : tile);
    int together = Math.max(1, Registers.CHUNK / columns);
    FoldArrays arrays = FoldArrays.mine();
    arrays.clear(fn, dtype, columns);
    LoopProgram run = (last ? lastCode : code).program((toRow - fromRow) * columns);
    Registers on = run.registers(inputs, NONE, together * columns);
    try {
      run.shift(on, column * tile);
      for (long row = fromRow; row < toRow; row += together) {
        int count = (int) Math.min(together, toRow - row);
        run.run(on, (matrix * rows + row) * columns, count * columns);
        fold(arrays, on, run.slot(value), 0, count, columns);
      }
    } finally {
      on.release();
    }
    return columns;
  }

  private void fold(FoldArrays arrays, Registers on, int slot, int from, int count, int columns) {
    switch (Lane.of(dtype)) {
      case FLOAT -> arrays.fold(fn, on.floats[slot], from, count, columns, math);
      case DOUBLE -> arrays.fold(fn, on.doubles[slot], from, count, columns, math);
      case INT -> arrays.fold(fn, dtype, on.ints[slot], from, count, columns);
      case LONG -> arrays.fold(fn, on.longs[slot], from, count, columns);
    }
  }

  private void small(
      MemorySegment[] inputs, MemorySegment output, long from, long to, long together) {
    int columns = (int) width;
    int size = (int) (rows * width);
    FoldArrays arrays = FoldArrays.mine();
    LoopProgram run = code.program((to - from) * size);
    Registers on = run.registers(inputs, NONE, (int) Math.min(together, to - from) * size);
    try {
      for (long matrix = from; matrix < to; matrix += together) {
        int count = (int) Math.min(together, to - matrix);
        run.run(on, matrix * size, count * size);
        for (int i = 0; i < count; i++) {
          arrays.clear(fn, dtype, columns);
          fold(arrays, on, run.slot(value), i * size, (int) rows, columns);
          put(output, (matrix + i) * width, columns);
        }
      }
    } finally {
      on.release();
    }
  }

  private void block(MemorySegment[] inputs, MemorySegment scratch, int task) {
    long block = task % blocks;
    long column = task / blocks % tiles;
    long matrix = task / blocks / tiles;
    long from = block * blockRows;
    long columns = fold(inputs, matrix, column, from, Math.min(rows, from + blockRows));
    FoldArrays arrays = FoldArrays.mine();
    long at = block * outer * width + matrix * width + column * tile;
    if (dtype.isFloat()) {
      MemorySegment.copy(arrays.reals, 0, scratch, F64, at * 8, (int) columns);
    } else {
      MemorySegment.copy(arrays.wholes, 0, scratch, I64, at * 8, (int) columns);
    }
  }

  /// Folds the partial results of all blocks, in order.
  private void join(MemorySegment scratch, MemorySegment output, long from, long to) {
    FoldArrays arrays = FoldArrays.mine();
    int count = (int) (to - from);
    arrays.clear(fn, dtype, count);
    for (long block = 0; block < blocks; block++) {
      long at = (block * outer * width + from) * 8;
      if (dtype.isFloat()) {
        for (int i = 0; i < count; i++) {
          arrays.reals[i] = FoldArrays.step(fn, arrays.reals[i], scratch.get(F64, at + i * 8L));
        }
      } else {
        for (int i = 0; i < count; i++) {
          arrays.wholes[i] = FoldArrays.step(fn, arrays.wholes[i], scratch.get(I64, at + i * 8L));
        }
      }
    }
    put(output, from, count);
  }

  /// Stores the accumulators of the calling thread.
  private void put(MemorySegment output, long position, int count) {
    FoldArrays arrays = FoldArrays.mine();
    if (dtype.isFloat()) {
      for (int i = 0; i < count; i++) {
        Elements.put(dtype, output, position + i, arrays.reals[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        Elements.put(dtype, output, position + i, arrays.wholes[i]);
      }
    }
  }
}
