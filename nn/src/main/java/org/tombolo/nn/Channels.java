package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// The last axis of an example, where layers that normalise find channels or features.
final class Channels {
  private Channels() {}

  /// The shape itself, if it has a last axis with elements.
  static Shape requireLast(Shape in) {
    if (in.rank() < 1 || in.dim(in.rank() - 1) < 1) {
      throw new ShapeException(
          "input is %s; need an axis of features or channels".formatted(in), "Dense before it");
    }
    return in;
  }

  /// The shape of one number for each channel.
  static Shape last(Shape in) {
    return Shape.of(in.dim(in.rank() - 1));
  }

  /// A factor of 1 and a summand of 0 for each channel.
  static List<Parameter> scaleAndShift(Shape in) {
    return List.of(
        new Parameter("scale", last(in), new Initializer.Constant(1)),
        new Parameter("shift", last(in), new Initializer.Constant(0)));
  }

  /// Checks what is added before a root is taken.
  static void requireEpsilon(String layer, double epsilon) {
    if (!(epsilon > 0)) {
      throw new ShapeException(
          "%s: epsilon is %s; need a number above 0".formatted(layer, epsilon), "1e-5");
    }
  }
}
