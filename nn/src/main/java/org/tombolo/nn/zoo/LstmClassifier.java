package org.tombolo.nn.zoo;

import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Embedding;
import org.tombolo.nn.Lstm;
import org.tombolo.nn.Network;

/// Two recurrent layers over words: what a text is about.
final class LstmClassifier {
  private static final int CLASSES = 2;

  private LstmClassifier() {}

  /// @param batch texts
  /// @param time words of a text
  /// @param vocabulary different words
  /// @param units of each layer
  static Network of(int batch, int time, int vocabulary, int units) {
    return new Network(
        "lstm",
        TensorType.of(DType.I32, batch),
        CLASSES,
        w -> {
          Node words = w.input("words", TensorType.of(DType.I32, batch, time), vocabulary);
          Node x = w.layer("embedding", Embedding.of(vocabulary, units), words);
          x = w.layer("lstm1", Lstm.of(units).everyStep(), x);
          x = w.layer("lstm2", Lstm.of(units), x);
          return w.layer("classes", Dense.of(CLASSES), x);
        });
  }
}
