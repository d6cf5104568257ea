package org.tombolo.oracles;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.Attention;
import org.tombolo.graph.Shape;

/// Attention, made of TensorFlow's products and softmax, with a mask of large negative numbers.
final class AttentionCases {
  private static final double SCALE = 0.4;

  private AttentionCases() {}

  static List<OracleCase> all() {
    return List.of(
        attention("attention", false, 2, 3, 3, 5, 7, 4, 6),
        attention("attention, causal", true, 2, 2, 2, 7, 7, 5, 3),
        attention("attention of new queries, causal", true, 1, 2, 2, 3, 7, 4, 4),
        attention("attention in groups of heads", false, 2, 6, 2, 5, 4, 3, 5),
        attention("attention in groups of heads, causal", true, 2, 4, 1, 6, 6, 5, 2),
        masked());
  }

  private static OracleCase attention(
      String name,
      boolean causal,
      int n,
      int heads,
      int groups,
      int queries,
      int keys,
      int d,
      int e) {
    double[][] unseen = new double[queries][keys];
    for (int i = 0; i < queries; i++) {
      for (int j = 0; j < keys; j++) {
        unseen[i][j] = causal && j > i + keys - queries ? -1e30 : 0;
      }
    }
    return OracleCase.of(
            name,
            (g, in) -> g.call(new Attention(SCALE, causal), in.get(0), in.get(1), in.get(2)),
            (tf, in) -> theirs(tf, in, heads / groups, groups, tf.constant(unseen)),
            Shape.of(n, heads, queries, d),
            Shape.of(n, groups, keys, d),
            Shape.of(n, groups, keys, e))
        .between(-2, 2);
  }

  /// With a float mask that is one of the operands.
  private static OracleCase masked() {
    return OracleCase.of(
            "attention with added scores",
            (g, in) ->
                g.call(new Attention(SCALE, false), in.get(0), in.get(1), in.get(2), in.get(3)),
            (tf, in) -> theirs(tf, in, 1, 2, in.get(3)),
            Shape.of(3, 2, 5, 4),
            Shape.of(3, 2, 7, 4),
            Shape.of(3, 2, 7, 2),
            Shape.of(1, 2, 5, 7))
        .between(-2, 2);
  }

  /// Neighbouring heads of the queries share one of the keys.
  private static Operand<TFloat64> theirs(
      Ops tf, List<Operand<TFloat64>> in, int shared, int groups, Operand<TFloat64> added) {
    org.tensorflow.ndarray.Shape q = in.get(0).shape();
    Operand<TFloat64> k = repeated(tf, in.get(1), shared, groups);
    Operand<TFloat64> v = repeated(tf, in.get(2), shared, groups);
    Operand<TFloat64> scores = ReductionCases.einsum(tf, "nhid,nhjd->nhij", List.of(in.get(0), k));
    Operand<TFloat64> all = tf.math.add(tf.math.mul(scores, tf.constant(SCALE)), added);
    int keys = (int) in.get(1).shape().get(2);
    int queries = (int) q.get(2);
    int rows = (int) (q.get(0) * q.get(1)) * queries;
    Operand<TFloat64> weights =
        tf.reshape(
            tf.nn.softmax(tf.reshape(all, tf.constant(new int[] {rows, keys}))),
            tf.constant(new int[] {(int) q.get(0), (int) q.get(1), queries, keys}));
    return ReductionCases.einsum(tf, "nhij,nhje->nhie", List.of(weights, v));
  }

  private static Operand<TFloat64> repeated(Ops tf, Operand<TFloat64> x, int shared, int groups) {
    int[] heads = new int[shared * groups];
    for (int i = 0; i < heads.length; i++) {
      heads[i] = i / shared;
    }
    return tf.gather(x, tf.constant(heads), tf.constant(1));
  }
}
