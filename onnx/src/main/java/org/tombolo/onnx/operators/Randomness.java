package org.tombolo.onnx.operators;

import java.util.List;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Random numbers: a function of the seed and of the place in the model, and so the same in every
/// run. A node without a seed gets one from its output's name.
final class Randomness {
  private static final String SAME = "the same numbers in every run, and not those of others";

  private Randomness() {}

  static void define(Registry to) {
    to.add(
            "RandomNormal",
            c -> normal(c, Shape.of(c.wholes("shape", new long[0])), ElementType.FLOAT),
            1,
            22)
        .unfolded()
        .but(SAME);
    to.add(
            "RandomUniform",
            c -> uniform(c, Shape.of(c.wholes("shape", new long[0])), ElementType.FLOAT),
            1,
            22)
        .unfolded()
        .but(SAME);
    to.add("RandomNormalLike", c -> normal(c, c.in(0).shape(), c.type(0)), 1, 22)
        .unfolded()
        .but(SAME);
    to.add("RandomUniformLike", c -> uniform(c, c.in(0).shape(), c.type(0)), 1, 22)
        .unfolded()
        .but(SAME);
    to.add("Bernoulli", Randomness::bernoulli, 15, 22).unfolded().but(SAME);
    to.add("Multinomial", Randomness::multinomial, 7, 22).unfolded().but(SAME);
    to.add("Dropout", Randomness::dropout, 1, 6, 7, 10, 12, 13, 22)
        .unfolded()
        .but("in training, " + SAME);
  }

  private static Node key(Call c) {
    long seed = c.says("seed") ? Float.floatToIntBits(c.real("seed", 0)) : c.identity();
    return c.constant(new long[] {seed, c.identity()}, 2);
  }

  private static List<Value.Dense> normal(Call c, Shape shape, ElementType like) {
    Node z = c.graph().randomNormal(key(c), shape);
    return c.one(c.elementType("dtype", like), z.mul(c.real("scale", 1)).add(c.real("mean", 0)));
  }

  private static List<Value.Dense> uniform(Call c, Shape shape, ElementType like) {
    double low = c.real("low", 0);
    double high = c.real("high", 1);
    Node u = c.graph().randomUniform(key(c), shape);
    return c.one(c.elementType("dtype", like), u.mul(high - low).add(low));
  }

  private static List<Value.Dense> bernoulli(Call c) {
    Node p = c.x(0).cast(DType.F32);
    Node u = c.graph().randomUniform(key(c), p.shape());
    return c.one(c.elementType("dtype", c.type(0)), u.compare(CompareFn.LT, p));
  }

  /// The largest of the logarithms of the shares, each with a random number of the Gumbel
  /// distribution added, is a sample (Maddison, Tarlow and Minka, *A\* sampling*, NeurIPS 2014).
  private static List<Value.Dense> multinomial(Call c) {
    Node logs = c.x(0).cast(DType.F32);
    long samples = c.integer("sample_size", 1);
    Shape shape = Shape.of(logs.shape().dim(0), samples, logs.shape().dim(1));
    Node u = c.graph().randomUniform(key(c), shape).add(0x1p-25);
    Node gumbel = u.log().neg().log().neg();
    Node scores = Nodes.unsqueeze(logs, 1).broadcastTo(shape).add(gumbel);
    return c.one(c.elementType("dtype", ElementType.INT32), scores.argMax(2));
  }

  private static List<Value.Dense> dropout(Call c) {
    Node x = c.x(0);
    double ratio = c.opset() < 12 ? c.real("ratio", 0.5) : c.has(1) ? c.host(1).at(0) : 0.5;
    boolean training =
        c.opset() < 7
            ? c.says("is_test") && c.integer("is_test", 0) == 0
            : c.opset() >= 12 && c.has(2) && c.host(2).longAt(0) != 0;
    ElementType mask = c.opset() < 10 ? c.type(0) : ElementType.BOOL;
    TensorType of = new TensorType(DType.BOOL, x.shape());
    if (!training || ratio == 0) {
      return List.of(c.result(c.type(0), x), c.result(mask, c.graph().full(of, 1)));
    }
    Node kept = c.graph().randomUniform(key(c), x.shape()).compare(CompareFn.GE, ratio);
    Node scaled = c.wide(0).mul(ratio < 1 ? 1 / (1 - ratio) : 0);
    return List.of(
        c.result(c.type(0), kept.select(scaled, Nodes.scalar(scaled, 0))), c.result(mask, kept));
  }
}
