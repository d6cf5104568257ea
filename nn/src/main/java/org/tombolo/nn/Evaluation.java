package org.tombolo.nn;

import java.util.Locale;
import java.util.OptionalDouble;

/// How good a model is on a set.
///
/// @param examples how many were looked at
/// @param loss mean loss of an example
/// @param accuracy share of examples that the model gets right, from 0 to 1; empty where labels are
///   not classes
public record Evaluation(int examples, double loss, OptionalDouble accuracy) {
  /// Such as `loss 0.0871, accuracy 0.975`.
  @Override
  public String toString() {
    String text = String.format(Locale.ROOT, "loss %.4f", loss);
    return accuracy.isEmpty()
        ? text
        : text + String.format(Locale.ROOT, ", accuracy %.4f", accuracy.getAsDouble());
  }
}
