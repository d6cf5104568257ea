package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Pooling with channels first, of single-precision floats: all windows of a line at a time, window
/// position by window position in index order.
final class LineFold {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final long GRAIN = 1 << 14;

  private final ReduceFn fn;
  private final WindowDim along;
  private final Window across;
  private final int width;
  private final int outWidth;
  private final WorkerTeam team;

  /// Whether windows slide along the last axis, and each sees some of it.
  static boolean fits(Op.ReduceWindow op, TensorType in) {
    if (in.dtype() != DType.F32 || in.rank() == 0) {
      return false;
    }
    WindowDim along = op.window().getLast();
    long places = op.infer(List.of(in)).shape().dim(in.rank() - 1);
    long extent = in.dim(in.rank() - 1);
    if (along.equals(WindowDim.each())
        || along.baseDilation() != 1
        || extent > Integer.MAX_VALUE / 2
        || places > Integer.MAX_VALUE / 2) {
      return false;
    }
    for (long place = 0; place < places; place++) {
      boolean any = false;
      for (long k = 0; k < along.size() && !any; k++) {
        any = along.index(place, k, extent) >= 0;
      }
      if (!any) {
        return false;
      }
    }
    return true;
  }

  /// @param op an operation that [#fits]
  LineFold(Op.ReduceWindow op, TensorType in, WorkerTeam team) {
    this.fn = op.fn();
    this.team = team;
    this.along = op.window().getLast();
    int inner = in.rank() - 1;
    List<WindowDim> dims = new ArrayList<>(op.window());
    dims.set(inner, WindowDim.each());
    TensorType lines = new Op.ReduceWindow(fn, dims).infer(List.of(in));
    this.across = new Window(dims, in, lines);
    this.width = Math.toIntExact(in.dim(inner));
    this.outWidth = Math.toIntExact(op.infer(List.of(in)).dim(inner));
  }

  void run(MemorySegment x, MemorySegment y) {
    if (outWidth == 0) {
      return;
    }
    // Trailing axes that windows leave as they are count as channels, so lines are parts of those.
    long perPlace = across.channels() / width;
    long work = outWidth * along.size() * across.positions();
    team.runRanges(
        across.places() * perPlace,
        Math.max(1, GRAIN / work),
        (from, to) -> {
          long[] seen = new long[across.positions()];
          float[] line = new float[width];
          float[] folds = new float[outWidth];
          for (long row = from; row < to; row++) {
            int count = across.look(row / perPlace, seen);
            Arrays.fill(folds, count == 0 ? (float) FoldArrays.nothing(fn) : neutral());
            for (int i = 0; i < count; i++) {
              long at = seen[i] + row % perPlace * width;
              MemorySegment.copy(x, F32, at * 4, line, 0, width);
              for (long k = 0; k < along.size(); k++) {
                fold(line, k, folds);
              }
            }
            MemorySegment.copy(folds, 0, y, F32, row * outWidth * 4, outWidth);
          }
        });
  }

  /// What leaves every number as it is, zeros of either sign included.
  private float neutral() {
    return switch (fn) {
      case SUM -> -0f;
      case PROD -> 1;
      case MAX -> Float.NEGATIVE_INFINITY;
      case MIN -> Float.POSITIVE_INFINITY;
    };
  }

  /// Folds what one window position sees, for all windows of the line that see anything there.
  private void fold(float[] line, long position, float[] folds) {
    long first = position * along.windowDilation() - along.padLow();
    long stride = along.stride();
    long begin = first >= 0 ? 0 : (-first + stride - 1) / stride;
    long end = first >= width ? 0 : (width - 1 - first) / stride + 1;
    int low = (int) Math.min(begin, outWidth);
    int high = (int) Math.min(end, outWidth);
    if (low >= high) {
      return;
    }
    int at = (int) (low * stride + first);
    int by = (int) stride;
    switch (fn) {
      case SUM -> {
        for (int i = low; i < high; i++) {
          folds[i] += line[at + (i - low) * by];
        }
      }
      case PROD -> {
        for (int i = low; i < high; i++) {
          folds[i] *= line[at + (i - low) * by];
        }
      }
      case MAX -> {
        for (int i = low; i < high; i++) {
          folds[i] = Math.max(folds[i], line[at + (i - low) * by]);
        }
      }
      case MIN -> {
        for (int i = low; i < high; i++) {
          folds[i] = Math.min(folds[i], line[at + (i - low) * by]);
        }
      }
    }
  }
}
