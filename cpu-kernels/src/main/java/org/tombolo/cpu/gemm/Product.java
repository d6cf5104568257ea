package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Computes a [Contraction]: packed, blocked for the caches, and tiled for the registers.
///
/// The team first packs the right operand into panels of the micro-kernel's width, for as many
/// terms and panels as there is room; then it shares out blocks of rows. A task takes its rows in
/// stretches of [Blocking#DEEP] terms, and for each panel sums tiles over a stretch before it
/// stores them.
///
/// Where all rows are one block, no two tasks need the same panel: the tasks share out the panels,
/// and each packs a panel right before it multiplies with it, while it lies in the task's cache.
///
/// Each element of the result is one chain of fused multiply-adds from 0 in the order of the terms,
/// so neither blocking nor tiles nor threads can change a bit of it. Only where the result is small
/// and the sum long, it is cut after [Blocking#termsPerPart] terms into chains that are added in
/// order.
final class Product {
  /// Panels, and batches, that are shared out at once at most where tasks pack what they need.
  private static final long MOST_SHARED = 1 << 14;

  /// Tasks per thread that rows in one block are cut into.
  private static final int FLAT_TASKS = 4;

  private final Contraction sum;
  private final MicroKernel kernel;
  private final Crew crew;
  private final Workspace.Pool pool;

  private final long batches;
  private final long rows;
  private final long columns;
  private final long terms;
  private final long partTerms;
  private final boolean split;

  /// Whether all rows are one block, whose tasks pack what they need.
  private final boolean flat;

  /// Whether a task computes its part of the result to the end, in consecutive elements.
  private final boolean finishesInTasks;

  private final List<Terms> leftTerms;
  private final List<Terms> rightTerms;

  /// @param sum what is computed
  /// @param kernels computes tiles
  /// @param crew shares work and memory
  Product(Contraction sum, MicroKernels kernels, Crew crew) {
    this.sum = sum;
    this.crew = crew;
    pool = crew.pool();
    batches = Axis.size(sum.batch());
    rows = Axis.size(sum.rows());
    columns = Axis.size(sum.columns());
    terms = Axis.size(sum.inner());
    kernel = kernels.forColumns(columns);
    partTerms = Blocking.termsPerPart(batches * rows * columns, columns, terms);
    split = partTerms < terms;
    int mostRows = Blocking.ROWS / kernel.rows() * kernel.rows();
    flat = !split && rows <= mostRows;
    boolean dense =
        sum.columns().isEmpty()
            || (sum.columns().size() == 1 && sum.columns().getFirst().out() == 1);
    long panels = Math.max(1, (columns + kernel.columns() - 1) / kernel.columns());
    finishesInTasks = dense && (flat || termsAtOnce(panels) >= terms);
    leftTerms = firstTerms(Axis::a);
    rightTerms = firstTerms(Axis::b);
  }

  /// Terms for which the right operand is packed at once.
  private long termsAtOnce(long panels) {
    long width = kernel.columns();
    long room = Blocking.RIGHT_FLOATS / (width * Math.min(panels, Blocking.PANELS_AT_ONCE));
    long unit = split ? partTerms : Blocking.DEEP;
    long most = split ? Blocking.SPLIT_PARTS * unit : Long.MAX_VALUE / 2;
    return Math.min(terms, Math.max(unit, Math.min(room, most) / unit * unit));
  }

  private List<Terms> firstTerms(ToLongFunction<Axis> stride) {
    return LongStream.iterate(
            0, term -> term < Math.min(terms, Blocking.KEPT_TERMS), term -> term + Blocking.DEEP)
        .mapToObj(term -> stretch(term, stride))
        .toList();
  }

  private Terms stretch(long term, ToLongFunction<Axis> stride) {
    return new Terms(sum.inner(), stride, term, (int) Math.min(Blocking.DEEP, terms - term));
  }

  /// The stretch of terms in the left operand that begins at a multiple of [Blocking#DEEP].
  private Terms leftTerms(long term) {
    long number = term / Blocking.DEEP;
    return number < leftTerms.size() ? leftTerms.get((int) number) : stretch(term, Axis::a);
  }

  /// The same in the right operand.
  private Terms rightTerms(long term) {
    long number = term / Blocking.DEEP;
    return number < rightTerms.size() ? rightTerms.get((int) number) : stretch(term, Axis::b);
  }

