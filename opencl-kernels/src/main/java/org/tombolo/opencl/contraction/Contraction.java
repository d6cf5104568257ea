package org.tombolo.opencl.contraction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// What matrix products and convolutions have in common: `c[z, m, n] = sum over k of a[z, m, k] *
/// b[z, k, n]`, where each of the four indices counts several axes, the last one fastest, and every
/// axis steps through `a`, `b` and `c` by strides of its own.
///
/// Convolutions add [Window]s: axes of `m` and `k` that meet in one coordinate of `a`, with zeros
/// where the coordinate is outside. So a convolution is a matrix product whose left operand, the
/// matrix of all windows, is never written down. Both gradients of a convolution are convolutions
/// and therefore the same form again: for the kernel's gradient `k` counts images and window
/// places.
///
/// @param batch axes of `z`
/// @param rows axes of `m`
/// @param cols axes of `n`
/// @param depth axes of `k`
/// @param windows coordinates of `a` that axes share
/// @param aOffset element of `a` that all indices 0 mean, were there no windows
/// @param bOffset element of `b` that all indices 0 mean
record Contraction(
    List<Axis> batch,
    List<Axis> rows,
    List<Axis> cols,
    List<Axis> depth,
    List<Window> windows,
    long aOffset,
    long bOffset) {

  /// One axis.
  ///
  /// @param extent number of indices
  /// @param a elements from one index to the next in `a`, 0 if the axis is not in `a` or only
  ///   through a window
  /// @param b the same in `b`
  /// @param c the same in `c`
  /// @param window number of the window that it moves, or -1
  /// @param step by how much it moves the window's coordinate
  record Axis(long extent, long a, long b, long c, int window, long step) {
    static Axis plain(long extent, long a, long b, long c) {
      return new Axis(extent, a, b, c, -1, 0);
    }

    private Axis swapped() {
      return new Axis(extent, b, a, c, window, step);
    }

    /// Whether this axis, just outside the other, counts on where the other ends.
    private boolean continues(Axis inner) {
      return window < 0
          && inner.window < 0
          && a == inner.a * inner.extent
          && b == inner.b * inner.extent
          && c == inner.c * inner.extent;
    }
  }

  /// A coordinate of `a`: the sum of its axes' indices times their steps, plus an offset. It looks
  /// at element `coordinate / dilation`, or at a zero where that is outside or not whole.
  ///
  /// @param offset coordinate when all indices are 0
  /// @param dilation coordinates from one element to the next
  /// @param extent elements along the coordinate
  /// @param stride elements of `a` from one to the next
  record Window(long offset, long dilation, long extent, long stride) {}

  /// The form of a general matrix product.
  static Contraction of(Op.Dot op, TensorType a, TensorType b) {
    long[] aStrides = a.shape().strides();
    long[] bStrides = b.shape().strides();
    long[] cStrides = op.infer(List.of(a, b)).shape().strides();
    int out = 0;
    List<Axis> batch = new ArrayList<>();
    for (int i = 0; i < op.lhsBatch().size(); i++) {
      int left = op.lhsBatch().get(i);
      batch.add(
          Axis.plain(a.dim(left), aStrides[left], bStrides[op.rhsBatch().get(i)], cStrides[out++]));
    }
    List<Axis> rows = new ArrayList<>();
    for (int axis : op.lhsFree(a.rank())) {
      rows.add(Axis.plain(a.dim(axis), aStrides[axis], 0, cStrides[out++]));
    }
    List<Axis> cols = new ArrayList<>();
    for (int axis : op.rhsFree(b.rank())) {
      cols.add(Axis.plain(b.dim(axis), 0, bStrides[axis], cStrides[out++]));
    }
    List<Axis> depth = new ArrayList<>();
    for (int i = 0; i < op.lhsContract().size(); i++) {
      int left = op.lhsContract().get(i);
      depth.add(Axis.plain(a.dim(left), aStrides[left], bStrides[op.rhsContract().get(i)], 0));
    }
    return new Contraction(batch, rows, cols, depth, List.of(), 0, 0).simplified();
  }

  /// The form of a convolution: rows are images and window places, depth is window positions and
  /// input features, columns are output features.
  static Contraction of(Op.Conv op, TensorType x, TensorType w) {
    ConvDims dims = op.dims();
    TensorType y = op.infer(List.of(x, w));
    long[] xs = x.shape().strides();
    long[] ws = w.shape().strides();
    long[] ys = y.shape().strides();
    List<Axis> rows = new ArrayList<>();
    List<Axis> depth = new ArrayList<>();
    List<Window> windows = new ArrayList<>();
    long bOffset = 0;
    rows.add(Axis.plain(x.dim(dims.lhsBatch()), xs[dims.lhsBatch()], 0, ys[dims.outBatch()]));
    depth.add(Axis.plain(x.dim(dims.lhsFeature()), xs[dims.lhsFeature()], ws[dims.rhsIn()], 0));
    for (int i = 0; i < dims.spatialRank(); i++) {
      WindowDim window = op.window().get(i);
      int image = dims.lhsSpatial().get(i);
      int place = dims.outSpatial().get(i);
      long along = ws[dims.rhsSpatial().get(i)];
      if (op.reversed()) {
        bOffset += (window.size() - 1) * along;
        along = -along;
      }
      rows.add(new Axis(y.dim(place), 0, 0, ys[place], i, window.stride()));
      depth.add(new Axis(window.size(), 0, along, 0, i, window.windowDilation()));
      windows.add(new Window(-window.padLow(), window.baseDilation(), x.dim(image), xs[image]));
    }
    List<Axis> cols =
        List.of(Axis.plain(w.dim(dims.rhsOut()), 0, ws[dims.rhsOut()], ys[dims.outFeature()]));
    List<Axis> groups =
        dims.group().stream()
            .map(g -> Axis.plain(x.dim(g.lhs()), xs[g.lhs()], ws[g.rhs()], ys[g.out()]))
            .toList();
    return new Contraction(groups, rows, cols, depth, windows, 0, bOffset).simplified();
  }

  /// Number of `z`.
  long z() {
    return count(batch);
  }

  /// Number of `m`.
  long m() {
    return count(rows);
  }

  /// Number of `n`.
  long n() {
    return count(cols);
  }

  /// Number of `k`.
  long k() {
    return count(depth);
  }

  /// Elements of `c`.
  long size() {
    return z() * m() * n();
  }

  /// Whether every index and every window's coordinate fits into an `int`, with room for a tile.
  boolean indicesAreShort() {
    long most = Math.max(Math.max(z(), k()), Math.max(m(), n()));
    for (int w = 0; w < windows.size(); w++) {
      Window window = windows.get(w);
      most = Math.max(most, Math.max(Math.abs(window.offset()), last(w)));
      most = Math.max(most, (window.extent() + 1) * window.dilation());
    }
    return most < Integer.MAX_VALUE / 2;
  }

  /// Whether neighbouring columns are neighbours in `c`.
  boolean columnsAreContiguous() {
    return cols.isEmpty() || (cols.size() == 1 && cols.get(0).c() == 1);
  }

  /// Whether `a` is read along `k`, rather than along `m`: along which more elements are neighbours
  /// in memory.
  boolean aRunsAlongDepth() {
    return new PackCode(this, "a", true, 1).contiguousElements()
        >= new PackCode(this, "a", false, 1).contiguousElements();
  }

  /// Whether `b` is read along `k`, rather than along `n`.
  boolean bRunsAlongDepth() {
    return new PackCode(this, "b", true, 1).contiguousElements()
        > new PackCode(this, "b", false, 1).contiguousElements();
  }

  /// Whether `b` lies in memory as `[z][k][n]` without gaps.
  boolean bIsDense() {
    long next = 1;
    for (List<Axis> axes : List.of(cols, depth, batch)) {
      for (Axis axis : axes.reversed()) {
        if (axis.b() != next) {
          return false;
        }
        next *= axis.extent();
      }
    }
    return bOffset == 0;
  }

  /// The same sums with `a` and `b`, and rows and columns, exchanged. Only without windows.
  Contraction swapped() {
    return new Contraction(
        swapped(batch), swapped(cols), swapped(rows), swapped(depth), windows, bOffset, aOffset);
  }

  /// The same sums with as few axes and windows as possible, in the order of memory: rows as they
  /// lie in `c`, depth as it lies in `a`.
  private Contraction simplified() {
    Contraction inside = withoutIdleWindows();
    List<Axis> inMemoryOrder = new ArrayList<>(inside.rows);
    inMemoryOrder.sort(Comparator.comparingLong((Axis axis) -> -axis.c()));
    List<Axis> depths = new ArrayList<>(inside.depth);
    depths.sort(Comparator.comparingLong(axis -> -inside.strideInA(axis)));
    return new Contraction(
        merged(inside.batch),
        merged(inMemoryOrder),
        merged(inside.cols),
        merged(depths),
        inside.windows,
        inside.aOffset,
        inside.bOffset);
  }

  private long strideInA(Axis axis) {
    return axis.window() < 0 ? axis.a() : windows.get(axis.window()).stride();
  }

  /// Windows that never look outside become strides.
  private Contraction withoutIdleWindows() {
    List<Window> kept = new ArrayList<>();
    int[] number = new int[windows.size()];
    long offset = aOffset;
    for (int w = 0; w < windows.size(); w++) {
      Window window = windows.get(w);
      boolean idle = window.dilation() == 1 && window.offset() >= 0 && last(w) < window.extent();
      number[w] = idle ? -1 : kept.size();
      if (idle) {
        offset += window.offset() * window.stride();
      } else {
        kept.add(window);
      }
    }
    return new Contraction(
        batch, renumbered(rows, number), cols, renumbered(depth, number), kept, offset, bOffset);
  }

  /// The largest coordinate of a window.
  private long last(int window) {
    long last = windows.get(window).offset();
    for (List<Axis> axes : List.of(rows, depth)) {
      for (Axis axis : axes) {
        last += axis.window() == window ? (axis.extent() - 1) * axis.step() : 0;
      }
    }
    return last;
  }

  private List<Axis> renumbered(List<Axis> axes, int[] number) {
    return axes.stream()
        .map(axis -> {
          if (axis.window() < 0) {
            return axis;
          }
          int to = number[axis.window()];
          return to < 0
              ? Axis.plain(
                  axis.extent(),
                  axis.step() * windows.get(axis.window()).stride(),
                  axis.b(),
                  axis.c())
              : new Axis(axis.extent(), axis.a(), axis.b(), axis.c(), to, axis.step());
        })
        .toList();
  }

  private static List<Axis> merged(List<Axis> axes) {
    List<Axis> out = new ArrayList<>();
    for (Axis axis : axes) {
      if (axis.extent() == 1) {
        continue;
      }
      if (!out.isEmpty() && out.getLast().continues(axis)) {
        Axis outer = out.removeLast();
        out.add(Axis.plain(outer.extent() * axis.extent(), axis.a(), axis.b(), axis.c()));
      } else {
        out.add(axis);
      }
    }
    return List.copyOf(out);
  }

  private static List<Axis> swapped(List<Axis> axes) {
    return axes.stream().map(Axis::swapped).toList();
  }

  private static long count(List<Axis> axes) {
    return IntStream.range(0, axes.size())
        .mapToLong(i -> axes.get(i).extent())
        .reduce(1, Math::multiplyExact);
  }
}
