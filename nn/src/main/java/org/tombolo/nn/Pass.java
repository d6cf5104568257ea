package org.tombolo.nn;

import java.util.Map;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.Seeds;

/// One way through a model while its graph is built: where a layer finds its parameters and what it
/// has to know besides its input.
public final class Pass {
  private final GraphBuilder builder;
  private final Map<String, Node> parameters;
  private final String layer;
  private final Randomness randomness;
  private final Map<String, Node> updates;

  /// What is random in a pass.
  sealed interface Randomness {
    /// Nothing: the model is used, not trained.
    record None() implements Randomness {}

    /// Everything follows from the seed, the step and the layer.
    ///
    /// @param seed of the training
    /// @param step number of the present step, `i64[]`
    record Seeded(long seed, Node step) implements Randomness {}
  }

  /// @param builder of the graph
  /// @param parameters parameters and statistics by name
  /// @param layer name of the layer
  /// @param randomness what is random
  /// @param updates takes the next values of statistics, by name
  Pass(
      GraphBuilder builder,
      Map<String, Node> parameters,
      String layer,
      Randomness randomness,
      Map<String, Node> updates) {
    this.builder = builder;
    this.parameters = parameters;
    this.layer = layer;
    this.randomness = randomness;
    this.updates = updates;
  }

  /// The present value of a parameter or a statistic of the layer, by its name within the layer.
  public Node parameter(String name) {
    String full = layer + "/" + name;
    Node node = parameters.get(full);
    if (node == null) {
      throw new IllegalArgumentException(
          "%s: no parameter \"%s\"; there are %s".formatted(layer, full, parameters.keySet()));
    }
    return node;
  }

  /// Gives a statistic of the layer its value after the step; only in training.
  ///
  /// @param name within the layer
  /// @param value of the statistic's shape
  public void update(String name, Node value) {
    if (!training()) {
      throw new IllegalStateException(layer + ": no update of \"" + name + "\" outside training");
    }
    updates.put(layer + "/" + name, value);
  }

  /// Whether the pass is one of training.
  public boolean training() {
    return randomness instanceof Randomness.Seeded;
  }

  /// A key `i64[2]` for random bits that no other layer and no other step has.
  ///
  /// @throws IllegalStateException outside training
  public Node randomKey() {
    return switch (randomness) {
      case Randomness.None() ->
          throw new IllegalStateException(layer + ": no random key outside training");
      case Randomness.Seeded(long seed, Node step) -> {
        TensorType type = TensorType.of(DType.I64, 2);
        // A select, not a concat, so that the key is fused into what draws from it.
        Node second = builder.iota(type, 0).compare(CompareFn.EQ, 1);
        Node layerSeed = builder.constant(Tensor.of(new long[] {Seeds.derive(seed, layer)}));
        yield second.select(step, layerSeed);
      }
    };
  }
}
