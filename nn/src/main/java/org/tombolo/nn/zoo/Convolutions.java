package org.tombolo.nn.zoo;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.WindowDim;
import org.tombolo.nn.BatchNorm;
import org.tombolo.nn.Initializer;
import org.tombolo.nn.Network;
import org.tombolo.nn.Padding;

/// What convolutional networks have in common.
final class Convolutions {
  private Convolutions() {}

  /// A convolution without bias, with as many zeros around as keep the size, then the normalization
  /// that takes the place of the bias.
  ///
  /// @param x `[n, h, w, c]`
  /// @param size side of the window
  /// @param groups parts of the channels that know nothing of each other
  /// @return `[n, ceil(h / stride), ceil(w / stride), filters]`
  static Node normalized(
      Network.Wiring w, String name, Node x, int filters, int size, int stride, int groups) {
    Shape kernel = Shape.of(size, size, x.shape().dim(3) / groups, filters);
    Padding same = new Padding.Same();
    List<WindowDim> window =
        List.of(
            same.window(x.shape().dim(1), size, stride),
            same.window(x.shape().dim(2), size, stride));
    Node sums =
        x.conv2d(
            w.parameter(name + "/kernel", kernel, new Initializer.HeUniform()), window, groups);
    return w.layer(name + "/norm", new BatchNorm(), sums);
  }

  /// The mean of each channel: `[n, h, w, c]` becomes `[n, c]`.
  static Node averaged(Node x) {
    return x.mean(1, 2);
  }
}
