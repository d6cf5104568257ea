package org.tombolo.nn.zoo;

import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Network;

/// ResNet-18 (He et al., *Deep residual learning for image recognition*, CVPR 2016, table 1): four
/// stages of two blocks of two convolutions, with projections where the size changes.
final class ResNet18 {
  private static final int STAGES = 4;
  private static final int BLOCKS = 2;

  private ResNet18() {}

  /// @param batch images
  /// @param side of an image, in pixels: 224 in the paper
  /// @param width channels of the first stage: 64 in the paper
  /// @param classes 1000 in the paper
  static Network of(int batch, int side, int width, int classes) {
    return new Network(
        "resnet-18",
        TensorType.of(DType.I32, batch),
        classes,
        w -> {
          Node image = w.input("features", TensorType.f32(batch, side, side, 3), 0);
          Node x = Convolutions.normalized(w, "stem", image, width, 7, 2, 1).relu();
          WindowDim along = WindowDim.of(3, 2, 1, 1);
          x =
              x.reduceWindow(
                  ReduceFn.MAX, List.of(WindowDim.each(), along, along, WindowDim.each()));
          for (int stage = 0; stage < STAGES; stage++) {
            for (int block = 0; block < BLOCKS; block++) {
              int stride = stage > 0 && block == 0 ? 2 : 1;
              x = block(w, "stage%d/block%d".formatted(stage, block), x, width << stage, stride);
            }
          }
          return w.layer("classes", Dense.of(classes), Convolutions.averaged(x));
        });
  }

  private static Node block(Network.Wiring w, String name, Node x, int filters, int stride) {
    Node first = Convolutions.normalized(w, name + "/conv1", x, filters, 3, stride, 1).relu();
    Node second = Convolutions.normalized(w, name + "/conv2", first, filters, 3, 1, 1);
    Node shortcut =
        stride == 1
            ? x
            : Convolutions.normalized(w, name + "/projection", x, filters, 1, stride, 1);
    return second.add(shortcut).relu();
  }
}
