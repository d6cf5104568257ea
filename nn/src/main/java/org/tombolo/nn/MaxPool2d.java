package org.tombolo.nn;

import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;

/// The largest element of each square window of an image, channel by channel. Windows lie inside
/// the image: `[h, w, c]` becomes `[floor((h - size) / stride) + 1, floor((w - size) / stride) + 1,
/// c]`.
///
/// @param size side of the window, in pixels, at least 1
/// @param stride pixels between windows along both axes, at least 1
public record MaxPool2d(int size, int stride) implements Layer {
  /// Checks the numbers.
  public MaxPool2d {
    Images.requirePool("maxpool", size, stride);
  }

  /// Windows side by side.
  public static MaxPool2d of(int size) {
    return new MaxPool2d(size, size);
  }

  @Override
  public String kind() {
    return "maxpool";
  }

  @Override
  public Shape infer(Shape in) {
    return Images.pooled(in, size, stride);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    return x.reduceWindow(ReduceFn.MAX, Images.squares(size, stride));
  }

  @Override
  public String detail() {
    return "%dx%d%s".formatted(size, size, stride == size ? "" : ", stride " + stride);
  }
}