  private void share(int tasks, IntConsumer body) {
    crew.share((double) batches * rows * columns * Math.max(1, terms), tasks, body);
  }

  /// Computes the result.
  ///
  /// @param left the left operand
  /// @param b the right operand
  /// @param out the result
  /// @param outAt element of the result that offsets count from
  void run(LeftOperand left, MemorySegment b, MemorySegment out, long outAt) {
    run(left, b, out, outAt, null);
  }

  /// The same, with each element of the result finished once it is there.
  ///
  /// @param finish works in the memory of the result, which is nothing but that of this product
  void runFinished(LeftOperand left, MemorySegment b, MemorySegment out, Finish finish) {
    boolean inTasks = !split && finishesInTasks;
    run(left, b, out, 0, inTasks ? finish : null);
    if (!inTasks) {
      finish.all();
    }
  }

  private void run(
      LeftOperand left, MemorySegment b, MemorySegment out, long outAt, @Nullable Finish finish) {
    if (batches == 0 || rows == 0 || columns == 0) {
      return;
    }
    int width = kernel.columns();
    long panels = (columns + width - 1) / width;
    long termsAtOnce = flat ? terms : termsAtOnce(panels);
    long fitting = Math.max(1, Blocking.RIGHT_FLOATS / (Math.max(1, termsAtOnce) * width));
    int panelsAtOnce = (int) Math.min(panels, flat ? MOST_SHARED : fitting);
    int batchesAtOnce = (int) Math.min(batches, flat ? MOST_SHARED : Math.max(1, fitting / panels));
    long packed = flat ? 0 : (long) batchesAtOnce * panelsAtOnce * termsAtOnce * width;
    int parts = split ? (int) ((termsAtOnce + partTerms - 1) / partTerms) : 0;
    int partials = split ? Math.toIntExact(parts * batches * rows * columns) : 0;
    pool.withPanels(
        Math.toIntExact(packed),
        right ->
            pool.withPartials(
                partials,
                partial -> {
                  for (long term = 0; term == 0 || term < terms; term += termsAtOnce) {
                    long count = Math.min(termsAtOnce, terms - term);
                    for (long batch = 0; batch < batches; batch += batchesAtOnce) {
                      for (long panel = 0; panel < panels; panel += panelsAtOnce) {
                        new Share(
                                left,
                                b,
                                split ? MemorySegment.ofArray(partial) : out,
                                outAt,
                                finish,
                                right,
                                term,
                                count,
                                batch,
                                (int) Math.min(batchesAtOnce, batches - batch),
                                panel,
                                (int) Math.min(panelsAtOnce, panels - panel))
                            .run();
                      }
                    }
                    if (split) {
                      int summed = (int) ((count + partTerms - 1) / partTerms);
                      addParts(partial, summed, out, outAt, term > 0);
                    }
                    if (terms == 0) {
                      break;
                    }
                  }
                }));
  }

  /// Adds partial results, in order, to the result or in its place.
  private void addParts(float[] partial, int parts, MemorySegment out, long outAt, boolean adding) {
    int size = Math.toIntExact(batches * rows * columns);
    int line = Math.toIntExact(columns);
    share(
        Math.toIntExact(batches * rows),
        task -> {
          Workspace space = pool.take();
          int begin = task * line;
          for (int part = 1; part < parts; part++) {
            int other = begin + part * size;
            for (int i = 0; i < line; i++) {
              partial[begin + i] += partial[other + i];
            }
          }
          long[] offset = new long[1];
          Axis.offsets(sum.batch(), Axis::out, task / rows, 1, offset);
          long at = outAt + sum.out() + offset[0];
          Axis.offsets(sum.rows(), Axis::out, task % rows, 1, space.rowOut);
          int width = kernel.columns();
          for (int first = 0; first < line; first += width) {
            int count = Math.min(width, line - first);
            Axis.offsets(sum.columns(), Axis::out, first, count, space.columns);
            TileStore store = new TileStore(out, at, kernel, space);
            if (adding) {
              store.load(1, count);
            } else {
              Arrays.fill(space.tiles, 0, count, 0f);
            }
            for (int i = 0; i < count; i++) {
              space.tiles[i] += partial[begin + first + i];
            }
            store.store(1, count);
          }
          pool.giveBack(space);
        });
  }

