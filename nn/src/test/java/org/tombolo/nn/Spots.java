package org.tombolo.nn;

import java.util.List;
import java.util.SplittableRandom;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.DataSet;

/// A task that is learned in moments: three spots in the plane.
final class Spots {
  private Spots() {}

  static DataSet data(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[][] centres = {{60, 60}, {190, 70}, {120, 200}};
    Tensor labels = Tensor.filled(TensorType.of(DType.U8, count), i -> i % 3);
    Tensor features =
        Tensor.filled(
            TensorType.of(DType.U8, count, 2),
            i -> centres[(int) (i / 2 % 3)][(int) (i % 2)] + random.nextInt(-40, 41));
    return new DataSet("spots", features, labels, List.of("left", "right", "top"));
  }

  static Model model() {
    return Model.sequential(
        "spots",
        Shape.of(2),
        new Scale(1 / 64.0, -2),
        Dense.of(6).activation(Activation.TANH),
        new Dropout(0.1),
        Dense.of(3));
  }
}
