package org.tombolo.nn;

import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;

/// `x * factor + offset` for each element: brings raw inputs, such as bytes, to a range that is
/// good to learn from, on the device.
///
/// @param factor multiplies each element
/// @param offset is added to each product
public record Scale(double factor, double offset) implements Layer {

  /// Only a factor.
  public static Scale by(double factor) {
    return new Scale(factor, 0);
  }

  @Override
  public String kind() {
    return "scale";
  }

  @Override
  public Shape infer(Shape in) {
    return in;
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Node scaled = x.mul(factor);
    return offset == 0 ? scaled : scaled.add(offset);
  }

  @Override
  public String detail() {
    return "by " + factor + (offset == 0 ? "" : ", plus " + offset);
  }
}
