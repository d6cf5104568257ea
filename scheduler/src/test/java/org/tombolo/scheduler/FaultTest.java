package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.device.DeviceException;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Every kind of failure at every place of a small training run.
class FaultTest {
  private static final int STEPS = 2;

  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("descent");
    Node x = g.input("x", TensorType.f32(4, 3));
    Node w = g.variable("w", TensorType.f32(3, 2));
    Node y = x.matmul(w);
    g.assign("w", w.sub(x.transpose().matmul(y).mul(0.1)));
    g.output("loss", y.square().sum());
    return g.build();
  }

  private static float train(SimulatedDevice device, boolean[] finished) {
    Tensor x = Tensor.filled(TensorType.f32(4, 3), i -> i * 0.1 - 0.5);
    float loss = Float.NaN;
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      state.set("w", Tensor.full(TensorType.f32(3, 2), 0.5));
      Plan plan = engine.compile(graph(), state);
      for (int step = 0; step < STEPS; step++) {
        loss = plan.run(Map.of("x", x)).get("loss").toFloats()[0];
      }
      finished[0] = true;
    }
    return loss;
  }

  @ParameterizedTest
  @EnumSource(FaultPlan.Kind.class)
  void endsInATypedErrorAndLeaksNothing(FaultPlan.Kind kind) {
    boolean[] finished = {false};
    float want = train(SimulatedDevice.of("simulated:0", 1 << 20), finished);
    int failures = 0;
    finished[0] = false;
    for (int at = 0; !finished[0]; at++) {
      SimulatedDevice device =
          SimulatedDevice.of("simulated:0", 1 << 20).withFaults(FaultPlan.at(kind, at));
      try {
        assertEquals(want, train(device, finished));
      } catch (DeviceException e) {
        failures++;
        assertEquals("simulated:0", e.device());
        assertTrue(e.getMessage().contains("\n  try: "), e.getMessage());
      }
      assertEquals(0, device.allocatedBytes(), "bytes left after " + kind + " " + at);
    }
    assertTrue(failures >= STEPS, failures + " failures");
  }
}
