package org.tombolo.nn.zoo;

import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Activation;
import org.tombolo.nn.Conv2d;
import org.tombolo.nn.MaxPool2d;
import org.tombolo.nn.Network;

/// U-Net (Ronneberger, Fischer and Brox, *U-Net: convolutional networks for biomedical image
/// segmentation*, MICCAI 2015) with padding that keeps the size: down by maximum pooling, up again,
/// each level seeing what was there on the way down.
final class UNet {
  private UNet() {}

  /// @param batch images
  /// @param side of an image, in pixels, divisible by `2^levels`
  /// @param width channels of the highest level; each one below has twice as many
  /// @param levels how often the size is halved
  /// @param classes of a pixel
  static Network of(int batch, int side, int width, int levels, int classes) {
    long pixels = (long) batch * side * side;
    return new Network(
        "u-net",
        TensorType.of(DType.I32, pixels),
        classes,
        w -> {
          Node x = w.input("features", TensorType.f32(batch, side, side, 1), 0);
          Node[] kept = new Node[levels];
          for (int level = 0; level < levels; level++) {
            kept[level] = twice(w, "down" + level, x, width << level);
            x = w.layer("pool" + level, MaxPool2d.of(2), kept[level]);
          }
          x = twice(w, "bottom", x, width << levels);
          for (int level = levels - 1; level >= 0; level--) {
            Conv2d halving = Conv2d.of(width << level, 2).same();
            Node up = w.layer("up%d/halve".formatted(level), halving, doubled(x));
            x = twice(w, "up" + level, w.builder().concat(3, kept[level], up), width << level);
          }
          return w.layer("classes", Conv2d.of(classes, 1), x).reshape(pixels, classes);
        });
  }

  private static Node twice(Network.Wiring w, String name, Node x, int filters) {
    Conv2d conv = Conv2d.of(filters, 3).same().activation(Activation.RELU);
    return w.layer(name + "/conv2", conv, w.layer(name + "/conv1", conv, x));
  }

  /// Each pixel four times.
  private static Node doubled(Node x) {
    long n = x.shape().dim(0);
    long h = x.shape().dim(1);
    long width = x.shape().dim(2);
    long c = x.shape().dim(3);
    return x.reshape(n, h, 1, width, 1, c)
        .broadcastTo(Shape.of(n, h, 2, width, 2, c))
        .reshape(n, 2 * h, 2 * width, c);
  }
}
