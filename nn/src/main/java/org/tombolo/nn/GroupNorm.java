package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// Normalises groups of neighbouring channels of each example, channels last, then scales and
/// shifts each channel; see [Normalization.GroupNorm].
///
/// @param groups a divisor of the number of channels
/// @param epsilon added to the variance, above 0
public record GroupNorm(int groups, double epsilon) implements Layer {
  /// Checks the ranges.
  public GroupNorm {
    if (groups < 1) {
      throw new ShapeException(
          "group_norm: groups is %d; need 1 or more".formatted(groups), "8, or as channels");
    }
    Channels.requireEpsilon("group_norm", epsilon);
  }

  /// Epsilon 1e-5.
  public static GroupNorm of(int groups) {
    return new GroupNorm(groups, 1e-5);
  }

  @Override
  public String kind() {
    return "group_norm";
  }

  @Override
  public Shape infer(Shape in) {
    long channels = Channels.last(Channels.requireLast(in)).dim(0);
    if (channels % groups != 0) {
      throw new ShapeException(
          "input is %s, groups is %d; need a divisor of its %d channels"
              .formatted(in, groups, channels),
          "GroupNorm.of(1)");
    }
    return in;
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return Channels.scaleAndShift(in);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Normalization form = new Normalization.GroupNorm(x.rank() - 1, groups, epsilon);
    return x.builder().call(form, x, pass.parameter("scale"), pass.parameter("shift"));
  }

  @Override
  public String detail() {
    return groups + (groups == 1 ? " group" : " groups");
  }
}
