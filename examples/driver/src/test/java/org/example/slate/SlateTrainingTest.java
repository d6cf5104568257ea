package org.example.slate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Trains on the slate and the processor together: each gets what it can do, or does best.
class SlateTrainingTest {
  private static final int ROWS = 256;
  private static final int WIDTH = 96;
  private static final int STEPS = 5;

  /// Two layers with a rectifier between them, whose gradient compares and selects: the slate has
  /// neither.
  private static Graph step() {
    GraphBuilder g = new GraphBuilder("two-layers");
    Node x = g.input("x", TensorType.f32(ROWS, WIDTH));
    Node v = g.variable("v", TensorType.f32(WIDTH, WIDTH));
    Node w = g.variable("w", TensorType.f32(WIDTH, WIDTH));
    Node error = x.matmul(v).relu().matmul(w).sub(x);
    Node loss = error.square().mean();
    List<Node> gradients = Gradients.of(loss, List.of(v, w));
    g.assign("v", v.sub(gradients.get(0).mul(4)));
    g.assign("w", w.sub(gradients.get(1).mul(4)));
    g.output("loss", loss);
    return g.build();
  }

  @Test
  void theSlateDoesWhatItCanAndTheProcessorTheRest() {
    Graph step = step();
    Map<String, Tensor> feeds = Map.of("x", wave(Shape.of(ROWS, WIDTH), 1));
    Map<String, Tensor> want =
        new java.util.HashMap<>(
            Map.of("v", wave(Shape.of(WIDTH, WIDTH), 2), "w", wave(Shape.of(WIDTH, WIDTH), 3)));
    try (Engine engine = Engine.open("cpu,slate");
        State state = engine.newState()) {
      want.forEach(state::set);
      try (Plan plan = engine.compile(step, state)) {
        String explained = plan.explain();
        assertTrue(
            explained.lines().anyMatch(line -> line.matches(".* slate:0 .*dot.*")), explained);
        assertTrue(
            explained.lines().anyMatch(line -> line.matches(".* cpu:0 .*select.*")), explained);
        for (int i = 0; i < STEPS; i++) {
          Reference.Result reference = Reference.run(step, feeds, want);
          float loss = plan.run(feeds).get("loss").toFloats()[0];
          double wanted = reference.outputs().get("loss").at(0);
          assertEquals(wanted, loss, 1e-4 * wanted, "loss of step " + i);
          want.putAll(reference.variables());
        }
      }
    }
  }

  private static Tensor wave(Shape shape, int which) {
    return Tensor.filled(
        new TensorType(org.tombolo.graph.DType.F32, shape),
        i -> 0.2 * Math.sin(which * 7 + i * 0.37));
  }
}
