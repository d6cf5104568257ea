package org.tombolo.nn;

import java.util.Locale;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// A function of each element, or for [#SOFTMAX] of each row: a layer of its own, or the end of
/// another one.
public enum Activation implements Layer {
  /// `x`.
  LINEAR,
  /// `max(x, 0)`.
  RELU,
  /// Hyperbolic tangent.
  TANH,
  /// `1 / (1 + exp(-x))`.
  SIGMOID,
  /// `x * Phi(x)` with the distribution function of the standard normal (Hendrycks and Gimpel,
  /// *Gaussian error linear units*, arXiv:1606.08415), computed with the error function.
  GELU,
  /// The same with the authors' approximation by a hyperbolic tangent.
  GELU_TANH,
  /// `x * sigmoid(x)`, also called swish.
  SILU,
  /// `x * tanh(softplus(x))`.
  MISH,
  /// `log(1 + exp(x))`.
  SOFTPLUS,
  /// `min(max(x + 3, 0), 6) / 6`.
  HARD_SIGMOID,
  /// `x * hard_sigmoid(x)`.
  HARD_SWISH,
  /// `x` above 0, `exp(x) - 1` elsewhere.
  ELU,
  /// Self-normalizing, see [Node#selu].
  SELU,
  /// `x` above 0, `0.01 * x` elsewhere.
  LEAKY_RELU,
  /// `exp(x) / sum(exp(x))` along the last axis. [Loss.SparseCrossEntropy] contains it: a model
  /// that is trained with that loss ends without.
  SOFTMAX;

  /// The function of a tensor.
  public Node of(Node x) {
    return switch (this) {
      case LINEAR -> x;
      case RELU -> x.relu();
      case TANH -> x.tanh();
      case SIGMOID -> x.sigmoid();
      case GELU -> x.gelu();
      case GELU_TANH -> x.geluTanh();
      case SILU -> x.silu();
      case MISH -> x.mish();
      case SOFTPLUS -> x.softplus();
      case HARD_SIGMOID -> x.hardSigmoid();
      case HARD_SWISH -> x.hardSwish();
      case ELU -> x.elu(1);
      case SELU -> x.selu();
      case LEAKY_RELU -> x.leakyRelu(0.01);
      case SOFTMAX -> x.softmax(x.rank() - 1);
    };
  }

  @Override
  public String kind() {
    return toString();
  }

  @Override
  public Shape infer(Shape in) {
    if (this == SOFTMAX && in.rank() == 0) {
      throw new ShapeException(
          "input is %s; need at least one axis".formatted(in), "Dense before it");
    }
    return in;
  }

  @Override
  public Node apply(Node x, Pass pass) {
    return of(x);
  }

  @Override
  public String detail() {
    return "";
  }

  /// The name in lower case.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
