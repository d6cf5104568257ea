package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// Brings each channel of each example to mean 0 and variance 1, then scales and shifts it; see
/// [Normalization.GroupNorm#instance].
///
/// @param epsilon added to the variance, above 0
public record InstanceNorm(double epsilon) implements Layer {
  /// Checks epsilon.
  public InstanceNorm {
    Channels.requireEpsilon("instance_norm", epsilon);
  }

  /// Epsilon 1e-5.
  public InstanceNorm() {
    this(1e-5);
  }

  @Override
  public String kind() {
    return "instance_norm";
  }

  @Override
  public Shape infer(Shape in) {
    if (in.rank() < 2) {
      throw new ShapeException(
          "input is %s; need channels last and an axis before them".formatted(in),
          "LayerNorm for one axis of features");
    }
    return Channels.requireLast(in);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return Channels.scaleAndShift(in);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    int axis = x.rank() - 1;
    int channels = Math.toIntExact(x.shape().dim(axis));
    Normalization form = Normalization.GroupNorm.instance(axis, channels, epsilon);
    return x.builder().call(form, x, pass.parameter("scale"), pass.parameter("shift"));
  }

  @Override
  public String detail() {
    return "";
  }
}
