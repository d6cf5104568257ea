package org.tombolo.oracles;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.Composite;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;

/// Softmax and the losses of guesses.
final class LossCases {
  private static final int[] LABELS = {3, 0, 12, 7, 7, 1, 11};
  private static final Shape SCORES = Shape.of(7, 13);

  private LossCases() {}

  static List<OracleCase> all() {
    return List.of(
        OracleCase.of(
                "softmax",
                (g, in) -> in.get(0).softmax(1),
                (tf, in) -> tf.nn.softmax(in.get(0)),
                SCORES)
            .between(-5, 5),
        OracleCase.of(
                "softmax along the first axis",
                (g, in) -> in.get(0).softmax(0),
                (tf, in) -> {
                  Operand<TFloat64> turned = transposed(tf, in.get(0));
                  return transposed(tf, tf.nn.softmax(turned));
                },
                SCORES)
            .between(-5, 5),
        OracleCase.of(
                "log softmax",
                (g, in) -> in.get(0).logSoftmax(1),
                (tf, in) -> tf.nn.logSoftmax(in.get(0)),
                SCORES)
            .between(-5, 5),
        // Its rules of differentiation exist in single precision or not at all; the kernel gives
        // the gradient beside the loss.
        OracleCase.of(
                "sparse cross-entropy",
                (g, in) ->
                    g.call(new Composite.SparseCrossEntropy(), in.get(0), g.constant(labels())),
                (tf, in) ->
                    tf.nn
                        .sparseSoftmaxCrossEntropyWithLogits(in.get(0), tf.constant(LABELS))
                        .loss(),
                SCORES)
            .between(-5, 5)
            .gradients((tf, in, dy) ->
                List.of(
                    weighted(
                        tf,
                        tf.nn
                            .sparseSoftmaxCrossEntropyWithLogits(in.get(0), tf.constant(LABELS))
                            .backprop(),
                        dy))),
        OracleCase.of(
            "sparse cross-entropy, differentiated",
            (g, in) -> g.call(new Composite.SparseCrossEntropy(), in.get(0), g.constant(labels())),
            (tf, in) -> crossEntropy(tf, in.get(0), oneHot(tf)),
            SCORES),
        OracleCase.of(
                "cross-entropy of softmax targets",
                (g, in) -> g.call(new Composite.CrossEntropy(), in.get(0), in.get(1).softmax(1)),
                (tf, in) -> crossEntropy(tf, in.get(0), tf.nn.softmax(in.get(1))),
                SCORES,
                SCORES)
            .between(-3, 3),
        OracleCase.of(
                "cross-entropy by a kernel",
                (g, in) -> g.call(new Composite.CrossEntropy(), in.get(0), in.get(1).softmax(1)),
                (tf, in) ->
                    tf.nn.softmaxCrossEntropyWithLogits(in.get(0), tf.nn.softmax(in.get(1))).loss(),
                SCORES,
                SCORES)
            .between(-3, 3)
            .valuesOnly(),
        OracleCase.of(
                "binary cross-entropy",
                (g, in) ->
                    g.call(new Composite.BinaryCrossEntropy(), in.get(0), in.get(1).sigmoid()),
                (tf, in) -> {
                  Operand<TFloat64> x = in.get(0);
                  Operand<TFloat64> t = tf.math.sigmoid(in.get(1));
                  return tf.math.sub(tf.math.softplus(x), tf.math.mul(x, t));
                },
                SCORES,
                SCORES)
            .once()
            .between(-5, 5));
  }

  private static Tensor labels() {
    return Tensor.of(LABELS, LABELS.length);
  }

  private static Operand<TFloat64> oneHot(Ops tf) {
    return tf.oneHot(tf.constant(LABELS), tf.constant(13), tf.constant(1.0), tf.constant(0.0));
  }

  private static Operand<TFloat64> transposed(Ops tf, Operand<TFloat64> x) {
    return tf.linalg.transpose(x, tf.constant(new int[] {1, 0}));
  }

  private static Operand<TFloat64> crossEntropy(
      Ops tf, Operand<TFloat64> scores, Operand<TFloat64> targets) {
    Operand<TFloat64> shares = tf.math.mul(targets, tf.nn.logSoftmax(scores));
    return tf.math.neg(tf.sum(shares, tf.constant(1)));
  }

  private static Operand<TFloat64> weighted(
      Ops tf, Operand<TFloat64> rows, Operand<TFloat64> weights) {
    return tf.math.mul(rows, tf.expandDims(weights, tf.constant(1)));
  }
}
