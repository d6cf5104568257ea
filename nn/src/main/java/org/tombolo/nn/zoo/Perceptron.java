package org.tombolo.nn.zoo;

import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Activation;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Network;

/// Three dense layers.
final class Perceptron {
  private static final long CLASSES = 10;

  private Perceptron() {}

  /// @param batch examples
  /// @param inputs features of an example
  /// @param hidden units of the first hidden layer; the second has half as many
  static Network of(int batch, int inputs, int hidden) {
    return new Network(
        "mlp",
        TensorType.of(DType.I32, batch),
        CLASSES,
        w -> {
          Node x = w.input("features", TensorType.f32(batch, inputs), 0);
          Node first = w.layer("dense1", Dense.of(hidden).activation(Activation.RELU), x);
          Node second = w.layer("dense2", Dense.of(hidden / 2).activation(Activation.RELU), first);
          return w.layer("dense3", Dense.of((int) CLASSES), second);
        });
  }
}
