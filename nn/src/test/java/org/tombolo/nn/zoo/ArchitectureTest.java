package org.tombolo.nn.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.ModelGraph;
import org.tombolo.nn.Network;
import org.tombolo.nn.Optimizer;

class ArchitectureTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// The convolutional ones as their papers' reference programs have them, LeNet with its second
  /// convolution connected to all maps; the others as the products of their extents add up.
  @ParameterizedTest
  @CsvSource({
    "mlp, 535818",
    "lenet, 61706",
    "resnet-18, 11689512",
    "mobilenet-v2, 3504872",
    "lstm, 2823426",
  })
  void haveAsManyParametersAsPublished(String name, long parameters) {
    Network network = Architecture.named(name).network(Architecture.Size.FULL);
    assertEquals(parameters, network.parameters().stream().mapToLong(p -> p.shape().size()).sum());
  }

  /// Four steps on one batch by the reference.
  @ParameterizedTest
  @EnumSource
  void learn(Architecture architecture) {
    Network network = architecture.network(Architecture.Size.SMALL);
    Map<String, Tensor> feeds = network.examples(SEED);
    Optimizer descent = Optimizer.Sgd.withRate(0.001); // short steps, so that each goes down
    Map<String, Tensor> variables = network.initial(descent, SEED);
    Graph training = network.training(descent, SEED);
    double first = Double.NaN;
    double last = Double.NaN;
    for (int step = 0; step < 4; step++) {
      Reference.Result result = Reference.run(training, feeds, variables);
      last = result.outputs().get(ModelGraph.LOSS).at(0);
      first = step == 0 ? last : first;
      Map<String, Tensor> next = new HashMap<>(variables);
      next.putAll(result.variables());
      variables = next;
    }
    assertTrue(last < first, "loss went from %s to %s, seed %d".formatted(first, last, SEED));
    Map<String, Tensor> unlabelled = new HashMap<>(feeds);
    unlabelled.remove(ModelGraph.LABELS);
    Graph forward = network.forward();
    Map<String, Tensor> used = new HashMap<>(variables);
    used.keySet().retainAll(ArchitectureTest.variables(forward));
    Tensor scores = Reference.run(forward, unlabelled, used).outputs().get(ModelGraph.PREDICTION);
    assertEquals(Shape.of(network.labels().size(), network.classes()), scores.shape());
    assertTrue(Float.isFinite(scores.toFloats()[0]));
  }

  private static Set<String> variables(Graph graph) {
    Set<String> names = new HashSet<>();
    graph.variables().forEach(node -> names.add(((Op.Variable) node.op()).name()));
    return names;
  }

  @Test
  void anUnknownNameIsRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Architecture.named("alexnet"));
    assertEquals(
        "architecture alexnet: not known; there are mlp, lenet, resnet-18, mobilenet-v2, lstm, bert,"
            + " gpt, u-net, embedding, mixture-of-experts\n  try: mlp",
        e.getMessage());
  }
}
