package org.tombolo.nn;

import org.tombolo.graph.Shape;

/// Small models that are known to work.
public final class Models {
  private Models() {}

  /// Handwritten digits of 8x8 pixels from 0 to 16, ten classes: two convolutions and a hidden
  /// layer with dropout. Reaches a test accuracy of 0.97 and more on
  /// [org.tombolo.nn.data.DataSets#digits] with [Adam][Optimizer.Adam] at rate 0.001, batches of 32
  /// and 20 epochs.
  public static Model digits() {
    return Model.sequential(
        "digits",
        Shape.of(8, 8, 1),
        Scale.by(1.0 / 16),
        Conv2d.of(32, 3).same().activation(Activation.RELU),
        MaxPool2d.of(2),
        Conv2d.of(64, 3).same().activation(Activation.RELU),
        MaxPool2d.of(2),
        new Flatten(),
        Dense.of(128).activation(Activation.RELU),
        new Dropout(0.5),
        Dense.of(10));
  }

  /// Pictures of 28x28 bytes, ten classes: the arrangement of LeNet-5 (LeCun et al.,
  /// *Gradient-based learning applied to document recognition*, Proceedings of the IEEE 86, 1998)
  /// with rectifiers, maximum pooling and dropout. Reaches a test accuracy of 0.90 and more on
  /// [org.tombolo.nn.data.DataSets#clothing] with [Adam][Optimizer.Adam] at rate 0.001, batches of
  /// 128 and 5 epochs.
  public static Model clothing() {
    return Model.sequential(
        "clothing",
        Shape.of(28, 28, 1),
        Scale.by(1.0 / 255),
        Conv2d.of(16, 5).same().activation(Activation.RELU),
        MaxPool2d.of(2),
        Conv2d.of(32, 5).same().activation(Activation.RELU),
        MaxPool2d.of(2),
        new Flatten(),
        Dense.of(128).activation(Activation.RELU),
        new Dropout(0.25),
        Dense.of(10));
  }
}
