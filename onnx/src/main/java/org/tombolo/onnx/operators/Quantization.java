package org.tombolo.onnx.operators;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Small integers that stand for reals: `real = (integer - zero point) * scale`.
final class Quantization {
  private static final String TYPES = "no types of 8 bits or less but integers";

  private Quantization() {}

  static void define(Registry to) {
    to.add("QuantizeLinear", Quantization::quantize, 10, 13, 19, 21, 23, 24, 25).but(TYPES);
    to.add("DequantizeLinear", Quantization::dequantize, 10, 13, 19, 21, 23, 24, 25).but(TYPES);
    to.add("DynamicQuantizeLinear", Quantization::dynamic, 11);
    to.add("MatMulInteger", Quantization::matmul, 10);
    to.add("QLinearMatMul", Quantization::qLinearMatmul, 10, 21).but(TYPES);
    to.add("QLinearConv", Quantization::qLinearConv, 10);
  }

  /// Smallest and largest value of an integer type.
  private static double[] range(Call c, ElementType type) {
    return switch (type) {
      case INT8 -> new double[] {-128, 127};
      case UINT8 -> new double[] {0, 255};
      case INT16 -> new double[] {-32768, 32767};
      case UINT16 -> new double[] {0, 65535};
      case INT32 -> new double[] {Integer.MIN_VALUE, Integer.MAX_VALUE};
      case INT4 -> new double[] {-8, 7};
      case UINT4 -> new double[] {0, 15};
      case INT2 -> new double[] {-2, 1};
      case UINT2 -> new double[] {0, 3};
      default ->
          throw c.mistake(
              "cannot quantize to %s; need an integer type".formatted(type), "int8 or uint8");
    };
  }

  /// Scales or zero points beside a tensor: one for all, one for each index of an axis, or one for
  /// each block of an axis.
  private static Node beside(Call c, Node factor, Node x) {
    if (factor.shape().size() == 1 && factor.rank() <= 1) {
      return factor.reshape(Shape.SCALAR).broadcastTo(x.shape());
    }
    int axis = c.axis("axis", 1, x.rank());
    if (factor.rank() == 1) {
      return Nodes.along(factor, axis, x.rank()).broadcastTo(x.shape());
    }
    long block = c.integer("block_size", 0);
    if (block == 0) {
      return factor.broadcastTo(x.shape());
    }
    long[] dims = factor.shape().toArray();
    long[] apart = Arrays.copyOf(dims, dims.length + 1);
    System.arraycopy(dims, axis + 1, apart, axis + 2, dims.length - axis - 1);
    apart[axis + 1] = 1;
    long[] repeated = apart.clone();
    repeated[axis + 1] = block;
    dims[axis] *= block;
    Node blocks = factor.reshape(apart).broadcastTo(Shape.of(repeated)).reshape(dims);
    return blocks.slice(axis, 0, x.shape().dim(axis));
  }

  /// Divided, rounded to even, moved by the zero point, and kept within the type.
  private static Value.Dense quantized(Call c, Node x, Node scale, Node zero, ElementType type) {
    double[] range = range(c, type);
    Node whole = Nodes.roundEven(x.div(scale));
    if (type == ElementType.INT32) {
      whole = whole.cast(DType.F64);
    }
    Node moved = whole.add(zero.cast(whole.dtype()).broadcastTo(x.shape()));
    return c.result(type, moved.max(range[0]).min(range[1]).cast(DType.I32));
  }

  private static List<Value.Dense> quantize(Call c) {
    Node x = c.wide(0);
    if (!x.dtype().isFloat()) {
      x = x.cast(DType.F32);
    }
    ElementType type = ElementType.UINT8;
    if (c.has(2)) {
      type = c.type(2);
    } else if (c.integer("output_dtype", 0) != 0) {
      type = c.elementType("output_dtype", type);
    }
    Node scale = beside(c, c.wide(1).cast(x.dtype()), x);
    Node zero = c.has(2) ? beside(c, c.x(2), x) : c.graph().full(x.type().withDType(DType.I32), 0);
    return List.of(quantized(c, x, scale, zero, type));
  }

  private static List<Value.Dense> dequantize(Call c) {
    ElementType type = c.type(1);
    if (c.integer("output_dtype", 0) != 0) {
      type = c.elementType("output_dtype", type);
    }
    Node x = c.x(0).cast(DType.I32);
    if (c.has(2)) {
      x = x.sub(beside(c, c.x(2).cast(DType.I32), x));
    }
    Node scale = c.wide(1);
    return c.one(type, x.cast(scale.dtype()).mul(beside(c, scale, x)));
  }