  /// Some batches, some panels and some of the terms.
  private final class Share {
    private final LeftOperand left;
    private final MemorySegment b;
    private final MemorySegment out;
    private final @Nullable Finish finish;
    private final float[] right;
    private final long firstTerm;
    private final long termCount;
    private final long firstBatch;
    private final int batchCount;
    private final long firstPanel;
    private final int panels;
    private final int parts;
    private final int blockRows;
    private final long[] batchLeft;
    private final long[] batchRight;
    private final long[] batchOut;

    Share(
        LeftOperand left,
        MemorySegment b,
        MemorySegment out,
        long outAt,
        @Nullable Finish finish,
        float[] right,
        long firstTerm,
        long termCount,
        long firstBatch,
        int batchCount,
        long firstPanel,
        int panels) {
      this.left = left;
      this.b = b;
      this.out = out;
      this.finish = finish;
      this.right = right;
      this.firstTerm = firstTerm;
      this.termCount = termCount;
      this.firstBatch = firstBatch;
      this.batchCount = batchCount;
      this.firstPanel = firstPanel;
      this.panels = panels;
      parts = split ? (int) ((termCount + partTerms - 1) / partTerms) : 1;
      // Enough blocks to go round, of at least two tiles.
      int tile = kernel.rows();
      long even = rows * batchCount * parts / (2L * crew.team().size());
      int most = Blocking.ROWS / tile;
      blockRows = tile * (flat ? most : Math.clamp((even + tile - 1) / tile, 2, most));
      batchLeft = new long[batchCount];
      batchRight = new long[batchCount];
      batchOut = new long[batchCount];
      Axis.offsets(sum.batch(), Axis::a, firstBatch, batchCount, batchLeft);
      Axis.offsets(sum.batch(), Axis::b, firstBatch, batchCount, batchRight);
      Axis.offsets(sum.batch(), Axis::out, firstBatch, batchCount, batchOut);
      for (int i = 0; i < batchCount; i++) {
        batchLeft[i] += sum.a();
        batchRight[i] += sum.b();
        batchOut[i] += outAt + sum.out();
      }
    }

    void run() {
      if (flat) {
        multiplyFlat();
        return;
      }
      int groups = (panels + Blocking.PANELS_PER_TASK - 1) / Blocking.PANELS_PER_TASK;
      int stretches = (int) ((termCount + Blocking.DEEP - 1) / Blocking.DEEP);
      share(
          batchCount * groups * stretches,
          task -> pack(task / groups / stretches, task / stretches % groups, task % stretches));
      long blocks = (rows + blockRows - 1) / blockRows;
      // Blocks are cut by columns too where they are still too few to go round.
      int cuts = Math.clamp(crew.team().size() / (batchCount * blocks * parts), 1, panels);
      int blocksAtOnce = (int) Math.min(blocks, (1 << 24) / Math.min(1 << 24, batchCount * cuts));
      for (long block = 0; block < blocks; block += blocksAtOnce) {
        long first = block;
        int count = (int) Math.min(blocksAtOnce, blocks - block);
        share(
            batchCount * parts * count * cuts,
            task -> {
              int cut = task % cuts;
              int from = (int) ((long) panels * cut / cuts);
              int until = (int) ((long) panels * (cut + 1) / cuts);
              int rest = task / cuts;
              multiply(
                  rest / count / parts, rest / count % parts, first + rest % count, from, until);
            });
      }
    }

    private void multiplyFlat() {
      long even = FLAT_TASKS * (long) crew.team().size();
      int cuts = Math.clamp((even + batchCount - 1) / batchCount, 1, panels);
      share(
          batchCount * cuts,
          task -> {
            int cut = task % cuts;
            int from = (int) ((long) panels * cut / cuts);
            int until = (int) ((long) panels * (cut + 1) / cuts);
            multiply(task / cuts, 0, 0, from, until);
          });
    }

    private int panelAt(int batch, int panel) {
      return (int) ((batch * panels + panel) * termCount * kernel.columns());
    }

    private long firstColumn(int panel) {
      return (firstPanel + panel) * kernel.columns();
    }

    private int columnCount(int panel) {
      return (int) Math.min(kernel.columns(), columns - firstColumn(panel));
    }

    private void pack(int batch, int group, int stretch) {
      Workspace space = pool.take();
      Terms terms = rightTerms(firstTerm + (long) stretch * Blocking.DEEP);
      int until = Math.min(panels, (group + 1) * Blocking.PANELS_PER_TASK);
      for (int panel = group * Blocking.PANELS_PER_TASK; panel < until; panel++) {
        int to = panelAt(batch, panel) + stretch * Blocking.DEEP * kernel.columns();
        pack(batch, panel, terms, space, right, to);
      }
      pool.giveBack(space);
    }

