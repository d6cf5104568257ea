package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tombolo.device.RegionLimits;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.schedule.Schedule;

/// What regions plans have: recorded cases.
class RegionPlanTest {
  private static final TensorType ROWS = TensorType.f32(64, 64);

  private static SimulatedDevice device() {
    return SimulatedDevice.of("simulated:0", 1 << 28);
  }

  private static List<Regions.Placed> regions(Plan plan) {
    List<Regions.Placed> regions = new ArrayList<>();
    for (Schedule.Task task : plan.blueprint().schedule().tasks()) {
      if (task.action instanceof Schedule.Action.Run(Regions.Placed placed, int _)) {
        regions.add(placed);
      }
    }
    return regions;
  }

  private static List<String> stored(Regions.Placed region) {
    return region.outputs().stream().map(node -> node.op().mnemonic()).toList();
  }

  @Test
  void aDerivativeThatFollowsFromAKeptValueIsMadeOnTheWayBack() {
    GraphBuilder g = new GraphBuilder("chain");
    Node y = g.input("x", ROWS);
    List<Node> weights = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      weights.add(g.input("w" + i, ROWS));
      y = y.matmul(weights.getLast()).tanh();
    }
    List<Node> gradients = Gradients.of(y.mul(y).sum(0, 1), weights);
    for (int i = 0; i < weights.size(); i++) {
      g.output("d" + i, gradients.get(i));
    }
    try (Engine engine = Engine.of(List.of(device()));
        State state = engine.newState();
        Plan plan = engine.compile(g.build(), state)) {
      long forward =
          regions(plan).stream().filter(it -> stored(it).equals(List.of("tanh"))).count();
      assertEquals(5, forward, plan::explain); // in the last layer both ways meet
      long values = plan.statistics().memory().getFirst().liveBytes() / ROWS.bytes();
      assertTrue(values <= 12, values + " values live at once\n" + plan.explain());
    }
  }

  @Test
  void aValueOfSeveralRegionsIsMadeInEachWhereThatIsCheaperThanToStoreIt() {
    GraphBuilder g = new GraphBuilder("repeated");
    Node x = g.input("x", ROWS);
    Node centred = x.sub(1.5).mul(x);
    g.output("rows", centred.sum(1));
    g.output("columns", centred.sum(0));
    try (Engine engine = Engine.of(List.of(device()));
        State state = engine.newState();
        Plan plan = engine.compile(g.build(), state)) {
      assertEquals(2, regions(plan).size(), plan::explain);
      PlanReport.Task second =
          plan.report().tasks().stream()
              .filter(task -> !task.repeated().isEmpty())
              .findFirst()
              .orElseThrow();
      assertEquals(2, second.repeated().size());
      assertTrue(second.text().endsWith("again sub, mul)"), second.text());
      assertTrue(plan.report().text().contains(second.text()));
      Tensor fed = Tensor.filled(ROWS, i -> i % 7 - 2);
      Map<String, Tensor> results = plan.run(Map.of("x", fed));
      for (int row = 0; row < 64; row++) {
        double sum = 0;
        for (int column = 0; column < 64; column++) {
          double value = (row * 64 + column) % 7 - 2;
          sum += (value - 1.5) * value;
        }
        assertEquals(sum, results.get("rows").at(row), 1e-3);
      }
    }
  }

  @Test
  void functionsAreComputedOnce() {
    GraphBuilder g = new GraphBuilder("functions");
    Node e = g.input("x", ROWS).exp();
    g.output("rows", e.sum(1));
    g.output("columns", e.sum(0));
    try (Engine engine = Engine.of(List.of(device()));
        State state = engine.newState();
        Plan plan = engine.compile(g.build(), state)) {
      assertEquals(
          List.of(List.of("exp"), List.of("reduce_sum"), List.of("reduce_sum")),
          regions(plan).stream().map(RegionPlanTest::stored).toList());
    }
  }

  @Test
  void regionsKeepToTheLimitsOfTheirDevice() {
    GraphBuilder g = new GraphBuilder("wide");
    Node sum = g.input("x0", ROWS);
    for (int i = 1; i < 80; i++) {
      sum = sum.add(g.input("x" + i, ROWS));
      if (i % 3 == 0) {
        g.output("y" + i, sum.tanh());
      }
    }
    g.output("sum", sum);
    Graph graph = g.build();
    for (RegionLimits limits :
        List.of(RegionLimits.USUAL, new RegionLimits(5, 64), new RegionLimits(32, 2))) {
      try (Engine engine = Engine.of(List.of(device().withRegionLimits(limits)));
          State state = engine.newState();
          Plan plan = engine.compile(graph, state)) {
        for (Regions.Placed region : regions(plan)) {
          assertTrue(
              region.inputs().size() + region.outputs().size() <= limits.operands(), plan::explain);
          assertTrue(region.operations().size() <= limits.operations(), plan::explain);
        }
      }
    }
  }
}
