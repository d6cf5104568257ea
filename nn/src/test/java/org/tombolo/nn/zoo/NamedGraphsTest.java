package org.tombolo.nn.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.ByteMeter.Purpose;
import org.tombolo.device.ByteMeter.Route;
import org.tombolo.device.simulated.SimulatedMachine;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.ModelGraph;
import org.tombolo.nn.Network;
import org.tombolo.nn.Optimizer;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;
import org.tombolo.scheduler.TransferProof;

/// The known networks at their small size on simulated machines whose first device is so slow that
/// the others pay.
class NamedGraphsTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final Architecture.Size SMALL = Architecture.Size.SMALL;
  private static final SimulatedMachine.Slowness SLOW_FIRST =
      new SimulatedMachine.Slowness(List.of(1000.0, 1.0, 1.0, 1.0), List.of(1.0, 1.0, 1.0, 1.0));

  /// A graph on a machine.
  record Case(Architecture architecture, boolean training, int devices) {
    Graph graph() {
      Network network = architecture.network(SMALL);
      return training ? network.training(architecture.optimizer(), SEED) : network.forward();
    }

    Map<String, Tensor> feeds() {
      Map<String, Tensor> feeds = new HashMap<>(architecture.network(SMALL).examples(SEED));
      if (!training) {
        feeds.remove(ModelGraph.LABELS);
      }
      return feeds;
    }

    Map<String, Tensor> variables() {
      return architecture.network(SMALL).initial(architecture.optimizer(), SEED);
    }

    SimulatedMachine machine() {
      return architecture.machine(devices, SMALL).withSlowness(SLOW_FIRST);
    }
  }

  static Stream<Case> cases() {
    return Stream.of(Architecture.values())
        .flatMap(architecture ->
            Stream.of(
                new Case(architecture, false, 2),
                new Case(architecture, false, 4),
                new Case(architecture, true, 2),
                new Case(architecture, true, 3)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyClaimHolds(Case each) {
    TransferProof proof =
        TransferProof.of(
            each.graph(), each.machine().withoutResults(), each.feeds(), each.variables());
    assertEquals(List.of(), proof.failures(), proof.toString());
  }

  /// A step on two devices and one device, which the tests of single devices hold to the reference:
  /// the same loss and variables but for rounding. What fuses where rounds differently, and more
  /// steps, or an optimizer that scales gradients which ought to be 0, would show nothing else.
  @ParameterizedTest
  @EnumSource
  void severalDevicesComputeWhatOneDoes(Architecture architecture) {
    Case two = new Case(architecture, true, 2);
    Map<String, Tensor> alone = trained(two, SimulatedMachine.of(1));
    Map<String, Tensor> together = trained(two, two.machine());
    assertEquals(alone.keySet(), together.keySet());
    alone.forEach((name, tensor) -> {
      double largest = 1e-3;
      for (double value : tensor.toDoubles()) {
        largest = Math.max(largest, Math.abs(value));
      }
      for (int i = 0; i < tensor.shape().size(); i++) {
        assertEquals(
            tensor.at(i), together.get(name).at(i), 1e-3 * largest, name + ", seed " + SEED);
      }
    });
  }

  private static Map<String, Tensor> trained(Case each, SimulatedMachine machine) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    Network network = each.architecture().network(SMALL);
    Optimizer plain = Optimizer.Sgd.withRate(0.01);
    Graph graph = network.training(plain, SEED);
    Map<String, Tensor> variables = network.initial(plain, SEED);
    try (Engine engine = Engine.of(machine.open());
        State state = engine.newState()) {
      variables.forEach(state::set);
      try (Plan plan = engine.compile(graph, state)) {
        for (int step = 0; step < 2; step++) {
          Map<Route, Long> before = engine.meter().snapshot();
          Tensor loss = plan.run(each.feeds()).get(ModelGraph.LOSS);
          Map<Route, Long> moved = moved(before, engine.meter().snapshot());
          assertEquals(plan.traffic(), moved, "metered is planned");
          requireBatchAndLossAlone(graph, moved);
          if (step == 0) {
            results.put("loss", loss);
            variables.keySet().forEach(name -> results.put(name, state.get(name)));
          }
        }
      }
    }
    return results;
  }

  private static Map<Route, Long> moved(Map<Route, Long> before, Map<Route, Long> after) {
    Map<Route, Long> moved = new TreeMap<>(after);
    before.forEach((route, bytes) -> moved.merge(route, -bytes, Long::sum));
    moved.values().removeIf(bytes -> bytes == 0);
    return moved;
  }

  /// Each input goes up at most once to each device, the loss comes down once, and beside that only
  /// what devices give each other moves.
  private static void requireBatchAndLossAlone(Graph graph, Map<Route, Long> moved) {
    long batch = graph.inputs().stream().mapToLong(node -> node.type().bytes()).sum();
    moved.forEach((route, bytes) -> {
      switch (route.purpose()) {
        case INPUT -> assertTrue(bytes <= batch, route + " " + bytes);
        case FETCH -> assertEquals(4, bytes, route.toString());
        case BRIDGE -> {}
        case STATE, CONSTANT, DECISION, SWAP -> throw new AssertionError(route + " " + bytes);
      }
    });
    long fetched =
        moved.entrySet().stream()
            .filter(entry -> entry.getKey().purpose() == Purpose.FETCH)
            .mapToLong(Map.Entry::getValue)
            .sum();
    assertEquals(4, fetched);
    assertTrue(moved.keySet().stream().anyMatch(route -> route.from().equals(ByteMeter.HOST)));
    assertTrue(graph.inputs().stream().allMatch(node -> node.op() instanceof Op.Input));
  }
}
