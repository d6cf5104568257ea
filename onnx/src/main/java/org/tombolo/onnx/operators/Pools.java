package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Windows that are folded to one element each.
final class Pools {
  private Pools() {}

  static void define(Registry to) {
    to.add("MaxPool", Pools::maxPool, 1, 8, 10, 11, 12, 22);
    to.add("AveragePool", Pools::averagePool, 1, 7, 10, 11, 19, 22);
    to.add("LpPool", Pools::lpPool, 1, 2, 11, 18, 22);
    to.add("GlobalMaxPool", c -> c.like(c.x(0).reduceKeeping(ReduceFn.MAX, spatial(c))), 1, 22);
    to.add("GlobalAveragePool", c -> c.like(Reductions.mean(c.wide(0), spatial(c))), 1, 22);
    to.add("GlobalLpPool", Pools::globalLpPool, 1, 2, 22);
    to.add("MaxUnpool", Pools::maxUnpool, 9, 11, 22);
  }

  private static int[] spatial(Call c) {
    return Reductions.from(2, c.in(0).rank());
  }

  private static Windows windows(Call c) {
    long[] dims = c.in(0).shape().toArray();
    return Windows.of(
        c, Arrays.copyOfRange(dims, 2, dims.length), c.wholes("kernel_shape", new long[0]));
  }

  private static List<Value.Dense> maxPool(Call c) {
    Windows windows = windows(c);
    Node x = c.x(0);
    Value.Dense out = c.result(c.type(0), x.reduceWindow(ReduceFn.MAX, windows.all()));
    return c.wants(1)
        ? List.of(out, c.result(ElementType.INT64, places(c, x, windows)))
        : List.of(out);
  }

  /// Where the largest element of each window is in the whole tensor, the first of equals.
  private static Node places(Call c, Node x, Windows windows) {
    long[] dims = x.shape().toArray();
    long[] strides = Shape.of(dims).strides();
    if (c.integer("storage_order", 0) != 0) {
      long step = 1;
      for (int i = 2; i < dims.length; i++) {
        strides[i] = step;
        step *= dims[i];
      }
    }
    Tap first = tap(c, x, windows, strides, 0);
    Node best = first.inside.select(first.value, lowest(first.value));
    Node at = first.place;
    Node seen = first.inside;
    for (long position = 1;
        position < Nodes.product(windows.size(), 0, windows.rank());
        position++) {
      Tap tap = tap(c, x, windows, strides, position);
      Node larger = tap.inside.and(tap.value.compare(CompareFn.GT, best).or(seen.not()));
      at = larger.select(tap.place, at);
      best = larger.select(tap.value, best);
      seen = seen.or(tap.inside);
    }
    return at;
  }

  /// What all windows see at one of their positions: elements, where they are, and whether there is
  /// one.
  private record Tap(Node value, Node place, Node inside) {}

  private static Tap tap(Call c, Node x, Windows windows, long[] strides, long position) {
    long[] dims = x.shape().toArray();
    Node value = x;
    Node place = Nodes.scalar(c.graph(), 0);
    Node inside = c.graph().scalar(DType.BOOL, 1);
    long rest = position;
    for (int i = windows.rank() - 1; i >= 0; i--) {
      int axis = 2 + i;
      long offset = rest % windows.size()[i] * windows.dilation()[i] - windows.low()[i];
      rest /= windows.size()[i];
      long[] index = new long[(int) windows.outputs(i, dims[axis])];
      for (int o = 0; o < index.length; o++) {
        index[o] = o * windows.stride()[i] + offset;
      }
      Node own = Nodes.along(c.constant(index), axis, dims.length);
      Node seen = own.compare(CompareFn.GE, 0).and(own.compare(CompareFn.LT, (double) dims[axis]));
      long[] within = Arrays.stream(index).map(k -> Math.clamp(k, 0, dims[axis] - 1)).toArray();
      value = Nodes.pick(value, axis, within);
      Node part = own.mul(Nodes.scalar(c.graph(), strides[axis]));
      place = Nodes.binary(BinaryFn.ADD, place, part);
      inside = Nodes.binary(BinaryFn.AND, inside, seen);
    }
    TensorType of = new TensorType(DType.I64, value.shape());
    for (int axis = 0; axis < 2; axis++) {
      Node part = c.graph().iota(of, axis).mul(Nodes.scalar(c.graph(), strides[axis]));
      place = Nodes.binary(BinaryFn.ADD, place, part);
    }
    return new Tap(value, place, inside.broadcastTo(value.shape()));
  }

