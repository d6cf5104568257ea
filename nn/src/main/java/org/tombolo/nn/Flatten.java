package org.tombolo.nn;

import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;

/// All elements of an example in one row: `[h, w, c]` becomes `[h*w*c]`.
public record Flatten() implements Layer {
  @Override
  public String kind() {
    return "flatten";
  }

  @Override
  public Shape infer(Shape in) {
    return Shape.of(in.size());
  }

  @Override
  public Node apply(Node x, Pass pass) {
    return x.reshape(x.shape().dim(0), x.shape().size() / Math.max(1, x.shape().dim(0)));
  }

  @Override
  public String detail() {
    return "";
  }
}
