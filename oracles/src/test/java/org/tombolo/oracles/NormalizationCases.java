package org.tombolo.oracles;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Shape;

/// Normalizations: made of TensorFlow's means, and batch normalization by its own kernels too.
final class NormalizationCases {
  private static final double EPSILON = 1e-3;
  private static final Shape IMAGES = Shape.of(3, 4, 5, 6);
  private static final Shape CHANNELS = Shape.of(6);

  private NormalizationCases() {}

  static List<OracleCase> all() {
    return List.of(
        OracleCase.of(
            "layer norm of rows",
            (g, in) -> g.call(new Normalization.LayerNorm(1, EPSILON), array(in)),
            (tf, in) -> affine(tf, normal(tf, in.get(0), 1), in),
            Shape.of(5, 13),
            Shape.of(13),
            Shape.of(13)),
        OracleCase.of(
            "layer norm of the last two axes",
            (g, in) -> g.call(new Normalization.LayerNorm(1, EPSILON), array(in)),
            (tf, in) -> affine(tf, normal(tf, in.get(0), 1, 2), in),
            Shape.of(3, 7, 5),
            Shape.of(7, 5),
            Shape.of(7, 5)),
        OracleCase.of(
            "root mean square norm",
            (g, in) -> g.call(new Normalization.RmsNorm(2, EPSILON), array(in)),
            (tf, in) -> {
              Operand<TFloat64> square = mean(tf, tf.math.square(in.get(0)), 2);
              Operand<TFloat64> root = root(tf, square);
              return tf.math.mul(tf.math.div(in.get(0), root), in.get(1));
            },
            Shape.of(3, 5, 11),
            Shape.of(11)),
        OracleCase.of(
            "batch norm of images",
            (g, in) -> g.call(new Normalization.BatchNorm(3, EPSILON), array(in)),
            (tf, in) -> affine(tf, normal(tf, in.get(0), 0, 1, 2), in),
            IMAGES,
            CHANNELS,
            CHANNELS),
        OracleCase.of(
            "batch norm of rows",
            (g, in) -> g.call(new Normalization.BatchNorm(1, EPSILON), array(in)),
            (tf, in) -> affine(tf, normal(tf, in.get(0), 0), in),
            Shape.of(11, 6),
            CHANNELS,
            CHANNELS),
        OracleCase.of(
                "batch norm by a kernel",
                (g, in) -> g.call(new Normalization.BatchNorm(3, EPSILON), array(in)),
                NormalizationCases::fusedTraining,
                IMAGES,
                CHANNELS,
                CHANNELS)
            .inSinglePrecision(),
        OracleCase.of(
                "batch norm with given mean and variance",
                (g, in) -> g.call(new Normalization.BatchNormInference(3, EPSILON), array(in)),
                (tf, in) -> {
                  Operand<TFloat64> root = root(tf, in.get(4));
                  return affine(tf, tf.math.div(tf.math.sub(in.get(0), in.get(3)), root), in);
                },
                IMAGES,
                CHANNELS,
                CHANNELS,
                CHANNELS,
                CHANNELS)
            .between(0.2, 2),
        OracleCase.of(
                "batch norm with given mean and variance by a kernel",
                (g, in) -> g.call(new Normalization.BatchNormInference(3, EPSILON), array(in)),
                NormalizationCases::fusedInference,
                IMAGES,
                CHANNELS,
                CHANNELS,
                CHANNELS,
                CHANNELS)
            .between(0.2, 2)
            .inSinglePrecision()
            .valuesOnly(),
        group("group norm", 3, 2, Shape.of(3, 4, 5, 6)),
        group("group norm of one group", 1, 6, Shape.of(3, 4, 5, 6)),
        group("instance norm", 6, 1, Shape.of(3, 4, 5, 6)));
  }

  private static OracleCase group(String name, int groups, int width, Shape images) {
    return OracleCase.of(
        name,
        (g, in) -> g.call(new Normalization.GroupNorm(3, groups, EPSILON), array(in)),
        (tf, in) -> {
          Operand<TFloat64> apart =
              tf.reshape(in.get(0), tf.constant(new int[] {3, 4, 5, groups, width}));
          Operand<TFloat64> normal = normal(tf, apart, 1, 2, 4);
          return affine(tf, tf.reshape(normal, tf.constant(new int[] {3, 4, 5, 6})), in);
        },
        images,
        CHANNELS,
        CHANNELS);
  }

  private static Node[] array(List<Node> in) {
    return in.toArray(new Node[0]);
  }

  private static Operand<TFloat64> mean(Ops tf, Operand<TFloat64> x, int... axes) {
    return tf.math.mean(x, tf.constant(axes), Mean.keepDims(true));
  }

  private static Operand<TFloat64> normal(Ops tf, Operand<TFloat64> x, int... axes) {
    Operand<TFloat64> mean = mean(tf, x, axes);
    Operand<TFloat64> variance = mean(tf, tf.math.squaredDifference(x, mean), axes);
    Operand<TFloat64> root = root(tf, variance);
    return tf.math.div(tf.math.sub(x, mean), root);
  }

  /// As a power, which TensorFlow can differentiate twice.
  private static Operand<TFloat64> root(Ops tf, Operand<TFloat64> x) {
    return tf.math.pow(tf.math.add(x, tf.constant(EPSILON)), tf.constant(0.5));
  }

  private static Operand<TFloat64> affine(
      Ops tf, Operand<TFloat64> normal, List<Operand<TFloat64>> in) {
    return tf.math.add(tf.math.mul(normal, in.get(1)), in.get(2));
  }

  private static Operand<TFloat32> narrow(Ops tf, Operand<TFloat64> x) {
    return tf.dtypes.cast(x, TFloat32.class);
  }

  private static Operand<TFloat64> fusedTraining(Ops tf, List<Operand<TFloat64>> in) {
    Operand<TFloat32> none = tf.constant(new float[0]);
    return tf.dtypes.cast(
        tf.nn
            .fusedBatchNorm(
                narrow(tf, in.get(0)),
                narrow(tf, in.get(1)),
                narrow(tf, in.get(2)),
                none,
                none,
                FusedBatchNorm.epsilon((float) EPSILON))
            .y(),
        TFloat64.class);
  }

  private static Operand<TFloat64> fusedInference(Ops tf, List<Operand<TFloat64>> in) {
    return tf.dtypes.cast(
        tf.nn
            .fusedBatchNorm(
                narrow(tf, in.get(0)),
                narrow(tf, in.get(1)),
                narrow(tf, in.get(2)),
                narrow(tf, in.get(3)),
                narrow(tf, in.get(4)),
                FusedBatchNorm.epsilon((float) EPSILON),
                FusedBatchNorm.isTraining(false))
            .y(),
        TFloat64.class);
  }
}
