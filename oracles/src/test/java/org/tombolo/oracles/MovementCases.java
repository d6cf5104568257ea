package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.op.core.Gather;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;

/// What moves elements: by position, by index, and by order.
final class MovementCases {
  private static final Shape SHAPE = Shape.of(5, 7, 3);

  private MovementCases() {}

  static List<OracleCase> all() {
    List<OracleCase> all = new ArrayList<>(positions());
    for (int axis = 0; axis < 3; axis++) {
      all.addAll(indices(axis));
    }
    all.addAll(batches());
    all.addAll(orders());
    return all;
  }

  private static List<OracleCase> positions() {
    return List.of(
        OracleCase.of(
            "reshape",
            (g, in) -> in.get(0).reshape(3, 35),
            (tf, in) -> tf.reshape(in.get(0), tf.constant(new int[] {3, 35})),
            SHAPE),
        OracleCase.of(
            "permute",
            (g, in) -> in.get(0).permute(2, 0, 1),
            (tf, in) -> tf.linalg.transpose(in.get(0), tf.constant(new int[] {2, 0, 1})),
            SHAPE),
        OracleCase.of(
            "broadcast",
            (g, in) -> in.get(0).broadcastTo(Shape.of(2, 5, 7, 3)),
            (tf, in) -> tf.broadcastTo(in.get(0), tf.constant(new int[] {2, 5, 7, 3})),
            Shape.of(5, 1, 3)),
        OracleCase.of(
                "slice with strides",
                (g, in) ->
                    in.get(0)
                        .slice(new long[] {1, 0, 0}, new long[] {5, 7, 2}, new long[] {2, 3, 1}),
                (tf, in) ->
                    tf.stridedSlice(
                        in.get(0),
                        tf.constant(new int[] {1, 0, 0}),
                        tf.constant(new int[] {5, 7, 2}),
                        tf.constant(new int[] {2, 3, 1})),
                SHAPE)
            .once(),
        OracleCase.of(
            "pad",
            (g, in) -> in.get(0).pad(new long[] {1, 0, 2}, new long[] {0, 3, 1}, new long[3], 0.5),
            (tf, in) ->
                tf.pad(
                    in.get(0), tf.constant(new int[][] {{1, 0}, {0, 3}, {2, 1}}), tf.constant(0.5)),
            SHAPE),
        OracleCase.of(
            "reverse",
            (g, in) -> in.get(0).reverse(0, 2),
            (tf, in) -> tf.reverse(in.get(0), tf.constant(new int[] {0, 2})),
            SHAPE),
        OracleCase.of(
            "concat",
            (g, in) -> g.concat(1, in.get(0), in.get(1), in.get(0)),
            (tf, in) -> tf.concat(List.of(in.get(0), in.get(1), in.get(0)), tf.constant(1)),
            SHAPE,
            Shape.of(5, 2, 3)));
  }

  private static List<OracleCase> indices(int axis) {
    int last = (int) SHAPE.dim(axis) - 1;
    int[][] picked = {{last, 0, 1}, {1, 1, 2}};
    int[] flat = {last, 0, 1, 1, 1, 2};
    Shape updates = SHAPE.withDim(axis, flat.length);
    return List.of(
        OracleCase.of(
            "gather along " + axis,
            (g, in) -> in.get(0).gather(axis, g.constant(Tensor.of(flat, 2, 3))),
            (tf, in) -> tf.gather(in.get(0), tf.constant(picked), tf.constant(axis)),
            SHAPE),
        OracleCase.of(
                "scatter-add along " + axis,
                (g, in) -> in.get(0).scatterAdd(axis, g.constant(Tensor.of(flat, 6)), in.get(1)),
                (tf, in) -> {
                  int[] first =
                      axis == 0
                          ? new int[] {0, 1, 2}
                          : axis == 1 ? new int[] {1, 0, 2} : new int[] {2, 1, 0};
                  var turned = tf.linalg.transpose(in.get(1), tf.constant(first));
                  var sums =
                      tf.math.unsortedSegmentSum(turned, tf.constant(flat), tf.constant(last + 1));
                  return tf.math.add(in.get(0), tf.linalg.transpose(sums, tf.constant(first)));
                },
                SHAPE,
                updates)
            .once());
  }

