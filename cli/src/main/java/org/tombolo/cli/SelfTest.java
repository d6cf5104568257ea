package org.tombolo.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Trains a very small network for two steps and compares every number with the double-precision
/// reference: convolution, pooling, matrix product and loss, forward and backward.
final class SelfTest {
  /// Sums here have at most 72 terms of size about one: `72 * 2^-24` is 4e-6, times what two steps
  /// add up.
  private static final double TOLERANCE = 1e-4;

  private static final int STEPS = 2;
  private static final TensorType IMAGES = TensorType.f32(2, 6, 6, 1);
  private static final TensorType KERNEL = TensorType.f32(3, 3, 1, 3);
  private static final TensorType WEIGHTS = TensorType.f32(27, 4);

  private SelfTest() {}

  /// Runs on the devices of an engine.
  ///
  /// @return the first number that is wrong, in words; empty if there is none
  static Optional<String> firstError(Engine engine) {
    Graph graph = graph();
    Map<String, Tensor> feeds =
        Map.of(
            "images", wave(IMAGES, 0.7),
            "labels", Tensor.of(new int[] {1, 3}, 2));
    Map<String, Tensor> variables = new LinkedHashMap<>();
    variables.put("kernel", wave(KERNEL, 1.3));
    variables.put("weights", wave(WEIGHTS, 2.1));
    try (State state = engine.newState()) {
      variables.forEach(state::set);
      try (Plan plan = engine.compile(graph, state)) {
        for (int step = 1; step <= STEPS; step++) {
          Reference.Result want = Reference.run(graph, feeds, variables);
          Map<String, Tensor> got = new LinkedHashMap<>(plan.run(feeds));
          Map<String, Tensor> expected = new LinkedHashMap<>(want.outputs());
          want.variables()
              .forEach((name, value) -> {
                variables.put(name, value);
                expected.put(name, value);
                got.put(name, state.get(name));
              });
          for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
            Optional<String> error =
                difference(entry.getValue(), Optional.ofNullable(got.get(entry.getKey())));
            if (error.isPresent()) {
              return Optional.of("step %d, %s%s".formatted(step, entry.getKey(), error.get()));
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("self-test");
    Node images = g.input("images", IMAGES);
    Node labels = g.input("labels", TensorType.of(DType.I32, 2));
    Node kernel = g.variable("kernel", KERNEL);
    Node weights = g.variable("weights", WEIGHTS);
    WindowDim pair = WindowDim.of(2, 2, 0, 0);
    Node hidden =
        images
            .conv2d(kernel, 1, 1)
            .relu()
            .reduceWindow(ReduceFn.MAX, List.of(WindowDim.each(), pair, pair, WindowDim.each()));
    Node scores = hidden.reshape(2, 27).matmul(weights);
    Node loss = g.call(new Composite.SparseCrossEntropy(), scores, labels).mean();
    List<Node> gradients = Gradients.of(loss, List.of(kernel, weights));
    g.assign("kernel", kernel.sub(gradients.get(0).mul(0.5)));
    g.assign("weights", weights.sub(gradients.get(1).mul(0.5)));
    g.output("scores", scores);
    g.output("loss", loss);
    return g.build();
  }

  /// Numbers between -1 and 1 without ties, so that maxima are unique.
  private static Tensor wave(TensorType type, double frequency) {
    return Tensor.filled(type, i -> Math.sin(frequency * (i + 1)));
  }

  private static Optional<String> difference(Tensor want, Optional<Tensor> maybe) {
    if (maybe.isEmpty()) {
      return Optional.of(" is missing");
    }
    Tensor got = maybe.get();
    if (!got.type().equals(want.type())) {
      return Optional.of(" is %s, the reference says %s".formatted(got.type(), want.type()));
    }
    for (long i = 0; i < want.type().size(); i++) {
      double bound = TOLERANCE * Math.max(1, Math.abs(want.at(i)));
      if (!(Math.abs(got.at(i) - want.at(i)) <= bound)) {
        return Optional.of("[%d] is %s, the reference says %s".formatted(i, got.at(i), want.at(i)));
      }
    }
    return Optional.empty();
  }
}
