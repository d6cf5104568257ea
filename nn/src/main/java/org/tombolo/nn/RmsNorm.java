package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Shape;

/// Brings the last axis to mean square 1, then scales each of its elements; see
/// [Normalization.RmsNorm].
///
/// @param epsilon added before the root, above 0
public record RmsNorm(double epsilon) implements Layer {
  /// Checks epsilon.
  public RmsNorm {
    Channels.requireEpsilon("rms_norm", epsilon);
  }

  /// Epsilon 1e-5.
  public RmsNorm() {
    this(1e-5);
  }

  @Override
  public String kind() {
    return "rms_norm";
  }

  @Override
  public Shape infer(Shape in) {
    return Channels.requireLast(in);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    Shape last = Channels.last(in);
    return List.of(new Parameter("scale", last, new Initializer.Constant(1)));
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Normalization form = new Normalization.RmsNorm(x.rank() - 1, epsilon);
    return x.builder().call(form, x, pass.parameter("scale"));
  }

  @Override
  public String detail() {
    return "";
  }
}