    /// Packs one stretch of terms of one panel.
    private void pack(int batch, int panel, Terms terms, Workspace space, float[] to, int toAt) {
      int count = columnCount(panel);
      Axis.offsets(sum.columns(), Axis::b, firstColumn(panel), count, space.columns);
      RightPacking.pack(b, batchRight[batch], count, terms, kernel, space, to, toAt);
    }

    private void multiply(int batch, int part, long block, int fromPanel, int untilPanel) {
      Workspace space = pool.take();
      long firstRow = block * blockRows;
      int rowCount = (int) Math.min(blockRows, rows - firstRow);
      long begin = split ? part * partTerms : 0;
      long end = split ? Math.min(termCount, begin + partTerms) : termCount;
      Axis.offsets(sum.rows(), Axis::a, firstRow, rowCount, space.rowLeft);
      long outBase = batchOut[batch];
      if (split) {
        outBase = (part * batches + firstBatch + batch) * rows * columns;
        for (int row = 0; row < rowCount; row++) {
          space.rowOut[row] = (firstRow + row) * columns;
        }
      } else {
        Axis.offsets(sum.rows(), Axis::out, firstRow, rowCount, space.rowOut);
      }
      long at = begin;
      do {
        Terms terms = leftTerms(firstTerm + at);
        boolean adding = split ? at > begin : firstTerm + at > 0;
        boolean last = at + Blocking.DEEP >= end;
        multiply(batch, at, terms, rowCount, outBase, adding, last, fromPanel, untilPanel, space);
        at += Blocking.DEEP;
      } while (at < end);
      pool.giveBack(space);
    }

    /// Finishes some panels of a block of rows.
    private void finish(
        Finish with, long outBase, int rowCount, int fromPanel, int untilPanel, Workspace space) {
      Finishing finishing = new Finishing(with);
      long first = firstColumn(fromPanel);
      long count = Math.min(columns, firstColumn(untilPanel)) - first;
      for (int row = 0; row < rowCount; row++) {
        finishing.add(outBase + space.rowOut[row] + first, count);
      }
      finishing.flush();
    }

    /// One stretch of terms of a block of rows.
    private void multiply(
        int batch,
        long term,
        Terms terms,
        int rowCount,
        long outBase,
        boolean adding,
        boolean last,
        int fromPanel,
        int untilPanel,
        Workspace space) {
      int tileRows = (rowCount + kernel.rows() - 1) / kernel.rows() * kernel.rows();
      int width = kernel.columns();
      int unfinished = fromPanel;
      float[] array = left.prepare(batchLeft[batch], rowCount, tileRows, terms, space);
      float[] packed = flat ? space.panel : right;
      for (int panel = fromPanel; panel < untilPanel; panel++) {
        int count = columnCount(panel);
        if (flat) {
          pack(batch, panel, rightTerms(firstTerm + term), space, packed, 0);
        }
        if (split) {
          for (int column = 0; column < count; column++) {
            space.columns[column] = firstColumn(panel) + column;
          }
        } else {
          Axis.offsets(sum.columns(), Axis::out, firstColumn(panel), count, space.columns);
        }
        TileStore store = new TileStore(out, outBase, kernel, space);
        if (adding) {
          store.load(rowCount, count);
        } else {
          Arrays.fill(space.tiles, 0, tileRows * width, 0f);
        }
        int panelAt = flat ? 0 : panelAt(batch, panel) + (int) (term * width);
        int run = 0;
        while (run < space.runs) {
          // The runs of one part: as many lines of the panel as the first-level cache holds.
          int end = space.runAt[run] / Blocking.DEPTH * Blocking.DEPTH + Blocking.DEPTH;
          int until = run + 1;
          while (until < space.runs && space.runAt[until] < end) {
            until++;
          }
          for (int row = 0; row < tileRows; row += kernel.rows()) {
            kernel.multiply(space, row, run, until, array, packed, panelAt);
          }
          run = until;
        }
        store.store(rowCount, count);
        boolean due = panel + 1 == untilPanel || panel + 1 - unfinished == Blocking.FINISHED_PANELS;
        if (finish != null && last && due) {
          finish(finish, outBase, rowCount, unfinished, panel + 1, space);
          unfinished = panel + 1;
        }
      }
    }
  }
}
