package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Removes movements that move nothing, joins movements that follow each other, and lets products
/// read transposed operands where they lie.
public final class MovementIdentities implements Rewrite {
  @Override
  public Graph apply(Graph graph) {
    return Rebuild.of(graph, MovementIdentities::simpler);
  }

  private static @Nullable Node simpler(Node original, List<Node> operands, GraphBuilder to) {
    if (operands.isEmpty()) {
      return null;
    }
    Node x = operands.getFirst();
    return switch (original.op()) {
      case Op.Reshape(Shape shape) -> {
        Node source = x.op() instanceof Op.Reshape ? x.input(0) : x;
        yield reshaped(source, x, shape, original, to);
      }
      case Op.Permute(List<Integer> axes) -> permute(axes, x, original, to);
      case Op.Broadcast(Shape shape) -> {
        if (x.shape().equals(shape)) {
          yield x;
        }
        yield x.op() instanceof Op.Broadcast
            ? to.addAt(original.op(), List.of(x.input(0)), original)
            : null;
      }
      case Op.Slice slice -> slice(slice, x, original, to);
      case Op.Pad pad -> pad(pad, x, original, to);
      case Op.Reverse(List<Integer> axes) -> reverse(axes, x, original, to);
      case Op.Concat(int axis) -> concat(axis, operands, original, to);
      case Op.Reduce(ReduceFn fn, List<Integer> axes) -> {
        boolean single = axes.stream().allMatch(axis -> x.shape().dim(axis) == 1);
        yield single && keepsOne(fn, x.dtype())
            ? reshaped(x, x, original.shape(), original, to)
            : null;
      }
      case Op.ReduceWindow(ReduceFn fn, List<WindowDim> window) ->
          window.stream().allMatch(WindowDim.each()::equals) && keepsOne(fn, x.dtype()) ? x : null;
      case Op.Dot dot -> dot(dot, x, operands.get(1), original, to);
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
          Op.Conv _,
          Op.WindowMaxGrad _,
          Op.Gather _,
          Op.ScatterAdd _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _,
          Op.Control _,
          Op.Custom _,
          Op.Assign _,
          Op.Call _ ->
          null;
    };
  }

  /// Whether a fold of one element gives that element. A float sum starts from 0.0 and so makes 0.0
  /// of -0.0.
  private static boolean keepsOne(ReduceFn fn, DType dtype) {
    return fn != ReduceFn.SUM || !dtype.isFloat();
  }

  /// `source` under another shape; null if that is what `original` does with `operand` already.
  private static @Nullable Node reshaped(
      Node source, Node operand, Shape shape, Node original, GraphBuilder to) {
    if (source.shape().equals(shape)) {
      return source;
    }
    return source == operand && original.op() instanceof Op.Reshape
        ? null
        : to.addAt(new Op.Reshape(shape), List.of(source), original);
  }

  private static @Nullable Node permute(
      List<Integer> axes, Node x, Node original, GraphBuilder to) {
    List<Integer> moving = axes.stream().filter(axis -> x.shape().dim(axis) != 1).toList();
    if (moving.equals(moving.stream().sorted().toList())) {
      return reshaped(x, x, original.shape(), original, to);
    }
    if (x.op() instanceof Op.Permute(List<Integer> first)) {
      List<Integer> both = axes.stream().map(first::get).toList();
      return to.addAt(new Op.Permute(both), List.of(x.input(0)), original);
    }
    return null;
  }

