package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.WindowDim;
import org.tombolo.nn.Padding;

/// Maxima and means under sliding windows.
final class PoolingCases {
  private static final Shape IMAGES = Shape.of(2, 7, 9, 3);

  private PoolingCases() {}

  static List<OracleCase> all() {
    List<OracleCase> all = new ArrayList<>();
    for (int[] window : new int[][] {{2, 2}, {3, 1}, {3, 2}, {2, 3}, {1, 2}, {7, 1}}) {
      for (Padding padding : List.of(new Padding.Valid(), new Padding.Same())) {
        all.addAll(pools(window[0], window[1], padding));
      }
    }
    return all;
  }

  private static List<OracleCase> pools(int size, int stride, Padding padding) {
    String name = " pooling %d, stride %d, %s".formatted(size, stride, padding);
    String theirPadding = padding instanceof Padding.Same ? "SAME" : "VALID";
    int[] sizes = {1, size, size, 1};
    int[] strides = {1, stride, stride, 1};
    List<WindowDim> window =
        List.of(
            WindowDim.each(),
            padding.window(IMAGES.dim(1), size, stride),
            padding.window(IMAGES.dim(2), size, stride),
            WindowDim.each());
    return List.of(
        OracleCase.of(
                "max" + name,
                (g, in) -> in.get(0).reduceWindow(ReduceFn.MAX, window),
                (tf, in) ->
                    tf.nn.maxPool(
                        in.get(0), tf.constant(sizes), tf.constant(strides), theirPadding),
                IMAGES)
            .once(),
        OracleCase.of(
                "min" + name,
                (g, in) -> in.get(0).reduceWindow(ReduceFn.MIN, window),
                (tf, in) ->
                    tf.math.neg(
                        tf.nn.maxPool(
                            tf.math.neg(in.get(0)),
                            tf.constant(sizes),
                            tf.constant(strides),
                            theirPadding)),
                IMAGES)
            .once(),
        // A mean over the elements that are there, as TensorFlow takes it at the edges.
        OracleCase.of(
                "mean" + name,
                (g, in) ->
                    in.get(0)
                        .reduceWindow(ReduceFn.SUM, window)
                        .div(g.full(in.get(0).type(), 1).reduceWindow(ReduceFn.SUM, window)),
                (tf, in) ->
                    tf.nn.avgPool(
                        in.get(0),
                        List.of(1L, (long) size, (long) size, 1L),
                        List.of(1L, (long) stride, (long) stride, 1L),
                        theirPadding),
                IMAGES)
            .once());
  }
}
