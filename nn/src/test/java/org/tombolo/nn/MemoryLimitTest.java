package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.State;
import org.tombolo.scheduler.report.PlanReport;

/// A limit of memory on a device with a driver of its own, beside the processor.
class MemoryLimitTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final TensorType ROWS = TensorType.f32(256, 16);

  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("training");
    Node y = g.input("x", ROWS);
    List<Node> weights = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      weights.add(g.variable("w" + i, TensorType.f32(16, 16)));
      y = y.matmul(weights.getLast()).tanh();
    }
    Node loss = y.mul(y).sum(0, 1);
    List<Node> gradients = Gradients.of(loss, weights);
    for (int i = 0; i < weights.size(); i++) {
      g.assign("w" + i, weights.get(i).sub(gradients.get(i).mul(0.01)));
    }
    g.output("loss", loss);
    return g.build();
  }

  /// What runs gave, and the memory that they took.
  private record Outcome(Map<String, byte[]> bits, PlanReport report) {
    long peak() {
      return report.devices().stream()
          .filter(device -> device.id().startsWith("opencl"))
          .mapToLong(PlanReport.Device::peakBytes)
          .sum();
    }
  }

  private static Outcome run(PlanOptions options) {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, byte[]> bits = new TreeMap<>();
    try (Engine engine = Engine.open("cpu,opencl");
        State state = engine.newState()) {
      for (int i = 0; i < 8; i++) {
        state.set(
            "w" + i, Tensor.filled(TensorType.f32(16, 16), _ -> random.nextDouble(-0.5, 0.5)));
      }
      Tensor x = Tensor.filled(ROWS, _ -> random.nextDouble(-1, 1));
      try (Plan plan = engine.compile(graph(), state, options)) {
        for (int step = 0; step < 3; step++) {
          Map<ByteMeter.Route, Long> moved = new TreeMap<>();
          engine.meter().snapshot().forEach((route, bytes) -> moved.put(route, -bytes));
          Tensor loss = plan.run(Map.of("x", x)).get("loss");
          engine.meter().snapshot().forEach((route, bytes) -> moved.merge(route, bytes, Long::sum));
          moved.values().removeIf(bytes -> bytes == 0);
          assertEquals(plan.traffic(), moved, "planned and metered, seed " + SEED);
          bits.put("loss" + step, loss.data().toArray(ValueLayout.JAVA_BYTE));
        }
        for (String name : state.names()) {
          bits.put(name, state.get(name).data().toArray(ValueLayout.JAVA_BYTE));
        }
        return new Outcome(bits, plan.report());
      }
    }
  }

  @Test
  void trainingOnOpenClFitsIntoThreeFifthsOfItsMemoryWithTheSameBits() {
    TestEngines.open("opencl").close(); // skips where there is none
    PlanOptions options = PlanOptions.defaults().withPin("", "opencl:0");
    Outcome free = run(options);
    assertEquals(List.of(), free.report().returns());
    long limit = free.peak() * 6 / 10;
    Outcome tight = run(options.withMemoryLimit("opencl:0", limit));
    assertTrue(tight.peak() <= limit, tight.peak() + " of " + limit);
    assertFalse(tight.report().returns().isEmpty(), tight.report()::text);
    free.bits()
        .forEach((name, bits) ->
            assertArrayEquals(bits, tight.bits().get(name), name + ", seed " + SEED));
  }
}
