package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;

/// Random numbers are the same on every device, but for rounding.
class RandomOnDevicesTest {
  private static final int COUNT = 10_007;

  static List<String> engines() {
    return TestEngines.names().toList();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void areThoseOfTheReference(String name) {
    GraphBuilder g = new GraphBuilder("random");
    Node key = g.input("key", TensorType.of(DType.I64, 2));
    Shape shape = Shape.of(COUNT);
    g.output("normal", g.randomNormal(key, shape));
    g.output("truncated", g.randomTruncatedNormal(key, shape, -2, 2));
    g.output("bernoulli", g.randomBernoulli(key, shape, 0.3));
    g.output("permutation", g.randomPermutation(key, COUNT));
    Graph graph = g.build();
    Map<String, Tensor> feeds = Map.of("key", Tensor.of(new long[] {11, 13}));
    Reference.Result want = Reference.run(graph, feeds, Map.of());
    try (Engine engine = TestEngines.open(name);
        Plan plan = engine.compile(graph, engine.newState())) {
      plan.run(feeds)
          .forEach((output, got) -> {
            boolean rounded = output.equals("normal") || output.equals("truncated");
            double bound = rounded ? 1e-5 : 0;
            for (int i = 0; i < COUNT; i++) {
              double distance = Math.abs(want.output(output).at(i) - got.at(i));
              assertTrue(distance <= bound, output + " " + i + " is off by " + distance);
            }
          });
    }
  }
}