  private static @Nullable Node slice(Op.Slice slice, Node x, Node original, GraphBuilder to) {
    if (x.shape().equals(original.shape())) {
      return x;
    }
    if (!(x.op() instanceof Op.Slice first)) {
      return null;
    }
    List<Long> starts = new ArrayList<>();
    List<Long> limits = new ArrayList<>();
    List<Long> strides = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      long count = original.shape().dim(i);
      long stride = first.strides().get(i) * slice.strides().get(i);
      long start =
          count == 0 ? 0 : first.starts().get(i) + slice.starts().get(i) * first.strides().get(i);
      starts.add(start);
      limits.add(count == 0 ? 0 : start + (count - 1) * stride + 1);
      strides.add(stride);
    }
    return to.addAt(new Op.Slice(starts, limits, strides), List.of(x.input(0)), original);
  }

  private static @Nullable Node pad(Op.Pad pad, Node x, Node original, GraphBuilder to) {
    if (x.shape().equals(original.shape())) {
      return x;
    }
    boolean joins =
        x.op() instanceof Op.Pad first
            && Double.doubleToLongBits(first.value()) == Double.doubleToLongBits(pad.value())
            && pad.interior().stream().allMatch(between -> between == 0);
    if (joins && x.op() instanceof Op.Pad first) {
      Op both =
          new Op.Pad(
              sums(first.low(), pad.low()),
              sums(first.high(), pad.high()),
              first.interior(),
              pad.value());
      return to.addAt(both, List.of(x.input(0)), original);
    }
    return null;
  }

  private static List<Long> sums(List<Long> a, List<Long> b) {
    return IntStream.range(0, a.size()).mapToObj(i -> a.get(i) + b.get(i)).toList();
  }

  private static @Nullable Node reverse(
      List<Integer> axes, Node x, Node original, GraphBuilder to) {
    SortedSet<Integer> turned = new TreeSet<>(axes);
    Node source = x;
    if (x.op() instanceof Op.Reverse(List<Integer> first)) {
      source = x.input(0);
      for (Integer axis : first) {
        if (!turned.remove(axis)) {
          turned.add(axis);
        }
      }
    }
    Shape shape = x.shape();
    turned.removeIf(axis -> shape.dim(axis) <= 1);
    if (turned.isEmpty()) {
      return source;
    }
    return turned.size() == axes.size() && source == x
        ? null
        : to.addAt(new Op.Reverse(List.copyOf(turned)), List.of(source), original);
  }

  private static @Nullable Node concat(
      int axis, List<Node> operands, Node original, GraphBuilder to) {
    List<Node> filled = operands.stream().filter(x -> x.shape().dim(axis) > 0).toList();
    if (filled.size() <= 1) {
      return filled.isEmpty() ? operands.getFirst() : filled.getFirst();
    }
    return filled.size() == operands.size() ? null : to.addAt(original.op(), filled, original);
  }

  private static @Nullable Node dot(Op.Dot dot, Node a, Node b, Node original, GraphBuilder to) {
    List<Integer> lhs = readable(a, dot.lhsFree(a.rank()));
    List<Integer> rhs = readable(b, dot.rhsFree(b.rank()));
    if (lhs == null && rhs == null) {
      return null;
    }
    Op inPlace =
        new Op.Dot(
            lhs == null ? dot.lhsBatch() : through(lhs, dot.lhsBatch()),
            rhs == null ? dot.rhsBatch() : through(rhs, dot.rhsBatch()),
            lhs == null ? dot.lhsContract() : through(lhs, dot.lhsContract()),
            rhs == null ? dot.rhsContract() : through(rhs, dot.rhsContract()));
    return to.addAt(
        inPlace, List.of(lhs == null ? a : a.input(0), rhs == null ? b : b.input(0)), original);
  }

  /// The axes of a permuted operand if its free axes keep their order without the permutation, so
  /// that the product comes out the same; else null.
  private static @Nullable List<Integer> readable(Node x, List<Integer> free) {
    if (x.op() instanceof Op.Permute(List<Integer> axes)) {
      List<Integer> before = through(axes, free);
      return before.equals(before.stream().sorted().toList()) ? axes : null;
    }
    return null;
  }

  private static List<Integer> through(List<Integer> permutation, List<Integer> axes) {
    return axes.stream().map(permutation::get).toList();
  }
}
