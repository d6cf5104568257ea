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

  Pass(GraphBuilder builder, Map<String, Node> parameters, String layer, Randomness randomness) {
    this.builder = builder;
    this.parameters = parameters;
    this.layer = layer;
    this.randomness = randomness;
  }

  /// The present value of a parameter of the layer, by its name within the layer.
  public Node parameter(String name) {
    String full = layer + "/" + name;
    Node node = parameters.get(full);
    if (node == null) {
      throw new IllegalArgumentException(
          "%s: no parameter \"%s\"; there are %s".formatted(layer, full, parameters.keySet()));
    }
    return node;
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
