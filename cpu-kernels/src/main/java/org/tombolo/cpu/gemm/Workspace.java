package org.tombolo.cpu.gemm;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Memory that one task works in.
final class Workspace {
  /// The packed left block.
  final float[] left = new float[Blocking.ROWS * Blocking.ROW_STEP * (Blocking.DEEP / Blocking.DEPTH)];

  /// Sums of one right panel's columns, tile by tile.
  final float[] tiles;

  /// What is copied before it is turned.
  final float[] staging = new float[Blocking.DEEP];

  /// Offsets of the rows of the block in the left operand.
  final long[] rowLeft = new long[Blocking.ROWS];

  /// Offsets of the rows of the block in the result.
  final long[] rowOut = new long[Blocking.ROWS];

  /// Offsets of the columns of a panel, in the right operand or in the result.
  final long[] columns;

  private Workspace(int widest) {
    tiles = new float[Blocking.ROWS * widest];
    columns = new long[widest];
  }

  /// Lends workspaces, as many as tasks run at a time, and memory for packed right operands.
  static final class Pool {
    private final int widest;
    private final ConcurrentLinkedQueue<Workspace> idle = new ConcurrentLinkedQueue<>();
    private final AtomicReference<float @Nullable []> panels = new AtomicReference<>();

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

    /// At least so many floats, with any content.
    float[] takePanels(int floats) {
      float[] kept = panels.getAndSet(null);
      return kept != null && kept.length >= floats ? kept : new float[floats];
    }

    /// Keeps one array, the longest.
    void giveBackPanels(float[] array) {
      float[] kept = panels.get();
      if (kept == null || kept.length < array.length) {
        panels.set(array);
      }
    }
  }
}
