package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.tombolo.cpu.team.WorkerTeam;

/// Computes a [Contraction]: packed, blocked for the caches, and tiled for the registers.
///
/// For each stretch of [Blocking#DEEP] terms the team first packs the right operand into panels of
/// the micro-kernel's width, then shares out blocks of rows: a task packs its rows, and for each
/// panel sums tiles over the parts of the stretch before it stores them once. Each element of the
/// result is one chain of fused multiply-adds from 0 in the order of the terms, so neither blocking
/// nor tiles nor threads can change a bit of it.
final class Product {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Contraction sum;
  private final MicroKernel kernel;
  private final WorkerTeam team;
  private final Workspace.Pool pool;

  private final long batches;
  private final long rows;
  private final long columns;
  private final long terms;
  private final int blockRows;

  /// @param sum what is computed
  /// @param kernels computes tiles
  /// @param team shares the work
  /// @param pool lends memory
  Product(Contraction sum, MicroKernels kernels, WorkerTeam team, Workspace.Pool pool) {
    this.sum = sum;
    this.team = team;
    this.pool = pool;
    batches = Axis.size(sum.batch());
    rows = Axis.size(sum.rows());
    columns = Axis.size(sum.columns());
    terms = Axis.size(sum.inner());
    kernel = kernels.forColumns(columns);
    blockRows = Blocking.ROWS / kernel.rows() * kernel.rows();
  }

  /// Multiplications in all, to compare with [Blocking#SHARED_WORK]; an empty sum counts as one.
  long work() {
    double work = (double) batches * rows * columns * Math.max(1, terms);
    return work < Long.MAX_VALUE ? (long) work : Long.MAX_VALUE;
  }

  /// Computes the result.
  void run(MemorySegment a, MemorySegment b, MemorySegment out) {
    if (batches == 0 || rows == 0 || columns == 0) {
      return;
    }
    int width = kernel.columns();
    long panels = (columns + width - 1) / width;
    int deep = (int) Math.min(Blocking.DEEP, terms);
    long room = Math.max(1, Blocking.RIGHT_FLOATS / Math.max(1, (long) deep * width));
    int panelsAtOnce = (int) Math.min(panels, room);
    int batchesAtOnce = (int) Math.min(batches, Math.max(1, room / panels));
    float[] right = pool.takePanels(batchesAtOnce * panelsAtOnce * deep * width);
    try {
      for (long batch = 0; batch < batches; batch += batchesAtOnce) {
        for (long panel = 0; panel < panels; panel += panelsAtOnce) {
          long term = 0;
          do {
            Depth depth =
                new Depth(sum.inner(), term, (int) Math.min(Blocking.DEEP, terms - term));
            new Stretch(
                    a,
                    b,
                    out,
                    right,
                    depth,
                    term > 0,
                    batch,
                    (int) Math.min(batchesAtOnce, batches - batch),
                    panel,
                    (int) Math.min(panelsAtOnce, panels - panel))
                .run();
            term += Blocking.DEEP;
          } while (term < terms);
        }
      }
    } finally {
      pool.giveBackPanels(right);
    }
  }

  /// Some batches, some panels and a stretch of the terms.
  private final class Stretch {
    private final MemorySegment a;
    private final MemorySegment b;
    private final MemorySegment out;
    private final float[] right;
    private final Depth depth;
    private final boolean adding;
    private final long firstPanel;
    private final int panels;
    private final int batchCount;
    private final long[] batchLeft;
    private final long[] batchRight;
    private final long[] batchOut;

    Stretch(
        MemorySegment a,
        MemorySegment b,
        MemorySegment out,
        float[] right,
        Depth depth,
        boolean adding,
        long firstBatch,
        int batchCount,
        long firstPanel,
        int panels) {
      this.a = a;
      this.b = b;
      this.out = out;
      this.right = right;
      this.depth = depth;
      this.adding = adding;
      this.firstPanel = firstPanel;
      this.panels = panels;
      this.batchCount = batchCount;
      batchLeft = new long[batchCount];
      batchRight = new long[batchCount];
      batchOut = new long[batchCount];
      Axis.offsets(sum.batch(), Axis::a, firstBatch, batchCount, batchLeft);
      Axis.offsets(sum.batch(), Axis::b, firstBatch, batchCount, batchRight);
      Axis.offsets(sum.batch(), Axis::out, firstBatch, batchCount, batchOut);
    }

