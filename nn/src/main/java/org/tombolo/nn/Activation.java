package org.tombolo.nn;

import java.util.Locale;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.UnaryFn;

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
      case GELU -> x.mul(x.mul(Math.sqrt(0.5)).unary(UnaryFn.ERF).add(1).mul(0.5));
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
