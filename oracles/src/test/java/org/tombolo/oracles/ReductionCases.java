package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Cumsum;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;

/// Folds of axes, running folds, and products of matrices.
final class ReductionCases {
  private static final Shape SHAPE = Shape.of(5, 7, 3);

  private ReductionCases() {}

  static List<OracleCase> all() {
    List<OracleCase> all = new ArrayList<>();
    for (int[] axes : new int[][] {{0}, {1}, {2}, {0, 2}, {0, 1, 2}}) {
      all.addAll(folds(axes));
    }
    for (int axis = 0; axis < 3; axis++) {
      all.addAll(scans(axis));
    }
    all.addAll(products());
    return all;
  }

  private static List<OracleCase> folds(int[] axes) {
    String over = " over " + List.of(box(axes));
    return List.of(
        OracleCase.of(
            "sum" + over,
            (g, in) -> in.get(0).sum(axes),
            (tf, in) -> tf.sum(in.get(0), tf.constant(axes)),
            SHAPE),
        OracleCase.of(
            "mean" + over,
            (g, in) -> in.get(0).mean(axes),
            (tf, in) -> tf.math.mean(in.get(0), tf.constant(axes)),
            SHAPE),
        OracleCase.of(
                "product" + over,
                (g, in) -> in.get(0).reduce(ReduceFn.PROD, axes),
                (tf, in) -> tf.prod(in.get(0), tf.constant(axes)),
                SHAPE)
            .once()
            .between(0.8, 1.25),
        OracleCase.of(
            "largest" + over,
            (g, in) -> in.get(0).reduce(ReduceFn.MAX, axes),
            (tf, in) -> tf.max(in.get(0), tf.constant(axes)),
            SHAPE),
        OracleCase.of(
            "smallest" + over,
            (g, in) -> in.get(0).reduce(ReduceFn.MIN, axes),
            (tf, in) -> tf.min(in.get(0), tf.constant(axes)),
            SHAPE));
  }

  private static Integer[] box(int[] axes) {
    Integer[] boxed = new Integer[axes.length];
    for (int i = 0; i < axes.length; i++) {
      boxed[i] = axes[i];
    }
    return boxed;
  }

  private static List<OracleCase> scans(int axis) {
    List<OracleCase> all = new ArrayList<>();
    for (boolean exclusive : new boolean[] {false, true}) {
      for (boolean reverse : new boolean[] {false, true}) {
        String how = (exclusive ? " exclusive" : "") + (reverse ? " reverse" : "") + " along ";
        Cumsum.Options[] options = {Cumsum.exclusive(exclusive), Cumsum.reverse(reverse)};
        all.add(
            OracleCase.of(
                "running sum" + how + axis,
                (g, in) -> g.add(new Op.Scan(ReduceFn.SUM, axis, exclusive, reverse), in),
                (tf, in) -> tf.math.cumsum(in.get(0), tf.constant(axis), options),
                SHAPE));
        // TensorFlow has no gradient of running products: of numbers above 0 it has by logarithms.
        all.add(
            OracleCase.of(
                    "running product" + how + axis,
                    (g, in) -> g.add(new Op.Scan(ReduceFn.PROD, axis, exclusive, reverse), in),
                    (tf, in) ->
                        tf.math.exp(
                            tf.math.cumsum(tf.math.log(in.get(0)), tf.constant(axis), options)),
                    SHAPE)
                .between(0.8, 1.25));
      }
    }
    all.add(
        OracleCase.of(
            "running maximum along " + axis,
            (g, in) -> in.get(0).scan(ReduceFn.MAX, axis),
            (tf, in) -> runningMaximum(tf, in.get(0), axis),
            SHAPE));
    return all;
  }

  private static Operand<TFloat64> runningMaximum(Ops tf, Operand<TFloat64> x, int axis) {
    List<Operand<TFloat64>> parts = new ArrayList<>();
    for (int i = 1; i <= SHAPE.dim(axis); i++) {
      int[] extents = {-1, -1, -1};
      extents[axis] = i;
      Operand<TFloat64> start = tf.slice(x, tf.constant(new int[3]), tf.constant(extents));
      parts.add(tf.expandDims(tf.max(start, tf.constant(axis)), tf.constant(axis)));
    }
    return tf.concat(parts, tf.constant(axis));
  }

  private static List<OracleCase> products() {
    return List.of(
        OracleCase.of(
            "matrix product",
            (g, in) -> in.get(0).matmul(in.get(1)),
            (tf, in) -> tf.linalg.matMul(in.get(0), in.get(1)),
            Shape.of(17, 31),
            Shape.of(31, 13)),
        OracleCase.of(
            "matrix product of a column and a row",
            (g, in) -> in.get(0).matmul(in.get(1)),
            (tf, in) -> tf.linalg.matMul(in.get(0), in.get(1)),
            Shape.of(5, 1),
            Shape.of(1, 7)),
        OracleCase.of(
            "matrix product of transposed operands",
            (g, in) -> in.get(0).transpose().matmul(in.get(1).transpose()),
            (tf, in) -> einsum(tf, "ki,jk->ij", in),
            Shape.of(31, 17),
            Shape.of(13, 31)),
        OracleCase.of(
            "stack of matrix products",
            (g, in) -> in.get(0).matmul(in.get(1)),
            (tf, in) -> tf.train.batchMatMul(in.get(0), in.get(1), TFloat64.class),
            Shape.of(2, 3, 7, 5),
            Shape.of(2, 3, 5, 9)),
        dot(
            "dot with batch axes in the middle",
            new Op.Dot(List.of(1), List.of(2), List.of(0), List.of(1)),
            "kbi,jkb->bij",
            Shape.of(11, 3, 5),
            Shape.of(7, 11, 3)),
        dot(
            "dot over two pairs of axes",
            new Op.Dot(List.of(), List.of(), List.of(2, 0), List.of(0, 1)),
            "lik,klj->ij",
            Shape.of(3, 5, 7),
            Shape.of(7, 3, 2)),
        dot(
            "dot over nothing",
            new Op.Dot(List.of(), List.of(), List.of(), List.of()),
            "ij,kl->ijkl",
            Shape.of(3, 5),
            Shape.of(7, 2)));
  }

  private static OracleCase dot(String name, Op.Dot dot, String formula, Shape a, Shape b) {
    return OracleCase.of(
        name, (g, in) -> g.add(dot, in), (tf, in) -> einsum(tf, formula, in), a, b);
  }

  static Operand<TFloat64> einsum(Ops tf, String formula, List<Operand<TFloat64>> in) {
    return tf.linalg.einsum(in, formula);
  }
}
