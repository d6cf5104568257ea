package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.UnaryFn;

/// Functions of elements, on 7 by 13 of them.
final class ElementwiseCases {
  private static final Shape SHAPE = Shape.of(7, 13);

  private ElementwiseCases() {}

  @FunctionalInterface
  private interface OurUnary {
    Node of(Node x);
  }

  @FunctionalInterface
  private interface TheirUnary {
    Operand<TFloat64> of(Ops tf, Operand<TFloat64> x);
  }

  @FunctionalInterface
  private interface OurBinary {
    Node of(Node x, Node y);
  }

  @FunctionalInterface
  private interface TheirBinary {
    Operand<TFloat64> of(Ops tf, Operand<TFloat64> x, Operand<TFloat64> y);
  }

  private static OracleCase one(String name, OurUnary ours, TheirUnary theirs) {
    return OracleCase.of(
        name, (g, in) -> ours.of(in.get(0)), (tf, in) -> theirs.of(tf, in.get(0)), SHAPE);
  }

  private static OracleCase one(UnaryFn fn, TheirUnary theirs) {
    return one(fn.toString(), x -> x.unary(fn), theirs);
  }

  private static OracleCase two(String name, OurBinary ours, TheirBinary theirs) {
    return OracleCase.of(
        name,
        (g, in) -> ours.of(in.get(0), in.get(1)),
        (tf, in) -> theirs.of(tf, in.get(0), in.get(1)),
        SHAPE,
        SHAPE);
  }

  private static OracleCase two(BinaryFn fn, TheirBinary theirs) {
    return two(fn.toString(), (x, y) -> x.binary(fn, y), theirs);
  }

  static List<OracleCase> all() {
    List<OracleCase> all = new ArrayList<>(functions());
    all.addAll(activations());
    return all;
  }

  private static List<OracleCase> functions() {
    return List.of(
        one(UnaryFn.NEG, (tf, x) -> tf.math.neg(x)),
        one(UnaryFn.ABS, (tf, x) -> tf.math.abs(x)),
        one(UnaryFn.SIGN, (tf, x) -> tf.math.sign(x)).once(),
        one(UnaryFn.SQRT, (tf, x) -> tf.math.sqrt(x)).once().between(0.01, 100),
        one(UnaryFn.EXP, (tf, x) -> tf.math.exp(x)).between(-5, 5),
        one(UnaryFn.LOG, (tf, x) -> tf.math.log(x)).between(0.01, 10),
        one(UnaryFn.SIN, (tf, x) -> tf.math.sin(x)).between(-10, 10),
        one(UnaryFn.COS, (tf, x) -> tf.math.cos(x)).between(-10, 10),
        one(UnaryFn.TANH, (tf, x) -> tf.math.tanh(x)).once().between(-5, 5),
        one(UnaryFn.ERF, (tf, x) -> tf.math.erf(x)).between(-3, 3),
        one(UnaryFn.FLOOR, (tf, x) -> tf.math.floor(x)).between(-9, 9).valuesOnly(),
        two(BinaryFn.ADD, (tf, x, y) -> tf.math.add(x, y)),
        two(BinaryFn.SUB, (tf, x, y) -> tf.math.sub(x, y)),
        two(BinaryFn.MUL, (tf, x, y) -> tf.math.mul(x, y)),
        two(BinaryFn.DIV, (tf, x, y) -> tf.math.div(x, y)).between(0.3, 3),
        two(BinaryFn.REM, (tf, x, y) -> tf.math.truncateMod(x, y)).between(-3, 3).valuesOnly(),
        two(BinaryFn.POW, (tf, x, y) -> tf.math.pow(x, y)).between(0.2, 3),
        two(BinaryFn.MAX, (tf, x, y) -> tf.math.maximum(x, y)),
        two(BinaryFn.MIN, (tf, x, y) -> tf.math.minimum(x, y)),
        two(
            "select",
            (x, y) -> x.compare(CompareFn.GT, 0.25).select(x.mul(y), y),
            (tf, x, y) -> tf.select(tf.math.greater(x, tf.constant(0.25)), tf.math.mul(x, y), y)),
        one(
            "scalar beside a tensor",
            x -> x.mul(3).add(0.5),
            (tf, x) -> tf.math.add(tf.math.mul(x, tf.constant(3.0)), tf.constant(0.5))));
  }

  private static List<OracleCase> activations() {
    return List.of(
        one("relu", Node::relu, (tf, x) -> tf.nn.relu(x)).once(),
        one("sigmoid", Node::sigmoid, (tf, x) -> tf.math.sigmoid(x)).once().between(-9, 9),
        one("softplus", Node::softplus, (tf, x) -> tf.math.softplus(x)).once().between(-9, 9),
        one("elu", x -> x.elu(1), (tf, x) -> tf.nn.elu(x)).once().between(-4, 4),
        one("selu", Node::selu, (tf, x) -> tf.nn.selu(x)).once().between(-4, 4),
        one(
            "leaky relu",
            x -> x.leakyRelu(0.125),
            (tf, x) -> tf.nn.leakyRelu(x, LeakyRelu.alpha(0.125f))),
        one("silu", Node::silu, (tf, x) -> tf.math.mul(x, tf.math.sigmoid(x)))
            .once()
            .between(-9, 9),
        one("mish", Node::mish, (tf, x) -> tf.math.mul(x, tf.math.tanh(tf.math.softplus(x))))
            .once()
            .between(-9, 9),
        one(
                "hard swish",
                Node::hardSwish,
                (tf, x) ->
                    tf.math.mul(
                        x,
                        tf.math.div(
                            tf.nn.relu6(tf.math.add(x, tf.constant(3.0))), tf.constant(6.0))))
            .once()
            .between(-5, 5),
        one("gelu", Node::gelu, ElementwiseCases::gelu).between(-4, 4),
        one("gelu by tanh", Node::geluTanh, ElementwiseCases::geluTanh).once().between(-4, 4));
  }

  private static Operand<TFloat64> gelu(Ops tf, Operand<TFloat64> x) {
    Operand<TFloat64> erf = tf.math.erf(tf.math.mul(x, tf.constant(Math.sqrt(0.5))));
    Operand<TFloat64> half = tf.math.mul(x, tf.constant(0.5));
    return tf.math.mul(half, tf.math.add(erf, tf.constant(1.0)));
  }

  private static Operand<TFloat64> geluTanh(Ops tf, Operand<TFloat64> x) {
    Operand<TFloat64> cube = tf.math.mul(tf.math.pow(x, tf.constant(3.0)), tf.constant(0.044715));
    Operand<TFloat64> root = tf.constant(Math.sqrt(2 / Math.PI));
    Operand<TFloat64> bend = tf.math.tanh(tf.math.mul(root, tf.math.add(x, cube)));
    Operand<TFloat64> half = tf.math.mul(x, tf.constant(0.5));
    return tf.math.mul(half, tf.math.add(bend, tf.constant(1.0)));
  }
}
