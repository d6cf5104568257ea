package org.tombolo.nn.zoo;

import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Activation;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Initializer;
import org.tombolo.nn.LayerNorm;
import org.tombolo.nn.Network;

/// A language model whose blocks send each token to one of several experts (Fedus, Zoph and
/// Shazeer, *Switch transformers: scaling to trillion parameter models with simple and efficient
/// sparsity*, JMLR 23, 2022, without the loss that balances the experts).
///
/// An expert has room for so many tokens; those that come later pass by it. Which token has which
/// place is a running sum over the choices, and tokens move there and back by products with zeros
/// and ones, so that all extents are fixed.
final class SwitchTransformer {
  private static final int WIDENING = 4;

  private SwitchTransformer() {}

  /// @param experts in each block
  /// @param room tokens that an expert takes
  static Network of(Transformers.Size size, int experts, int room) {
    return new Network(
        "mixture-of-experts",
        Transformers.labels(size),
        size.vocabulary(),
        w -> {
          TensorType type = TensorType.of(DType.I32, size.batch(), size.time());
          Node table = Transformers.table(w, "words", size.vocabulary(), size);
          Node words = w.input("words", type, size.vocabulary());
          Node x = table.gather(0, words).add(Transformers.positions(w, size));
          for (int block = 0; block < size.blocks(); block++) {
            String name = "block" + block;
            x = Transformers.attended(w, name, x, size);
            Node rows =
                w.layer(name + "/norm2", new LayerNorm(), x)
                    .reshape(size.tokens(), size.features());
            x = x.add(mixture(w, name, rows, experts, room).reshape(x.shape()));
          }
          return Transformers.scores(w, x, table, size);
        });
  }

  private static Node mixture(Network.Wiring w, String name, Node rows, int experts, int room) {
    long tokens = rows.shape().dim(0);
    int features = Math.toIntExact(rows.shape().dim(1));
    Shape choices = Shape.of(tokens, experts);
    Shape router = Shape.of(features, experts);
    Node weights = w.parameter(name + "/router", router, new Initializer.GlorotUniform());
    Node shares = rows.matmul(weights).softmax(1);
    Node chosen = oneHot(shares.argMax(1), choices);
    Node place = chosen.scan(ReduceFn.SUM, 0).mul(chosen).sum(1).sub(1);
    Node slot = oneHot(place.cast(DType.I32), Shape.of(tokens, room));
    Node all = null;
    for (int expert = 0; expert < experts; expert++) {
      Node mine = chosen.slice(1, expert, expert + 1).broadcastTo(slot.shape()).mul(slot);
      Node share = shares.slice(1, expert, expert + 1).broadcastTo(slot.shape());
      String own = name + "/expert" + expert;
      Dense wide = Dense.of(WIDENING * features).activation(Activation.RELU);
      Node taken = mine.transpose().matmul(rows);
      Node made = w.layer(own + "/narrow", Dense.of(features), w.layer(own + "/wide", wide, taken));
      Node given = mine.mul(share).matmul(made);
      all = all == null ? given : all.add(given);
    }
    if (all == null) {
      throw new IllegalArgumentException("mixture: no experts; need at least one\n  try: 4");
    }
    return all;
  }

  /// Ones where the column is the index of the row, zeros elsewhere; a row of zeros for an index
  /// outside.
  private static Node oneHot(Node index, Shape shape) {
    Node columns = index.builder().iota(new TensorType(DType.I32, shape), 1);
    return columns
        .compare(CompareFn.EQ, index.reshape(shape.dim(0), 1).broadcastTo(shape))
        .cast(DType.F32);
  }
}
