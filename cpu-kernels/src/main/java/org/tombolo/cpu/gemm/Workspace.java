package org.tombolo.cpu.gemm;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Memory that one task works in.
final class Workspace {
  /// The packed left block.
  final float[] left =
      new float[Blocking.ROWS * Blocking.ROW_STEP * (Blocking.DEEP / Blocking.DEPTH)];

  /// Sums of one right panel's columns, tile by tile.
  final float[] tiles;

  /// A right panel of a task that packs its own.
  final float[] panel;

  /// What is copied before it is turned.
  final float[] staging = new float[Blocking.DEEP];

  /// Offsets of the rows of the block in the left operand.
  final long[] rowLeft = new long[Blocking.ROWS];

  /// Offsets of the rows of the block in the result.
  final long[] rowOut = new long[Blocking.ROWS];

  /// Where the rows of the block begin in the array that micro-kernels read.
  final int[] rowAt = new int[Blocking.ROWS];

  /// Number of runs: stretches of terms that follow each other in that array.
  int runs;

  /// First term of each run, and the number of terms at the end.
  final int[] runAt = new int[Blocking.DEEP + 1];

  /// Distance of each run from the beginning of a row.
  final int[] runShift = new int[Blocking.DEEP];

  /// Offsets of the columns of a panel, in the right operand or in the result.
  final long[] columns;

  private Workspace(int widest) {
    tiles = new float[Blocking.ROWS * widest];
    panel = new float[Blocking.DEEP * widest];
    columns = new long[widest];
  }

  /// Lends workspaces, as many as tasks run at a time, and memory for packed right operands.
  static final class Pool {
    private static final float[] NOTHING = {};

    private final int widest;
    private final ConcurrentLinkedQueue<Workspace> idle = new ConcurrentLinkedQueue<>();

    /// Floats of an array that is kept for later; what is longer takes longer to fill than to make.
    private static final int MOST_KEPT = 1 << 20;

    private final ConcurrentLinkedQueue<float[]> arrays = new ConcurrentLinkedQueue<>();
    private final AtomicReference<float @Nullable []> panels = new AtomicReference<>();
    private final AtomicReference<float @Nullable []> images = new AtomicReference<>();
    private final AtomicReference<float @Nullable []> partials = new AtomicReference<>();

    /// @param kernels whose tiles the workspaces have room for
    Pool(MicroKernels kernels) {
      widest = Math.max(kernels.wide().columns(), kernels.narrow().columns());
    }

    Workspace take() {
      Workspace workspace = idle.poll();
      return workspace == null ? new Workspace(widest) : workspace;
    }

    void giveBack(Workspace workspace) {
      idle.add(workspace);
    }

    /// An array of at least so many floats, with any content, for a task.
    float[] take(int floats) {
      float[] array = arrays.poll();
      return array != null && array.length >= floats ? array : new float[floats];
    }

    void giveBack(float[] array) {
      if (array.length <= MOST_KEPT) {
        arrays.add(array);
      }
    }

    /// Lends an array of at least so many floats, with any content, while the body runs. One array,
    /// the longest so far, is kept for the next time.
    private static void lend(
        AtomicReference<float @Nullable []> shelf, int floats, Consumer<float[]> body) {
      if (floats == 0) {
        body.accept(NOTHING);
        return;
      }
      float[] kept = shelf.getAndSet(null);
      float[] array = kept != null && kept.length >= floats ? kept : new float[floats];
      try {
        body.accept(array);
      } finally {
        shelf.set(array);
      }
    }

    /// Lends memory for packed right operands.
    void withPanels(int floats, Consumer<float[]> body) {
      lend(panels, floats, body);
    }

    /// Lends memory for images.
    void withImages(int floats, Consumer<float[]> body) {
      lend(images, floats, body);
    }

    /// Lends memory for parts of sums.
    void withPartials(int floats, Consumer<float[]> body) {
      lend(partials, floats, body);
    }
  }
}
