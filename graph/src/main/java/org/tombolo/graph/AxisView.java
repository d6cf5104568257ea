package org.tombolo.graph;

/// A shape seen along one of its axes: `[outer, extent, inner]`, row-major.
///
/// @param outer elements of the axes before it
/// @param extent of the axis
/// @param inner elements of the axes after it
public record AxisView(long outer, long extent, long inner) {
  /// The view of a shape along an axis that it has.
  public static AxisView of(Shape shape, int axis) {
    long outer = 1;
    for (int i = 0; i < axis; i++) {
      outer *= shape.dim(i);
    }
    long inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= shape.dim(i);
    }
    return new AxisView(outer, shape.dim(axis), inner);
  }

  /// Number of lines along the axis.
  public long lines() {
    return outer * inner;
  }

  /// Position of the first element of a line; the next ones follow in steps of [#inner].
  public long start(long line) {
    return line / inner * extent * inner + line % inner;
  }
}
