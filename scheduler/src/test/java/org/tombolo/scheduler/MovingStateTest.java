package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Variables that have a home, and a plan for another batch that would rather have them elsewhere:
/// what moves has to pay for itself.
class MovingStateTest {
  /// A device that is near and slow, and one that is far and fast.
  private static List<SimulatedDevice> devices() {
    Link near = new Link(Link.Mode.SHARED, 1e-8, 1e11, 1e11);
    Link far = new Link(Link.Mode.DIRECT, 1e-4, 2e8, 2e8);
    return List.of(
        SimulatedDevice.of("simulated:0", 1 << 24)
            .withSpeed(new DeviceInfo.Speed(1e10, 1e10, 1e-7))
            .withLink(near),
        SimulatedDevice.of("simulated:1", 1 << 24)
            .withSpeed(new DeviceInfo.Speed(1e12, 1e11, 1e-6))
            .withLink(far));
  }

  private static Graph graph(int batch, boolean trains) {
    GraphBuilder g = new GraphBuilder("batch" + batch);
    Node w = g.variable("w", TensorType.f32(128, 128));
    Node y = g.input("x", TensorType.f32(batch, 128)).matmul(w);
    if (trains) {
      g.assign("w", w.sub(y.transpose().matmul(y).mul(1e-3)));
    }
    g.output("y", y.sum(0, 1));
    return g.build();
  }

  private static void run(Engine engine, State state, Graph graph) {
    TensorType type = graph.inputs().getFirst().type();
    try (Plan plan = engine.compile(graph, state)) {
      plan.run(Map.of("x", Tensor.filled(type, k -> k % 3 - 1.0)));
    }
  }

  private static long stateBytes(Engine engine) {
    return engine.meter().snapshot().entrySet().stream()
        .filter(entry -> entry.getKey().purpose() == ByteMeter.Purpose.STATE)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static int home(int batch, boolean trains, Map<String, Integer> homes, long steps) {
    Graph graph = graph(batch, trains);
    PlanOptions options = PlanOptions.defaults().withExpectedSteps(steps);
    Placement placement =
        Placement.of(PlacementRequest.with(graph, List.copyOf(devices()), homes, options));
    return placement.devices().entrySet().stream()
        .filter(entry -> entry.getKey().op().mnemonic().equals("dot"))
        .mapToInt(Map.Entry::getValue)
        .min()
        .orElseThrow();
  }

  @Test
  void whatIsTrainedStaysWhereItIs() {
    long many = 1_000_000;
    assertEquals(1, home(2000, true, Map.of(), many), "a large batch");
    assertEquals(0, home(1, true, Map.of(), many), "a small one");
    assertEquals(1, home(1, true, Map.of("w", 1), many), "a small one after a large one");
    try (Engine engine = Engine.of(devices());
        State state = engine.newState()) {
      state.set("w", Tensor.full(TensorType.f32(128, 128), 0.1));
      run(engine, state, graph(2000, true));
      long before = stateBytes(engine);
      for (int batch : new int[] {1, 2000, 3}) {
        run(engine, state, graph(batch, true));
      }
      assertEquals(before, stateBytes(engine), "bytes of state that moved");
    }
  }

  @Test
  void whatIsOnlyReadIsCopiedIfThatPays() {
    Map<String, Integer> there = Map.of("w", 1);
    assertEquals(0, home(1, false, Map.of(), 1), "nothing is anywhere yet");
    assertEquals(1, home(1, false, there, 1), "one run does not pay for a copy");
    assertEquals(0, home(1, false, there, 1_000_000), "many do");
    assertEquals(1, home(2000, false, Map.of("w", 0), 1_000_000), "many large ones, too");
  }
}
