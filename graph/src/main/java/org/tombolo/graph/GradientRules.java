package org.tombolo.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The gradient of every operation: one row each.
final class GradientRules {
  private GradientRules() {}

  /// What one operand of a node gains when the node's gradient is `dy`.
  ///
  /// @param y the node, of a float type
  /// @param dy its gradient, of its type
  /// @param operand position of an operand of a float type
  /// @return a node of the operand's type, or null for zero
  static @Nullable Node toOperand(Node y, Node dy, int operand) {
    Node x = y.input(operand);
    if (x.type().size() == 0) {
      return null;
    }
    return switch (y.op()) {
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Compare _,
          Op.ArgReduce _,
          Op.ArgSort _ ->
          null;
      case Op.Unary(UnaryFn fn) -> ElementwiseGradients.unary(fn, y, dy);
      case Op.Binary(BinaryFn fn) -> ElementwiseGradients.binary(fn, y, dy, operand);
      case Op.Select _ -> {
        Node zero = y.builder().scalar(y.dtype(), 0);
        Node condition = y.input(0);
        yield operand == 1 ? condition.select(dy, zero) : condition.select(zero, dy);
      }
      case Op.Cast _ -> dy.cast(x.dtype());
      case Op.Reshape _ -> dy.reshape(x.shape());
      case Op.Permute(List<Integer> axes) -> arranged(dy, axes);
      case Op.Broadcast _ -> broadcast(x, dy);
      case Op.Slice slice -> slice(slice, x, dy);
      case Op.Pad pad -> pad(pad, x, dy);
      case Op.Reverse _ -> y.builder().add(y.op(), List.of(dy));
      case Op.Concat(int axis) -> {
        long start = 0;
        for (Node before : y.inputs().subList(0, operand)) {
          start += before.shape().dim(axis);
        }
        yield dy.slice(axis, start, start + x.shape().dim(axis));
      }
      case Op.Reduce(ReduceFn fn, List<Integer> axes) -> reduce(fn, axes, y, dy);
      case Op.Dot dot -> dot(dot, y, dy, operand);
      case Op.Conv conv ->
          operand == 0
              ? WindowGradients.convImages(conv, y, dy)
              : WindowGradients.convKernel(conv, y, dy);
      case Op.ReduceWindow(ReduceFn fn, List<WindowDim> window) ->
          WindowGradients.reduceWindow(fn, window, y, dy);
      case Op.WindowMaxGrad(List<WindowDim> window) ->
          operand == 0 ? null : WindowGradients.atMaximum(window, y.input(0), dy);
      case Op.Gather gather -> IndexGradients.gather(gather, y, dy);
      case Op.ScatterAdd scatter ->
          operand == 0 ? dy : IndexGradients.scatterUpdates(scatter, y, dy);
      case Op.Scan scan -> IndexGradients.scan(scan, y, dy);
      case Op.Assign _ -> dy;
      case Op.Control _, Op.Custom _ ->
          throw new AssertionError("the results of %s are differentiated together".formatted(y));
      case Op.Call(Composite function) -> CompositeGradients.toOperand(function, y, dy, operand);
    };
  }

  /// Moves axis `i` of a node to place `places[i]`.
  private static Node arranged(Node x, List<Integer> places) {
    int[] axes = new int[places.size()];
    for (int i = 0; i < axes.length; i++) {
      axes[places.get(i)] = i;
    }
    return Arrays.equals(axes, IntStream.range(0, axes.length).toArray()) ? x : x.permute(axes);
  }

  private static Node broadcast(Node x, Node dy) {
    int[] repeated =
        IntStream.range(0, x.rank()).filter(i -> x.shape().dim(i) != dy.shape().dim(i)).toArray();
    return repeated.length == 0 ? dy : dy.sum(repeated).reshape(x.shape());
  }

  private static Node slice(Op.Slice slice, Node x, Node dy) {
    int rank = x.rank();
    long[] low = new long[rank];
    long[] high = new long[rank];
    long[] interior = new long[rank];
    for (int i = 0; i < rank; i++) {
      long count = dy.shape().dim(i);
      low[i] = slice.starts().get(i);
      interior[i] = slice.strides().get(i) - 1;
      long covered = count == 0 ? 0 : (count - 1) * slice.strides().get(i) + 1;
      high[i] = x.shape().dim(i) - low[i] - covered;
    }
    return dy.pad(low, high, interior, 0);
  }