  private static List<Value.Dense> dynamic(Call c) {
    Node x = c.wide(0);
    Node high = x.reduce(ReduceFn.MAX).max(0);
    Node low = x.reduce(ReduceFn.MIN).min(0);
    Node span = high.sub(low).div(255);
    Node scale = span.compare(CompareFn.EQ, 0).select(Nodes.scalar(x, 1), span);
    Node zero = Nodes.roundEven(low.neg().div(scale).max(0).min(255));
    Value.Dense out = quantized(c, x, scale.broadcastTo(x.shape()), zero, ElementType.UINT8);
    return List.of(
        out, c.result(ElementType.FLOAT, scale), c.result(ElementType.UINT8, zero.cast(DType.I32)));
  }

  /// A zero point or scale of a matrix: one, one for each row on the left or column on the right,
  /// or of a shape that repeats to it.
  private static Node perLine(Node factor, Node matrix, boolean rows) {
    if (factor.shape().size() == 1) {
      return factor.reshape(Shape.SCALAR).broadcastTo(matrix.shape());
    }
    if (factor.rank() == 1 && matrix.rank() > 1) {
      int axis = matrix.rank() - (rows ? 2 : 1);
      return Nodes.along(factor, axis, matrix.rank()).broadcastTo(matrix.shape());
    }
    return factor.broadcastTo(matrix.shape());
  }

  private static Node shifted(Call c, int input, int zero, boolean rows) {
    Node x = c.x(input).cast(DType.I32);
    return c.has(zero) ? x.sub(perLine(c.x(zero).cast(DType.I32), x, rows)) : x;
  }

  /// Product of two inputs of 8 bits less their zero points.
  private static Node product(Call c, int a, int zeroA, int b, int zeroB) {
    Optional<Value.Dense> weights =
        c.in(b).rank() == 2 ? ExactSums.weights(c, b, zeroB, false) : Optional.empty();
    if (weights.isPresent()
        && ExactSums.areExact(
            ExactSums.bound(c, a, zeroA), Objects.requireNonNull(weights.get().tensor()), false)) {
      Node left = shifted(c, a, zeroA, true).cast(DType.F32);
      return Matrices.matmul(left, c.node(weights.get())).cast(DType.I32);
    }
    long terms = ExactSums.terms(ExactSums.bound(c, a, zeroA), ExactSums.bound(c, b, zeroB));
    return ExactSums.matmul(shifted(c, a, zeroA, true), shifted(c, b, zeroB, false), terms);
  }

  private static List<Value.Dense> matmul(Call c) {
    return c.one(ElementType.INT32, product(c, 0, 2, 1, 3));
  }

  private static List<Value.Dense> qLinearMatmul(Call c) {
    Node real = product(c, 0, 2, 3, 5).cast(DType.F32);
    Node scaled =
        real.mul(perLine(c.x(1).cast(DType.F32), real, true))
            .mul(perLine(c.x(4).cast(DType.F32), real, false));
    return List.of(
        quantized(
            c,
            scaled,
            perLine(c.x(6).cast(DType.F32), real, true),
            perLine(c.x(7).cast(DType.I32), real, true),
            c.type(7)));
  }

  private static List<Value.Dense> qLinearConv(Call c) {
    Node x = c.x(0).cast(DType.I32).sub(c.x(2).cast(DType.I32).reshape(Shape.SCALAR));
    Node sum = Convolutions.integer(c, x, 2, 3, 5);
    if (c.has(8)) {
      sum = sum.add(Nodes.along(c.x(8).cast(DType.I32), 1, sum.rank()).broadcastTo(sum.shape()));
    }
    Node real = sum.cast(DType.F32);
    Node scale = c.x(1).reshape(Shape.SCALAR);
    Node weights = c.x(4);
    Node both =
        weights.shape().size() == 1
            ? weights.reshape(Shape.SCALAR).broadcastTo(real.shape())
            : Nodes.along(weights, 1, real.rank()).broadcastTo(real.shape());
    Node scaled = Nodes.binary(BinaryFn.MUL, real.mul(both), scale);
    return List.of(
        quantized(
            c,
            scaled,
            c.x(6).reshape(Shape.SCALAR).broadcastTo(real.shape()),
            c.x(7).cast(DType.I32).reshape(Shape.SCALAR),
            c.type(7)));
  }
}