    void run() {
      int packs = (panels + Blocking.PANELS_PER_TASK - 1) / Blocking.PANELS_PER_TASK;
      share(batchCount * packs, task -> packPanels(task / packs, task % packs));
      long blocks = (rows + blockRows - 1) / blockRows;
      // Blocks of rows are cut by columns too where they are too few to go round.
      long wanted = 4L * team.size();
      int cuts = Math.clamp(wanted / Math.max(1, batchCount * blocks), 1, panels);
      int blocksAtOnce = (int) Math.min(blocks, Integer.MAX_VALUE / (batchCount * cuts));
      for (long block = 0; block < blocks; block += blocksAtOnce) {
        long first = block;
        int count = (int) Math.min(blocksAtOnce, blocks - block);
        share(
            batchCount * count * cuts,
            task -> {
              int cut = task % cuts;
              int from = (int) ((long) panels * cut / cuts);
              int until = (int) ((long) panels * (cut + 1) / cuts);
              multiply(task / cuts / count, first + task / cuts % count, from, until);
            });
      }
    }

    private void share(int tasks, IntConsumer body) {
      if (work() < Blocking.SHARED_WORK) {
        for (int task = 0; task < tasks; task++) {
          body.accept(task);
        }
      } else {
        team.run(tasks, body);
      }
    }

    private int panelAt(int batch, int panel) {
      return (batch * panels + panel) * depth.size * kernel.columns();
    }

    private int columnsOf(int panel) {
      long first = (firstPanel + panel) * kernel.columns();
      return (int) Math.min(kernel.columns(), columns - first);
    }

    private void packPanels(int batch, int pack) {
      Workspace space = pool.take();
      int until = Math.min(panels, (pack + 1) * Blocking.PANELS_PER_TASK);
      for (int panel = pack * Blocking.PANELS_PER_TASK; panel < until; panel++) {
        int count = columnsOf(panel);
        long first = (firstPanel + panel) * kernel.columns();
        Axis.offsets(sum.columns(), Axis::b, first, count, space.columns);
        RightPacking.pack(
            b,
            sum.b() + batchRight[batch],
            count,
            depth,
            kernel,
            space,
            right,
            panelAt(batch, panel));
      }
      pool.giveBack(space);
    }

    private void multiply(int batch, long block, int fromPanel, int untilPanel) {
      Workspace space = pool.take();
      long firstRow = block * blockRows;
      int rowCount = (int) Math.min(blockRows, rows - firstRow);
      int tiles = (rowCount + kernel.rows() - 1) / kernel.rows();
      Axis.offsets(sum.rows(), Axis::a, firstRow, rowCount, space.rowLeft);
      Axis.offsets(sum.rows(), Axis::out, firstRow, rowCount, space.rowOut);
      int tileRows = tiles * kernel.rows();
      LeftPacking.pack(a, sum.a() + batchLeft[batch], rowCount, tileRows, depth, space);
      int tileSize = kernel.rows() * kernel.columns();
      for (int panel = fromPanel; panel < untilPanel; panel++) {
        int count = columnsOf(panel);
        long first = (firstPanel + panel) * kernel.columns();
        Axis.offsets(sum.columns(), Axis::out, first, count, space.columns);
        Tiles target = new Tiles(out, sum.out() + batchOut[batch], kernel.columns(), space);
        if (adding) {
          target.load(rowCount, count);
        } else {
          Arrays.fill(space.tiles, 0, tiles * tileSize, 0f);
        }
        int panelAt = panelAt(batch, panel);
        for (int part = 0; part < depth.parts(); part++) {
          for (int tile = 0; tile < tiles; tile++) {
            kernel.multiply(
                depth.part(part),
                space.left,
                (part * tileRows + tile * kernel.rows()) * Blocking.ROW_STEP,
                Blocking.ROW_STEP,
                right,
                panelAt + part * Blocking.DEPTH * kernel.columns(),
                space.tiles,
                tile * tileSize);
          }
        }
        target.store(rowCount, count);
      }
      pool.giveBack(space);
    }
  }

  /// Where the tiles of a workspace belong in the result.
  private record Tiles(MemorySegment out, long at, int width, Workspace space) {

    void load(int rows, int columns) {
      boolean dense = LeftPacking.consecutive(space.columns, columns);
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

    void store(int rows, int columns) {
      boolean dense = LeftPacking.consecutive(space.columns, columns);
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
}
