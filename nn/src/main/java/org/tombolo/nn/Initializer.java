package org.tombolo.nn;

import java.util.random.RandomGenerator;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Where a parameter starts: a distribution, or a number.
///
/// The fans of a shape are those of a kernel `[window.., in, out]`: every output is a sum over
/// `fanIn = window * in` inputs, and every input takes part in `fanOut = window * out` outputs.
public sealed interface Initializer {

  /// Values drawn for a shape; the same generator state gives the same values.
  Tensor draw(DType dtype, Shape shape, RandomGenerator random);

  /// Uniform in `±sqrt(6 / (fanIn + fanOut))`, which keeps the variance of both activations and
  /// gradients where units are linear or saturate (Glorot and Bengio, *Understanding the difficulty
  /// of training deep feedforward neural networks*, AISTATS 2010, equation 16).
  record GlorotUniform() implements Initializer {
    @Override
    public Tensor draw(DType dtype, Shape shape, RandomGenerator random) {
      return uniform(dtype, shape, Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape))), random);
    }
  }

  /// Uniform in `±sqrt(6 / fanIn)`: the variance `2 / fanIn` which keeps that of activations where
  /// rectifiers drop half of them (He et al., *Delving deep into rectifiers*, ICCV 2015, equation
  /// 10, which draws from a normal distribution of that variance).
  record HeUniform() implements Initializer {
    @Override
    public Tensor draw(DType dtype, Shape shape, RandomGenerator random) {
      return uniform(dtype, shape, Math.sqrt(6.0 / fanIn(shape)), random);
    }
  }

  /// Every element the same.
  ///
  /// @param value of each element
  record Constant(double value) implements Initializer {
    @Override
    public Tensor draw(DType dtype, Shape shape, RandomGenerator random) {
      return Tensor.full(new TensorType(dtype, shape), value);
    }
  }

  /// Elements that are there already, such as those of another training.
  ///
  /// @param value of the parameter's type
  record Given(Tensor value) implements Initializer {
    @Override
    public Tensor draw(DType dtype, Shape shape, RandomGenerator random) {
      TensorType type = new TensorType(dtype, shape);
      if (!value.type().equals(type)) {
        throw new ShapeException(
            "initializer: given is %s; need %s".formatted(value.type(), type),
            "the value of that parameter");
      }
      return value;
    }
  }

  /// Some elements the same, the others zero.
  ///
  /// @param value of the elements of the range
  /// @param from first of them, counted in order of the tensor
  /// @param to one past the last
  record ConstantRange(double value, long from, long to) implements Initializer {
    @Override
    public Tensor draw(DType dtype, Shape shape, RandomGenerator random) {
      return Tensor.filled(new TensorType(dtype, shape), i -> i >= from && i < to ? value : 0);
    }
  }

  /// What suits a kernel that feeds an activation: He before rectifiers, Glorot before the rest.
  static Initializer before(Activation activation) {
    return switch (activation) {
      case RELU, GELU, GELU_TANH, SILU, MISH, SOFTPLUS, HARD_SWISH, ELU, LEAKY_RELU ->
          new HeUniform();
      case LINEAR, TANH, SIGMOID, HARD_SIGMOID, SELU, SOFTMAX -> new GlorotUniform();
    };
  }

  private static Tensor uniform(DType dtype, Shape shape, double bound, RandomGenerator random) {
    return Tensor.filled(new TensorType(dtype, shape), i -> (2 * random.nextDouble() - 1) * bound);
  }

  private static long fanIn(Shape shape) {
    return shape.size() / Math.max(1, shape.dim(shape.rank() - 1));
  }

  private static long fanOut(Shape shape) {
    return shape.size() / Math.max(1, shape.dim(shape.rank() - 2));
  }
}
