package org.tombolo.nn;

import org.tombolo.graph.Composite;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// In training, sets elements to zero at random and scales the rest so that the mean stays; nothing
/// otherwise. Which elements depends on the seed, the step and the layer's place in the model, and
/// on nothing else.
///
/// @param rate share of elements that are dropped, in `[0, 1)`
public record Dropout(double rate) implements Layer {
  /// Checks the rate.
  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new ShapeException(
          "dropout: rate is %s; need 0 <= rate < 1".formatted(rate), "0.5, or no Dropout at all");
    }
  }

  @Override
  public String kind() {
    return "dropout";
  }

  @Override
  public Shape infer(Shape in) {
    return in;
  }

  @Override
  public Node apply(Node x, Pass pass) {
    return pass.training() ? x.builder().call(new Composite.Dropout(rate), x, pass.randomKey()) : x;
  }

  @Override
  public String detail() {
    return "rate " + rate;
  }
}
