package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Kernel;
import org.tombolo.device.RegionLimits;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.schedule.Schedule;

/// Products that take in the loop behind them, and those that must not.
class EpiloguesTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final TensorType ROWS = TensorType.f32(8, 8);

  private static SimulatedDevice device(RegionLimits limits) {
    return SimulatedDevice.of("simulated:0", 1 << 28).withRegionLimits(limits);
  }

  private static Graph graph(Consumer<GraphBuilder> body) {
    GraphBuilder g = new GraphBuilder("epilogues");
    body.accept(g);
    return g.build();
  }

  /// For each region, whether it is a product with an epilogue.
  private static List<Boolean> finished(Graph graph, RegionLimits limits) {
    try (Engine engine = Engine.of(List.of(device(limits)));
        State state = engine.newState()) {
      state.set("w", Tensor.full(ROWS, 1));
      List<Boolean> found = new ArrayList<>();
      try (Plan plan = engine.compile(graph, state)) {
        for (Schedule.Task task : plan.blueprint().schedule().tasks()) {
          if (task.action instanceof Schedule.Action.Run(Regions.Placed placed, int _)) {
            found.add(Kernel.of(placed.region()) instanceof Kernel.Finished);
          }
        }
      }
      return found;
    }
  }

  private static void assertRegions(List<Boolean> wanted, Consumer<GraphBuilder> body) {
    assertEquals(wanted, finished(graph(body), RegionLimits.USUAL.withEpilogues()));
  }

  private static Node product(GraphBuilder g) {
    return g.input("a", ROWS).matmul(g.input("b", ROWS));
  }

  @Test
  void aLoopThatAloneReadsAProductJoinsIt() {
    Consumer<GraphBuilder> dense =
        g ->
            g.output(
                "y",
                product(g).add(g.input("c", TensorType.f32(8)).broadcastTo(ROWS.shape())).max(0));
    assertRegions(List.of(true), dense);
    assertEquals(List.of(false, false), finished(graph(dense), RegionLimits.USUAL));
    RegionLimits narrow = new RegionLimits(4, 2).withEpilogues();
    assertEquals(List.of(false, false), finished(graph(dense), narrow));
  }

  @Test
  void shapesMayChangeInBetween() {
    assertRegions(List.of(true), g -> g.output("y", product(g).reshape(4, 16).tanh()));
  }

  @Test
  void ofTwoProductsOneJoins() {
    assertRegions(
        List.of(false, true),
        g -> g.output("y", product(g).mul(g.input("c", ROWS).matmul(g.input("d", ROWS)))));
  }

  @Test
  void whatOthersWantStaysInMemory() {
    assertRegions(
        List.of(false, false),
        g -> {
          Node product = product(g);
          g.output("product", product);
          g.output("y", product.tanh());
        });
    assertRegions(
        List.of(false, false, false),
        g -> {
          Node product = product(g);
          g.output("sum", product.sum(1));
          g.output("y", product.tanh());
        });
  }

  @Test
  void otherPlacesAreReadFromMemory() {
    assertRegions(
        List.of(false, false),
        g -> {
          Node product = product(g);
          g.output("y", product.add(product.transpose()));
        });
    assertRegions(
        List.of(false, false),
        g -> g.output("y", product(g).slice(0, 0, 1).broadcastTo(ROWS.shape()).add(1)));
  }

  @Test
  void variablesThatAreAssignedAreReadAsBefore() {
    assertRegions(
        List.of(false, false),
        g -> {
          Node weights = g.variable("w", ROWS);
          g.assign("w", weights.sub(g.input("a", ROWS).matmul(g.input("b", ROWS))));
        });
  }

  /// Every node of random graphs, with epilogues and without.
  @Test
  void resultsAreThoseOfTheReference() {
    int joined = 0;
    for (int round = 0; round < 150; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      GraphBuilder g = new GraphBuilder("random");
      List<Node> nodes = new ArrayList<>();
      Map<String, Tensor> feeds = new TreeMap<>();
      for (int i = 0; i < 3; i++) {
        nodes.add(g.input("x" + i, ROWS));
        feeds.put("x" + i, Tensor.filled(ROWS, _ -> random.nextDouble(-1, 1)));
      }
      for (int i = 0; i < 14; i++) {
        Node a = nodes.get(random.nextInt(Math.max(0, nodes.size() - 4), nodes.size()));
        Node b = nodes.get(random.nextInt(nodes.size()));
        nodes.add(
            switch (random.nextInt(7)) {
              case 0, 1 -> a.matmul(b).mul(0.25);
              case 2 -> a.matmul(b);
              case 3 -> a.add(b);
              case 4 -> a.tanh();
              case 5 -> a.sub(b.transpose());
              default -> a.max(b.sum(0).mul(0.1).broadcastTo(ROWS.shape()));
            });
      }
      for (int i = 0; i < 3; i++) {
        g.output("y" + i, nodes.get(nodes.size() - 1 - i * random.nextInt(1, 4)));
      }
      Graph graph = g.build();
      RegionLimits limits = RegionLimits.USUAL.withEpilogues();
      joined += (int) finished(graph, limits).stream().filter(is -> is).count();
      Map<String, Tensor> used = new TreeMap<>(feeds);
      used.keySet()
          .retainAll(graph.inputs().stream().map(node -> ((Op.Input) node.op()).name()).toList());
      Map<String, Tensor> wanted = Reference.run(graph, used, Map.of()).outputs();
      try (Engine engine = Engine.of(List.of(device(limits)));
          State state = engine.newState();
          Plan plan = engine.compile(graph, state)) {
        Map<String, Tensor> found = plan.run(used);
        wanted.forEach((name, want) -> {
          for (long i = 0; i < want.type().size(); i++) {
            double bound = 1e-4 * (1 + Math.abs(want.at(i)));
            assertEquals(want.at(i), found.get(name).at(i), bound, name + ", seed " + SEED);
          }
        });
      }
    }
    assertTrue(joined > 100, joined + " products with an epilogue");
  }
}
