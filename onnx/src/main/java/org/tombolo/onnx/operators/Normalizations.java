package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.WindowDim;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Tensors brought to mean 0 and variance 1, or to norm 1.
final class Normalizations {
  private Normalizations() {}

  static void define(Registry to) {
    to.add("BatchNormalization", Normalizations::batch, 1, 6, 7, 9, 14, 15);
    to.add("InstanceNormalization", Normalizations::instance, 1, 6, 22);
    to.add("LayerNormalization", Normalizations::layer, 17);
    to.add("GroupNormalization", Normalizations::group, 18, 21);
    to.add("RMSNormalization", Normalizations::rms, 23);
    to.add("LRN", Normalizations::lrn, 1, 13);
    to.add("LpNormalization", Normalizations::lp, 1, 22);
    to.add("MeanVarianceNormalization", Normalizations::meanVariance, 9, 13);
  }

  private static Node channels(Node vector, Node x) {
    return x.rank() < 2
        ? vector.broadcastTo(x.shape())
        : Nodes.along(Call.widened(vector), 1, x.rank()).cast(x.dtype()).broadcastTo(x.shape());
  }

  private static List<Value.Dense> batch(Call c) {
    Node x = c.wide(0);
    double epsilon = c.real("epsilon", 1e-5);
    boolean training = c.opset() >= 14 ? c.integer("training_mode", 0) != 0 : c.wants(1);
    boolean spatial = c.opset() >= 9 || c.integer("spatial", 1) != 0;
    if (!spatial) {
      Node root = c.wide(4).add(epsilon).sqrt();
      Node normal = x.sub(c.wide(3).broadcastTo(x.shape())).div(root.broadcastTo(x.shape()));
      return c.like(
          normal.mul(c.wide(1).broadcastTo(x.shape())).add(c.wide(2).broadcastTo(x.shape())));
    }
    if (!training) {
      Node root = c.wide(4).cast(x.dtype()).add(epsilon).sqrt();
      Node factor = c.wide(1).cast(x.dtype()).div(root);
      return c.like(x.sub(channels(c.x(3), x)).mul(channels(factor, x)).add(channels(c.x(2), x)));
    }
    int[] axes = IntStream.range(0, x.rank()).filter(i -> i != 1).toArray();
    Node mean = x.mean(axes);
    Node apart = x.sub(channels(mean, x));
    Node variance = apart.square().mean(axes);
    Node out =
        apart
            .div(channels(variance.add(epsilon).sqrt(), x))
            .mul(channels(c.x(1), x))
            .add(channels(c.x(2), x));
    double momentum = c.real("momentum", 0.9);
    List<Value.Dense> all = new ArrayList<>(c.like(out));
    all.add(c.result(c.type(3), running(c.wide(3), mean, momentum)));
    all.add(c.result(c.type(4), running(c.wide(4), variance, momentum)));
    if (c.opset() < 14) {
      all.add(c.result(c.type(3), mean));
      all.add(c.result(c.type(4), variance));
    }
    return all;
  }

  private static Node running(Node before, Node now, double momentum) {
    return before.mul(momentum).add(now.cast(before.dtype()).mul(1 - momentum));
  }

  /// Mean 0 and variance 1 over some axes.
  private static Node normal(Node x, double epsilon, int... axes) {
    Node apart = x.sub(Reductions.mean(x, axes).broadcastTo(x.shape()));
    Node root = Reductions.mean(apart.square(), axes).add(epsilon).sqrt();
    return apart.div(root.broadcastTo(x.shape()));
  }

  private static List<Value.Dense> instance(Call c) {
    Node x = c.wide(0);
    Node normal = normal(x, c.real("epsilon", 1e-5), Reductions.from(2, x.rank()));
    return c.like(normal.mul(channels(c.x(1), x)).add(channels(c.x(2), x)));
  }

