package org.tombolo.nn.zoo;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Activation;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Initializer;
import org.tombolo.nn.Network;

/// A recommender with a table that may be larger than a device (Naumov et al., *Deep learning
/// recommendation model for personalization and recommendation systems*, arXiv:1906.00091, 2019):
/// numbers go through dense layers, names through tables, and the products of all pairs of vectors
/// through further layers.
final class Recommender {
  private static final int NUMBERS = 13;
  private static final int CLASSES = 2;

  private Recommender() {}

  /// @param batch examples
  /// @param features length of the vectors
  /// @param rows of each table, the large one first
  static Network of(int batch, int features, int... rows) {
    return new Network(
        "embedding",
        TensorType.of(DType.I32, batch),
        CLASSES,
        w -> {
          Node numbers = w.input("numbers", TensorType.f32(batch, NUMBERS), 0);
          Dense dense = Dense.of(features).activation(Activation.RELU);
          Node bottom = w.layer("bottom2", dense, w.layer("bottom1", dense, numbers));
          List<Node> vectors = new ArrayList<>(List.of(bottom.reshape(batch, 1, features)));
          for (int i = 0; i < rows.length; i++) {
            Node row = w.input("name" + i, TensorType.of(DType.I32, batch), rows[i]);
            Shape table = Shape.of(rows[i], features);
            Initializer start = new Initializer.GlorotUniform();
            Node vector = w.parameter("table" + i, table, start).gather(0, row);
            vectors.add(vector.reshape(batch, 1, features));
          }
          Node all = w.builder().concat(1, vectors.toArray(new Node[0]));
          Node products = all.matmul(all.permute(0, 2, 1));
          long pairs = (long) vectors.size() * vectors.size();
          Node joined = w.builder().concat(1, bottom, products.reshape(batch, pairs));
          Node top = w.layer("top1", Dense.of(2 * features).activation(Activation.RELU), joined);
          top = w.layer("top2", dense, top);
          return w.layer("classes", Dense.of(CLASSES), top);
        });
  }
}
