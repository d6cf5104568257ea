package org.tombolo.nn;

import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;

/// The mean of each square window of an image, channel by channel. Windows lie inside the image:
/// `[h, w, c]` becomes `[floor((h - size) / stride) + 1, floor((w - size) / stride) + 1, c]`.
///
/// @param size side of the window, in pixels, at least 1
/// @param stride pixels between windows along both axes, at least 1
public record AvgPool2d(int size, int stride) implements Layer {
  /// Checks the numbers.
  public AvgPool2d {
    Images.requirePool("avgpool", size, stride);
  }

  /// Windows side by side.
  public static AvgPool2d of(int size) {
    return new AvgPool2d(size, size);
  }

  @Override
  public String kind() {
    return "avgpool";
  }

  @Override
  public Shape infer(Shape in) {
    return Images.pooled(in, size, stride);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    return x.reduceWindow(ReduceFn.SUM, Images.squares(size, stride)).div((double) size * size);
  }

  @Override
  public String detail() {
    return "%dx%d%s".formatted(size, size, stride == size ? "" : ", stride " + stride);
  }
}
