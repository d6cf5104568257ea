package org.tombolo.nn.zoo;

import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Activation;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Initializer;
import org.tombolo.nn.LayerNorm;
import org.tombolo.nn.MultiHeadAttention;
import org.tombolo.nn.Network;

/// Language models of transformer blocks.
final class Transformers {
  private static final int WIDENING = 4;

  private Transformers() {}

  /// Extents of a transformer.
  ///
  /// @param batch texts
  /// @param time tokens of a text
  /// @param vocabulary different tokens
  /// @param features of a token, divisible by the heads
  /// @param heads of each block
  /// @param blocks one after the other
  record Size(int batch, int time, int vocabulary, int features, int heads, int blocks) {
    int tokens() {
      return batch * time;
    }
  }

  /// BERT (Devlin et al., *BERT: pre-training of deep bidirectional transformers for language
  /// understanding*, NAACL 2019) with the part that guesses hidden words: norms after each block,
  /// the table of words used again for the scores.
  static Network bert(Size size) {
    return new Network(
        "bert",
        labels(size),
        size.vocabulary(),
        w -> {
          TensorType type = TensorType.of(DType.I32, size.batch(), size.time());
          Node words = w.input("words", type, size.vocabulary());
          Node sentence = w.input("sentence", type, 2);
          Node table = table(w, "words", size.vocabulary(), size);
          Node x =
              table
                  .gather(0, words)
                  .add(positions(w, size))
                  .add(table(w, "sentence", 2, size).gather(0, sentence));
          x = w.layer("embedding/norm", new LayerNorm(), x);
          for (int block = 0; block < size.blocks(); block++) {
            String name = "block" + block;
            Node seen = w.layer(name + "/attention", MultiHeadAttention.of(size.heads()), x);
            x = w.layer(name + "/norm1", new LayerNorm(), x.add(seen));
            Node widened = widened(w, name, x, Activation.GELU);
            x = w.layer(name + "/norm2", new LayerNorm(), x.add(widened));
          }
          Node rows = x.reshape(size.tokens(), size.features());
          Dense dense = Dense.of(size.features()).activation(Activation.GELU);
          Node head = w.layer("head/norm", new LayerNorm(), w.layer("head", dense, rows));
          Node bias = w.parameter("scores/bias", Shape.of(size.vocabulary()), zero());
          Node scores = head.matmul(table.transpose());
          return scores.add(bias.broadcastTo(scores.shape()));
        });
  }

  /// GPT-2 (Radford et al., *Language models are unsupervised multitask learners*, 2019): norms
  /// before each block, no place sees a later one, the table of words used again for the scores.
  static Network gpt(Size size) {
    return new Network(
        "gpt",
        labels(size),
        size.vocabulary(),
        w -> {
          TensorType type = TensorType.of(DType.I32, size.batch(), size.time());
          Node table = table(w, "words", size.vocabulary(), size);
          Node x =
              table.gather(0, w.input("words", type, size.vocabulary())).add(positions(w, size));
          for (int block = 0; block < size.blocks(); block++) {
            String name = "block" + block;
            x = attended(w, name, x, size);
            Node normal = w.layer(name + "/norm2", new LayerNorm(), x);
            x = x.add(widened(w, name, normal, Activation.GELU_TANH));
          }
          return scores(w, x, table, size);
        });
  }

  /// The first half of a block with norms before: `x + attention(norm(x))`, looking back alone.
  static Node attended(Network.Wiring w, String name, Node x, Size size) {
    Node normal = w.layer(name + "/norm1", new LayerNorm(), x);
    return x.add(w.layer(name + "/attention", MultiHeadAttention.causal(size.heads()), normal));
  }

  /// Scores of the next word from a last norm and the table of words.
  static Node scores(Network.Wiring w, Node x, Node table, Size size) {
    Node last = w.layer("norm", new LayerNorm(), x);
    return last.reshape(size.tokens(), size.features()).matmul(table.transpose());
  }

  /// A learned vector for each of some numbers: `[count, features]`.
  static Node table(Network.Wiring w, String name, int count, Size size) {
    return w.parameter(
        name + "/table", Shape.of(count, size.features()), new Initializer.GlorotUniform());
  }

  /// A learned vector for each place, repeated for each text: `[batch, time, features]`.
  static Node positions(Network.Wiring w, Size size) {
    return table(w, "positions", size.time(), size)
        .reshape(1, size.time(), size.features())
        .broadcastTo(Shape.of(size.batch(), size.time(), size.features()));
  }

  /// Labels for each token.
  static TensorType labels(Size size) {
    return TensorType.of(DType.I32, size.tokens());
  }

  private static Node widened(Network.Wiring w, String name, Node x, Activation activation) {
    int features = Math.toIntExact(x.shape().dim(2));
    Node rows = x.reshape(x.shape().dim(0) * x.shape().dim(1), features);
    Dense wide = Dense.of(WIDENING * features).activation(activation);
    Node narrow =
        w.layer(name + "/narrow", Dense.of(features), w.layer(name + "/wide", wide, rows));
    return narrow.reshape(x.shape());
  }

  private static Initializer zero() {
    return new Initializer.Constant(0);
  }
}