  private static List<OracleCase> batches() {
    int[] flat = {3, 0, 3, 1, 2, 2, 6, 6, 5, 4, 0, 1, 3, 3, 3};
    int[][] rows = {{3, 0, 3}, {1, 2, 2}, {6, 6, 5}, {4, 0, 1}, {3, 3, 3}};
    return List.of(
        OracleCase.of(
            "gather in each of a batch",
            (g, in) ->
                g.add(new Op.Gather(1, 1), List.of(in.get(0), g.constant(Tensor.of(flat, 5, 3)))),
            (tf, in) ->
                tf.gather(in.get(0), tf.constant(rows), tf.constant(1), Gather.batchDims(1L)),
            SHAPE),
        OracleCase.of(
            "gather with an index for each element",
            (g, in) -> in.get(0).gatherAlong(1, g.constant(Tensor.of(flat, 5, 3))),
            (tf, in) ->
                tf.gather(in.get(0), tf.constant(rows), tf.constant(1), Gather.batchDims(1L)),
            Shape.of(5, 7)));
  }

  private static List<OracleCase> orders() {
    Shape rows = Shape.of(5, 11);
    return List.of(
        OracleCase.of(
                "sort descending",
                (g, in) -> in.get(0).sort(1, true),
                (tf, in) -> tf.nn.topK(in.get(0), tf.constant(11), new TopK.Options[0]).values(),
                rows)
            .gradients((tf, in, dy) -> {
              var order = tf.nn.topK(in.get(0), tf.constant(11), new TopK.Options[0]).indices();
              var chosen = tf.oneHot(order, tf.constant(11), tf.constant(1.0), tf.constant(0.0));
              return List.of(ReductionCases.einsum(tf, "nkj,nk->nj", List.of(chosen, dy)));
            }),
        OracleCase.of(
                "sort ascending",
                (g, in) -> in.get(0).sort(1, false),
                (tf, in) ->
                    tf.math.neg(
                        tf.nn
                            .topK(tf.math.neg(in.get(0)), tf.constant(11), new TopK.Options[0])
                            .values()),
                rows)
            .valuesOnly(),
        OracleCase.of(
                "top 4",
                (g, in) -> in.get(0).gatherAlong(1, in.get(0).topK(1, 4)),
                (tf, in) -> tf.nn.topK(in.get(0), tf.constant(4), new TopK.Options[0]).values(),
                rows)
            .gradients((tf, in, dy) -> {
              var order = tf.nn.topK(in.get(0), tf.constant(4), new TopK.Options[0]).indices();
              var chosen = tf.oneHot(order, tf.constant(11), tf.constant(1.0), tf.constant(0.0));
              return List.of(ReductionCases.einsum(tf, "nkj,nk->nj", List.of(chosen, dy)));
            }),
        OracleCase.of(
                "places of the top 4",
                (g, in) -> in.get(0).topK(1, 4).cast(in.get(0).dtype()),
                (tf, in) ->
                    tf.dtypes.cast(
                        tf.nn.topK(in.get(0), tf.constant(4), new TopK.Options[0]).indices(),
                        TFloat64.class),
                rows)
            .valuesOnly(),
        OracleCase.of(
                "places of the largest",
                (g, in) -> in.get(0).argMax(1).cast(in.get(0).dtype()),
                (tf, in) ->
                    tf.dtypes.cast(tf.math.argMax(in.get(0), tf.constant(1)), TFloat64.class),
                SHAPE)
            .valuesOnly(),
        OracleCase.of(
                "places of the smallest",
                (g, in) -> in.get(0).argMin(2).cast(in.get(0).dtype()),
                (tf, in) ->
                    tf.dtypes.cast(tf.math.argMin(in.get(0), tf.constant(2)), TFloat64.class),
                SHAPE)
            .valuesOnly());
  }
}
