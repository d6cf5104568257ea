package org.tombolo.onnx.operators;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Operator;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Axes folded away, and running folds.
final class Reductions {
  private Reductions() {}

  static void define(Registry to) {
    to.add("ReduceSum", c -> reduce(c, 13, Call::widened, fold(ReduceFn.SUM)), 1, 11, 13);
    to.add("ReduceProd", c -> reduce(c, 18, Call::widened, fold(ReduceFn.PROD)), 1, 11, 13, 18);
    to.add("ReduceMax", c -> extreme(c, ReduceFn.MAX), 1, 11, 12, 13, 18, 20);
    to.add("ReduceMin", c -> extreme(c, ReduceFn.MIN), 1, 11, 12, 13, 18, 20);
    to.add("ReduceMean", Reductions::means, 1, 11, 13, 18);
    to.add(
        "ReduceSumSquare",
        c -> reduce(c, 18, Call::widened, (x, axes) -> keep(x.square(), ReduceFn.SUM, axes)),
        1,
        11,
        13,
        18);
    to.add(
        "ReduceL1",
        c -> reduce(c, 18, Call::widened, (x, axes) -> keep(x.abs(), ReduceFn.SUM, axes)),
        1,
        11,
        13,
        18);
    to.add(
        "ReduceL2",
        c ->
            reduce(
                c, 18, Reductions::real, (x, axes) -> keep(x.square(), ReduceFn.SUM, axes).sqrt()),
        1,
        11,
        13,
        18);
    to.add(
        "ReduceLogSum",
        c -> reduce(c, 18, Reductions::real, (x, axes) -> keep(x, ReduceFn.SUM, axes).log()),
        1,
        11,
        13,
        18);
    to.add(
        "ReduceLogSumExp",
        c -> reduce(c, 18, Reductions::real, Reductions::logSumExp),
        1,
        11,
        13,
        18);
    to.add("ArgMax", arg(true), 1, 11, 12, 13);
    to.add("ArgMin", arg(false), 1, 11, 12, 13);
    to.add("CumSum", c -> running(c, ReduceFn.SUM), 11, 14);
    to.add("CumProd", c -> running(c, ReduceFn.PROD), 26);
  }

  /// Whole numbers become floats first.
  private static Node real(Node x) {
    return x.dtype().isInteger() ? x.cast(DType.F64) : Call.widened(x);
  }

  private static BiFunction<Node, int[], Node> fold(ReduceFn fn) {
    return (x, axes) -> keep(x, fn, axes);
  }

  /// Folds axes to extent 1; none at all where there are none.
  static Node keep(Node x, ReduceFn fn, int... axes) {
    return axes.length == 0 ? x : x.reduceKeeping(fn, axes);
  }

  static Node mean(Node x, int... axes) {
    return keep(x, ReduceFn.SUM, axes).div((double) count(x, axes));
  }

  private static long count(Node x, int... axes) {
    return Arrays.stream(axes).mapToLong(axis -> x.shape().dim(axis)).reduce(1, (a, b) -> a * b);
  }

  private static List<Value.Dense> means(Call c) {
    boolean unsigned = c.type(0) == ElementType.UINT64;
    return reduce(
        c,
        18,
        Call::widened,
        (x, axes) -> {
          if (!unsigned) {
            return mean(x, axes);
          }
          Node sum = keep(x, ReduceFn.SUM, axes);
          Node count = Nodes.scalar(c.graph(), count(x, axes)).broadcastTo(sum.shape());
          return Elementwise.divideUnsigned(sum, count);
        });
  }

  private static Node logSumExp(Node x, int... axes) {
    Node top = keep(x, ReduceFn.MAX, axes);
    Node infinite = top.abs().compare(CompareFn.EQ, Double.POSITIVE_INFINITY);
    Node shift = infinite.select(Nodes.scalar(top, 0), top);
    Node sum = keep(x.sub(shift.broadcastTo(x.shape())).exp(), ReduceFn.SUM, axes);
    return sum.log().add(shift);
  }

  private static List<Value.Dense> extreme(Call c, ReduceFn fn) {
    ElementType type = c.type(0);
    boolean bool = type == ElementType.BOOL;
    return reduce(
        c,
        18,
        x -> bool ? x.cast(DType.I32) : Elementwise.ordered(type, x),
        (x, axes) -> {
          Node out = keep(x, fn, axes);
          return bool ? bounded(out) : Elementwise.ordered(type, out);
        });
  }

  /// A fold of no truth values is the first or the last of them.
  private static Node bounded(Node x) {
    return x.max(0).min(1);
  }

  private static List<Value.Dense> reduce(
      Call c, int inputFrom, UnaryOperator<Node> prepare, BiFunction<Node, int[], Node> fold) {
    Node x = prepare.apply(c.x(0));
    long[] named = c.wholes("axes", new long[0]);
    long[] given = c.opset() >= inputFrom && c.has(1) ? c.wholes(1) : named;
    int[] axes = given.length == 0 ? from(0, x.rank()) : c.axes(given, x.rank());
    if (given.length == 0 && c.integer("noop_with_empty_axes", 0) != 0) {
      axes = new int[0];
    }
    Node out = fold.apply(x, axes);
    if (c.integer("keepdims", 1) == 0) {
      out = Nodes.squeeze(out, axes);
    }
    return c.like(out);
  }

  private static Operator arg(boolean largest) {
    return c -> {
      Node x = Elementwise.ordered(c.type(0), c.x(0));
      int axis = c.axis("axis", 0, x.rank());
      boolean last = c.integer("select_last_index", 0) != 0;
      Node from = last ? x.reverse(axis) : x;
      Node index = largest ? from.argMax(axis) : from.argMin(axis);
      if (last) {
        index = index.neg().add((double) x.shape().dim(axis) - 1);
      }
      Node out = c.integer("keepdims", 1) != 0 ? Nodes.unsqueeze(index, axis) : index;
      return c.one(ElementType.INT64, out);
    };
  }

  private static List<Value.Dense> running(Call c, ReduceFn fn) {
    Node x = c.wide(0);
    int axis = c.axis(c.whole(1), x.rank());
    boolean exclusive = c.integer("exclusive", 0) != 0;
    boolean reverse = c.integer("reverse", 0) != 0;
    Node out = c.graph().add(new Op.Scan(fn, axis, exclusive, reverse), List.of(x));
    return List.of(Elementwise.wrapped(c, c.type(0), out));
  }

  /// The axes from one on.
  static int[] from(int axis, int rank) {
    return IntStream.range(axis, rank).toArray();
  }
}
