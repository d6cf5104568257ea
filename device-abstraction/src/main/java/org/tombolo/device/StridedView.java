package org.tombolo.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;

/// Where the elements of a tensor lie in another one, without moving them: element `[i0, i1, ..]`
/// is at position `offset + i0*strides[0] + i1*strides[1] + ..`.
///
/// Movement operations turn into other views as long as they stay of this form. Immutable, compared
/// by value.
public final class StridedView {
  private final Shape shape;
  private final long offset;
  private final long[] strides;

  private StridedView(Shape shape, long offset, long[] strides) {
    this.shape = shape;
    this.offset = offset;
    this.strides = strides;
  }

  /// Positions of a dense row-major tensor.
  public static StridedView dense(Shape shape) {
    return new StridedView(shape, 0, shape.strides());
  }

  /// A view with these steps.
  ///
  /// @param shape extents of the view
  /// @param offset position of the first element
  /// @param strides positions between neighbours, per axis
  public static StridedView of(Shape shape, long offset, long... strides) {
    if (strides.length != shape.rank()) {
      throw new IllegalArgumentException(
          "view: %d strides for %s; need one per axis".formatted(strides.length, shape));
    }
    return new StridedView(shape, offset, strides.clone());
  }

  /// Extents.
  public Shape shape() {
    return shape;
  }

  /// Position of the first element.
  public long offset() {
    return offset;
  }

  /// Positions between neighbours along an axis.
  public long stride(int axis) {
    return strides[axis];
  }

  /// A copy of all strides.
  public long[] strides() {
    return strides.clone();
  }

  /// Whether positions count up by one from zero in row-major order.
  public boolean isDense() {
    long step = 1;
    for (int i = shape.rank() - 1; i >= 0; i--) {
      if (shape.dim(i) != 1 && strides[i] != step) {
        return shape.size() == 0;
      }
      step *= shape.dim(i);
    }
    return offset == 0;
  }

  /// The view after a movement; empty where positions would no longer be of this form.
  ///
  /// @param op a reshape, permute, broadcast, slice or reverse that fits [#shape]; anything else
  ///   gives empty
  public Optional<StridedView> apply(Op op) {
    return switch (op) {
      case Op.Permute(List<Integer> axes) ->
          Optional.of(
              new StridedView(
                  Shape.of(axes.stream().mapToLong(shape::dim).toArray()),
                  offset,
                  axes.stream().mapToLong(axis -> strides[axis]).toArray()));
      case Op.Broadcast(Shape to) ->
          Optional.of(
              new StridedView(
                  to,
                  offset,
                  IntStream.range(0, strides.length)
                      .mapToLong(i -> shape.dim(i) == to.dim(i) ? strides[i] : 0)
                      .toArray()));
      case Op.Slice(List<Long> starts, List<Long> limits, List<Long> steps) ->
          Optional.of(slice(starts, limits, steps));
      case Op.Reverse(List<Integer> axes) -> Optional.of(reverse(axes));
      case Op.Reshape(Shape to) -> reshape(to);
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Unary _,
          Op.Binary _,
          Op.Compare _,
          Op.Select _,
          Op.Cast _,
          Op.Pad _,
          Op.Concat _,
          Op.Reduce _,
          Op.Dot _,
          Op.Conv _,
          Op.ReduceWindow _,
          Op.WindowMaxGrad _,
          Op.Gather _,
          Op.ScatterAdd _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _,
          Op.Assign _,
          Op.Call _,
          Op.Control _,
          Op.Custom _ ->
          Optional.empty();
    };
  }

  private StridedView slice(List<Long> starts, List<Long> limits, List<Long> steps) {
    long from = offset;
    long[] dims = new long[strides.length];
    long[] next = new long[strides.length];
    for (int i = 0; i < strides.length; i++) {
      dims[i] = (limits.get(i) - starts.get(i) + steps.get(i) - 1) / steps.get(i);
      next[i] = strides[i] * steps.get(i);
      from += strides[i] * starts.get(i);
    }
    return new StridedView(Shape.of(dims), from, next);
  }

  private StridedView reverse(List<Integer> axes) {
    long from = offset;
    long[] next = strides.clone();
    for (int axis : axes) {
      from += strides[axis] * Math.max(0, shape.dim(axis) - 1);
      next[axis] = -strides[axis];
    }
    return new StridedView(shape, from, next);
  }

  /// Splits and joins axes: possible where each run of joined axes is evenly spaced.
  private Optional<StridedView> reshape(Shape to) {
    if (shape.size() <= 1) {
      return Optional.of(new StridedView(to, offset, new long[to.rank()]));
    }
    List<long[]> runs = evenRuns();
    long[] next = new long[to.rank()];
    int axis = to.rank() - 1;
    for (long[] run : runs.reversed()) {
      long left = run[0];
      long step = run[1];
      while (axis >= 0 && (left > 1 || to.dim(axis) == 1)) {
        if (left % to.dim(axis) != 0) {
          return Optional.empty();
        }
        next[axis] = to.dim(axis) == 1 ? 0 : step;
        step *= to.dim(axis);
        left /= to.dim(axis);
        axis--;
      }
      if (left != 1) {
        return Optional.empty();
      }
    }
    return Optional.of(new StridedView(to, offset, next));
  }

  /// Axes joined as far as they are evenly spaced: extent and stride of each run, outermost first.
  private List<long[]> evenRuns() {
    List<long[]> runs = new ArrayList<>();
    for (int i = 0; i < strides.length; i++) {
      if (shape.dim(i) == 1) {
        continue;
      }
      long[] last = runs.isEmpty() ? null : runs.getLast();
      if (last != null && last[1] == strides[i] * shape.dim(i)) {
        last[0] *= shape.dim(i);
        last[1] = strides[i];
      } else {
        runs.add(new long[] {shape.dim(i), strides[i]});
      }
    }
    return runs;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StridedView that
        && shape.equals(that.shape)
        && offset == that.offset
        && Arrays.equals(strides, that.strides);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + 17 * Long.hashCode(offset) + Arrays.hashCode(strides);
  }

  /// Such as `[2,3]@0+(3,1)`.
  @Override
  public String toString() {
    String steps = Arrays.toString(strides).replace(" ", "");
    return "%s@%d+(%s)".formatted(shape, offset, steps.substring(1, steps.length() - 1));
  }
}