  private static Node lowest(Node like) {
    double value =
        switch (like.dtype()) {
          case I8 -> Byte.MIN_VALUE;
          case U8, BOOL -> 0;
          case I16 -> Short.MIN_VALUE;
          case I32 -> Integer.MIN_VALUE;
          case I64 -> Long.MIN_VALUE;
          case F32, F16, BF16, F64 -> Double.NEGATIVE_INFINITY;
        };
    return Nodes.full(like, value);
  }

  private static List<Value.Dense> averagePool(Call c) {
    Windows windows = windows(c);
    Node x = c.wide(0);
    Node sum = x.reduceWindow(ReduceFn.SUM, windows.all());
    boolean padded = c.integer("count_include_pad", 0) != 0;
    Node count = null;
    for (int i = 0; i < windows.rank(); i++) {
      long extent = x.shape().dim(2 + i);
      double[] seen = new double[(int) sum.shape().dim(2 + i)];
      for (int o = 0; o < seen.length; o++) {
        for (long k = 0; k < windows.size()[i]; k++) {
          long at = o * windows.stride()[i] + k * windows.dilation()[i] - windows.low()[i];
          boolean counts =
              padded
                  ? at >= -windows.low()[i] && at < extent + windows.high()[i]
                  : at >= 0 && at < extent;
          seen[o] += counts ? 1 : 0;
        }
      }
      Node own = Nodes.along(c.constant(x.dtype(), seen), 2 + i, x.rank());
      count = count == null ? own : Nodes.binary(BinaryFn.MUL, count, own);
    }
    return c.like(count == null ? sum : sum.div(count.broadcastTo(sum.shape())));
  }

  private static List<Value.Dense> lpPool(Call c) {
    double p = c.real("p", 2);
    Node sum = powers(c.wide(0), p).reduceWindow(ReduceFn.SUM, windows(c).all());
    return c.like(root(sum, p));
  }

  private static List<Value.Dense> globalLpPool(Call c) {
    double p = c.real("p", 2);
    return c.like(root(powers(c.wide(0), p).reduceKeeping(ReduceFn.SUM, spatial(c)), p));
  }

  static Node powers(Node x, double p) {
    return p == 1 ? x.abs() : p == 2 ? x.square() : x.abs().pow(Nodes.scalar(x, p));
  }

  static Node root(Node x, double p) {
    return p == 1 ? x : p == 2 ? x.sqrt() : x.pow(Nodes.scalar(x, 1 / p));
  }

  /// The indices count in the smallest tensor that such a pool can come from; a larger output has
  /// zeros after that.
  private static List<Value.Dense> maxUnpool(Call c) {
    Node x = c.x(0);
    long[] dims = x.shape().toArray();
    int n = dims.length - 2;
    long[] size = c.wholes("kernel_shape", new long[n]);
    long[] stride = c.wholes("strides", Nodes.ones(n));
    long[] pads = c.wholes("pads", new long[2 * n]);
    long[] out = dims.clone();
    for (int i = 0; i < n; i++) {
      out[2 + i] = (dims[2 + i] - 1) * stride[i] - pads[i] - pads[n + i] + size[i];
    }
    Shape shape = Shape.of(out);
    Node zeros = c.graph().full(new TensorType(x.dtype(), Shape.of(shape.size(), 1)), 0);
    long count = x.shape().size();
    Node put =
        Scattering.replaced(zeros, c.x(1).reshape(count), x.reshape(count, 1)).reshape(shape);
    if (c.has(2)) {
      List<Long> high = new ArrayList<>();
      long[] wanted = c.wholes(2);
      for (int i = 0; i < out.length; i++) {
        high.add(wanted[i] - out[i]);
      }
      put =
          Padding.constant(
              put, new long[out.length], high.stream().mapToLong(Long::longValue).toArray(), 0);
    }
    return c.like(put);
  }
}
