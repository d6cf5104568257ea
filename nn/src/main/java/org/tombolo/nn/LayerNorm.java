package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Shape;

/// Brings the last axis to mean 0 and variance 1, then scales and shifts each of its elements; see
/// [Normalization.LayerNorm].
///
/// @param epsilon added before the root, above 0
public record LayerNorm(double epsilon) implements Layer {
  /// Checks epsilon.
  public LayerNorm {
    Channels.requireEpsilon("layer_norm", epsilon);
  }

  /// Epsilon 1e-5.
  public LayerNorm() {
    this(1e-5);
  }

  @Override
  public String kind() {
    return "layer_norm";
  }

  @Override
  public Shape infer(Shape in) {
    return Channels.requireLast(in);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return Channels.scaleAndShift(in);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Normalization form = new Normalization.LayerNorm(x.rank() - 1, epsilon);
    return x.builder().call(form, x, pass.parameter("scale"), pass.parameter("shift"));
  }

  @Override
  public String detail() {
    return "";
  }
}
