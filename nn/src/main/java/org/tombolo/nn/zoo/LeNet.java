package org.tombolo.nn.zoo;

import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Activation;
import org.tombolo.nn.AvgPool2d;
import org.tombolo.nn.Conv2d;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Flatten;
import org.tombolo.nn.Network;

/// LeNet-5 (LeCun et al., *Gradient-based learning applied to document recognition*, Proceedings of
/// the IEEE 86, 1998) with the second convolution connected to all maps and a plain last layer.
final class LeNet {
  private static final int CLASSES = 10;
  private static final int SIDE = 28;

  private LeNet() {}

  /// @param batch images of 28x28 bytes
  static Network of(int batch) {
    return new Network(
        "lenet",
        TensorType.of(DType.U8, batch),
        CLASSES,
        w -> {
          Node bytes = w.input("features", TensorType.of(DType.U8, batch, SIDE, SIDE, 1), 256);
          Node x = bytes.cast(DType.F32).mul(1.0 / 255);
          x = w.layer("conv1", Conv2d.of(6, 5).same().activation(Activation.TANH), x);
          x = w.layer("pool1", AvgPool2d.of(2), x);
          x = w.layer("conv2", Conv2d.of(16, 5).activation(Activation.TANH), x);
          x = w.layer("pool2", AvgPool2d.of(2), x);
          x = w.layer("flatten", new Flatten(), x);
          x = w.layer("dense1", Dense.of(120).activation(Activation.TANH), x);
          x = w.layer("dense2", Dense.of(84).activation(Activation.TANH), x);
          return w.layer("dense3", Dense.of(CLASSES), x);
        });
  }
}