  private static Node pad(Op.Pad pad, Node x, Node dy) {
    int rank = x.rank();
    long[] starts = new long[rank];
    long[] limits = new long[rank];
    long[] strides = new long[rank];
    for (int i = 0; i < rank; i++) {
      starts[i] = pad.low().get(i);
      strides[i] = pad.interior().get(i) + 1;
      limits[i] = starts[i] + (x.shape().dim(i) - 1) * strides[i] + 1;
    }
    return dy.slice(starts, limits, strides);
  }

  private static Node reduce(ReduceFn fn, List<Integer> axes, Node y, Node dy) {
    Node x = y.input(0);
    Shape kept = x.shape();
    for (int axis : axes) {
      kept = kept.withDim(axis, 1);
    }
    Node repeated = dy.reshape(kept).broadcastTo(x.shape());
    return switch (fn) {
      case SUM -> repeated;
      case PROD -> repeated.mul(productOfOthers(x, axes));
      case MAX, MIN -> {
        Node chosen = x.compare(CompareFn.EQ, y.reshape(kept).broadcastTo(x.shape()));
        int[] folded = axes.stream().mapToInt(Integer::intValue).toArray();
        Node equals = axes.isEmpty() ? chosen.cast(x.dtype()) : chosen.cast(x.dtype()).sum(folded);
        Node share = dy.div(equals).reshape(kept).broadcastTo(x.shape());
        yield chosen.select(share, y.builder().scalar(x.dtype(), 0));
      }
    };
  }

  /// For each element the product of all others along the axes. Unlike `prod / x` this is right
  /// where there are zeros. Takes about `4 log2 n` passes over `x` for `n` elements a product.
  static Node productOfOthers(Node x, List<Integer> axes) {
    List<Integer> order =
        new ArrayList<>(
            IntStream.range(0, x.rank()).filter(i -> !axes.contains(i)).boxed().toList());
    order.addAll(axes);
    Node last = x.permute(order.stream().mapToInt(Integer::intValue).toArray());
    long folded = axes.stream().mapToLong(axis -> x.shape().dim(axis)).reduce(1, (a, b) -> a * b);
    Node rows = last.reshape(x.type().size() / folded, folded);
    Node others = productOfEarlier(rows).mul(productOfEarlier(rows.reverse(1)).reverse(1));
    return arranged(others.reshape(last.shape()), order);
  }

  /// For each element of a row the product of those before it, by doubling.
  private static Node productOfEarlier(Node rows) {
    Node product = shifted(rows, 1);
    for (long step = 1; step < rows.shape().dim(1); step *= 2) {
      product = product.mul(shifted(product, step));
    }
    return product;
  }

  private static Node shifted(Node rows, long by) {
    return rows.slice(1, 0, rows.shape().dim(1) - by)
        .pad(new long[] {0, by}, new long[2], new long[2], 1);
  }

  /// Contracts `dy` with the other operand over the axes that the other one contributed, then
  /// brings the axes of the result into the order of the operand.
  private static Node dot(Op.Dot dot, Node y, Node dy, int operand) {
    Node a = y.input(0);
    Node b = y.input(1);
    GraphBuilder g = y.builder();
    int batch = dot.lhsBatch().size();
    List<Integer> lhsFree = dot.lhsFree(a.rank());
    List<Integer> rhsFree = dot.rhsFree(b.rank());
    List<Integer> outBatch = range(0, batch);
    List<Integer> outLhs = range(batch, batch + lhsFree.size());
    List<Integer> outRhs = range(batch + lhsFree.size(), y.rank());
    List<Integer> order = new ArrayList<>();
    if (operand == 0) {
      Op product = new Op.Dot(outBatch, dot.rhsBatch(), outRhs, rhsFree);
      order.addAll(dot.lhsBatch());
      order.addAll(lhsFree);
      order.addAll(partners(dot.rhsContract(), dot.lhsContract()));
      return arranged(g.add(product, List.of(dy, b)), order);
    }
    Op product = new Op.Dot(dot.lhsBatch(), outBatch, lhsFree, outLhs);
    order.addAll(dot.rhsBatch());
    order.addAll(partners(dot.lhsContract(), dot.rhsContract()));
    order.addAll(rhsFree);
    return arranged(g.add(product, List.of(a, dy)), order);
  }

  /// The partners of contracted axes, in ascending order of the latter: as free axes they come out
  /// of the product that way.
  private static List<Integer> partners(List<Integer> axes, List<Integer> partners) {
    return axes.stream().sorted().map(axis -> partners.get(axes.indexOf(axis))).toList();
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }
}