  private static List<Value.Dense> layer(Call c) {
    ElementType stash = ElementType.numbered(c.integer("stash_type", 1)).orElse(ElementType.FLOAT);
    Node x = c.wide(0);
    int axis = c.axis("axis", -1, x.rank());
    double epsilon = c.real("epsilon", 1e-5);
    Node scale = c.wide(1);
    Shape learned = Shape.of(x.shape().toList().subList(axis, x.rank()));
    boolean plain = scale.shape().equals(learned) && !c.wants(1) && !c.wants(2) && epsilon > 0;
    if (plain && (!c.has(2) || c.in(2).shape().equals(learned))) {
      Node shift = c.has(2) ? c.wide(2) : Nodes.full(scale, 0);
      return c.like(c.graph().call(new Normalization.LayerNorm(axis, epsilon), x, scale, shift));
    }
    int[] axes = Reductions.from(axis, x.rank());
    Node mean = Reductions.mean(x, axes);
    Node apart = x.sub(mean.broadcastTo(x.shape()));
    Node inverse =
        Nodes.full(mean, 1).div(Reductions.mean(apart.square(), axes).add(epsilon).sqrt());
    Node out = apart.mul(inverse.broadcastTo(x.shape())).mul(scale.broadcastTo(x.shape()));
    if (c.has(2)) {
      out = out.add(c.wide(2).broadcastTo(x.shape()));
    }
    return List.of(c.result(c.type(0), out), c.result(stash, mean), c.result(stash, inverse));
  }

  private static List<Value.Dense> rms(Call c) {
    Node x = c.wide(0);
    int axis = c.axis("axis", -1, x.rank());
    int[] axes = Reductions.from(axis, x.rank());
    Node root = Reductions.mean(x.square(), axes).add(c.real("epsilon", 1e-5)).sqrt();
    Node scale = c.wide(1).cast(x.dtype());
    return c.one(c.type(1), x.div(root.broadcastTo(x.shape())).mul(scale.broadcastTo(x.shape())));
  }

  private static List<Value.Dense> group(Call c) {
    Node x = c.wide(0);
    long[] dims = x.shape().toArray();
    long groups = c.integer("num_groups", 1);
    Node rows = x.reshape(dims[0], groups, Nodes.product(dims, 1, dims.length) / groups);
    Node normal = normal(rows, c.real("epsilon", 1e-5), 2).reshape(x.shape());
    return c.like(
        normal.mul(channels(learned(c, 1, dims[1]), x)).add(channels(learned(c, 2, dims[1]), x)));
  }

  /// One number for each channel; before version 21, one for each group.
  private static Node learned(Call c, int input, long channels) {
    Node given = c.x(input);
    long count = given.shape().dim(0);
    return count == channels
        ? given
        : given.reshape(count, 1).broadcastTo(Shape.of(count, channels / count)).reshape(channels);
  }

  private static List<Value.Dense> lrn(Call c) {
    Node x = c.wide(0);
    long size = c.integer("size", 1);
    WindowDim[] window = new WindowDim[x.rank()];
    Arrays.fill(window, WindowDim.each());
    window[1] = WindowDim.of(size, 1, (size - 1) / 2, size - 1 - (size - 1) / 2);
    Node sum = x.square().reduceWindow(ReduceFn.SUM, List.of(window));
    Node base = sum.mul(c.real("alpha", 0.0001) / size).add(c.real("bias", 1));
    return c.like(x.div(base.pow(Nodes.scalar(base, c.real("beta", 0.75)))));
  }

  private static List<Value.Dense> lp(Call c) {
    Node x = c.wide(0);
    int axis = c.axis("axis", -1, x.rank());
    double p = c.integer("p", 2);
    Node norm = Pools.root(Pools.powers(x, p).reduceKeeping(ReduceFn.SUM, axis), p);
    Node safe = norm.compare(CompareFn.EQ, 0).select(Nodes.full(norm, 1), norm);
    return c.like(x.div(safe.broadcastTo(x.shape())));
  }

  private static List<Value.Dense> meanVariance(Call c) {
    Node x = c.wide(0);
    int[] axes = c.axes(c.wholes("axes", 0, 2, 3), x.rank());
    Node mean = Reductions.mean(x, axes);
    Node squares = Reductions.mean(x.square(), axes);
    Node deviation = squares.sub(mean.square()).max(0).sqrt().add(1e-9);
    List<Node> all = Nodes.together(x, mean, deviation);
    return c.like(all.get(0).binary(BinaryFn.SUB, all.get(1)).binary(BinaryFn.DIV, all.get(2)));
  }
}
