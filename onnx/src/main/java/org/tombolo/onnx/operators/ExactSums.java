package org.tombolo.onnx.operators;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Sums of products of small integers, computed in single precision, for which devices have their
/// fastest kernels. Whole numbers up to 2^24 are exact there, in every order of summation, so as
/// many terms are summed at once as stay below; the parts are added as integers.
final class ExactSums {
  private static final long EXACT = 1L << 24;

  private ExactSums() {}

  /// The largest absolute value of an input of 8 bits less its zero point.
  ///
  /// @param zero input with the zero point, which may be absent
  static long bound(Call c, int input, int zero) {
    boolean signed = c.type(input) == ElementType.INT8;
    Tensor known =
        c.has(zero) && c.value(zero) instanceof Value.Dense dense ? dense.tensor() : null;
    if (!c.has(zero)) {
      return signed ? 128 : 255;
    }
    if (known == null) {
      return 255;
    }
    long bound = 0;
    for (long i = 0; i < known.type().size(); i++) {
      long point = known.longAt(i);
      bound =
          Math.max(
              bound, signed ? Math.max(128 + point, 127 - point) : Math.max(point, 255 - point));
    }
    return bound;
  }

  /// A known input of 8 bits less its known zero points, in single precision: made once, not in
  /// each run. Empty for what a run computes and for what is small.
  ///
  /// @param perFirst whether zero points are along the first axis, else along the last one
  static Optional<Value.Dense> weights(Call c, int input, int zero, boolean perFirst) {
    Value.Dense values = c.in(input);
    Tensor elements = values.tensor();
    if (elements == null || values.variable() == null || values.rank() < 2) {
      return Optional.empty();
    }
    long axis = values.dim(perFirst ? 0 : values.rank() - 1);
    long[] points = new long[Math.toIntExact(axis)];
    String less = "0";
    if (c.has(zero)) {
      Value.Dense given = c.in(zero);
      Tensor known = given.tensor();
      if (known == null || given.rank() > 1 || (known.type().size() != 1 && given.dim(0) != axis)) {
        return Optional.empty();
      }
      Arrays.setAll(points, i -> known.longAt(known.type().size() == 1 ? 0 : i));
      boolean alike = Arrays.stream(points).allMatch(point -> point == points[0]);
      if (!alike && given.variable() == null) {
        return Optional.empty();
      }
      less = alike ? String.valueOf(points[0]) : Objects.requireNonNull(given.variable());
    }
    long each = values.size() / Math.max(1, axis);
    TensorType type = values.carried().withDType(DType.F32);
    Tensor shifted =
        Tensor.filled(
            type,
            i -> elements.longAt(i) - points[Math.toIntExact(perFirst ? i / each : i % axis)]);
    return Optional.of(
        new Value.Dense(
            ElementType.FLOAT, type, null, shifted, values.variable() + " less " + less));
  }

  /// Whether sums of products with weights are exact in every order.
  ///
  /// @param left largest absolute value of the other factor
  /// @param weights whole numbers
  /// @param perFirst whether each index of the first axis has a sum of its own, else each of the
  ///   last one
  static boolean areExact(long left, Tensor weights, boolean perFirst) {
    int rank = weights.shape().rank();
    long size = weights.type().size();
    long sums = rank == 0 ? 1 : weights.shape().dim(perFirst ? 0 : rank - 1);
    long[] sum = new long[Math.toIntExact(sums)];
    for (long i = 0; i < size; i++) {
      sum[(int) (perFirst ? i / (size / sums) : i % sums)] += Math.abs((long) weights.at(i));
    }
    return Arrays.stream(sum).max().orElse(0) <= EXACT / Math.max(1, left);
  }

  /// Terms that can be summed at once.
  ///
  /// @param left largest absolute value of one factor
  /// @param right largest absolute value of the other
  static long terms(long left, long right) {
    return EXACT / Math.max(1, left * right);
  }

  /// Product of matrices as [Matrices#matmul] has it.
  ///
  /// @param a `i32`, small
  /// @param b `i32`, small
  /// @param terms that can be summed at once
  static Node matmul(Node a, Node b, long terms) {
    long all = a.shape().dim(a.rank() - 1);
    Node left = a.cast(DType.F32);
    Node other = b.cast(DType.F32);
    if (all <= terms) {
      return Matrices.matmul(left, other).cast(DType.I32);
    }
    Node sum = part(left, other, 0, terms);
    for (long from = terms; from < all; from += terms) {
      sum = sum.add(part(left, other, from, Math.min(all, from + terms)));
    }
    return sum;
  }

  private static Node part(Node a, Node b, long from, long to) {
    Node left = a.slice(a.rank() - 1, from, to);
    Node right = b.slice(Math.max(0, b.rank() - 2), from, to);
    return Matrices.matmul(left, right).cast(DType.I32);
  }
}
