package org.tombolo.nn.zoo;

import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Network;

/// MobileNetV2 (Sandler et al., *MobileNetV2: inverted residuals and linear bottlenecks*, CVPR
/// 2018, table 2): seventeen bottlenecks of an expansion, a convolution of each channel by itself,
/// and a projection.
final class MobileNetV2 {
  /// Expansion, channels, repeats and stride of each row of the table.
  private static final int[][] ROWS = {
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1}
  };

  private MobileNetV2() {}

  /// @param batch images
  /// @param side of an image, in pixels: 224 in the paper
  /// @param divisor of all numbers of channels, a divisor of 8: 1 in the paper
  /// @param classes 1000 in the paper
  static Network of(int batch, int side, int divisor, int classes) {
    return new Network(
        "mobilenet-v2",
        TensorType.of(DType.I32, batch),
        classes,
        w -> {
          Node image = w.input("features", TensorType.f32(batch, side, side, 3), 0);
          Node x = clipped(Convolutions.normalized(w, "stem", image, 32 / divisor, 3, 2, 1));
          int number = 0;
          for (int[] row : ROWS) {
            for (int repeat = 0; repeat < row[2]; repeat++) {
              int stride = repeat == 0 ? row[3] : 1;
              x = bottleneck(w, "bottleneck" + number++, x, row[0], row[1] / divisor, stride);
            }
          }
          Node last = clipped(Convolutions.normalized(w, "head", x, 1280 / divisor, 1, 1, 1));
          return w.layer("classes", Dense.of(classes), Convolutions.averaged(last));
        });
  }

  private static Node bottleneck(
      Network.Wiring w, String name, Node x, int expansion, int filters, int stride) {
    int channels = Math.toIntExact(x.shape().dim(3));
    int inner = channels * expansion;
    Node wide =
        expansion == 1
            ? x
            : clipped(Convolutions.normalized(w, name + "/expand", x, inner, 1, 1, 1));
    Node each =
        clipped(Convolutions.normalized(w, name + "/depthwise", wide, inner, 3, stride, inner));
    Node narrow = Convolutions.normalized(w, name + "/project", each, filters, 1, 1, 1);
    return stride == 1 && channels == filters ? narrow.add(x) : narrow;
  }

  /// A rectifier that ends at 6.
  private static Node clipped(Node x) {
    return x.relu().min(6);
  }
}
