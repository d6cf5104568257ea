package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;
import org.tombolo.scheduler.assignment.AssignmentProblem;

class BaselinesTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final List<Placer> METHODS =
      List.of(
          Baselines::accelerator, Baselines::heaviestInput, Baselines::seedAndSweep, Heft::place);
  private static final TensorType SQUARE = TensorType.f32(100, 100);

  /// A slow device that runs everything, and a fast one that lacks hyperbolic tangents.
  private static List<Device> slowAndFast(long fastBytes) {
    return List.of(
        SimulatedDevice.of("simulated:0", 1 << 20).withSpeed(new DeviceInfo.Speed(1e9, 1e9, 1e-6)),
        SimulatedDevice.of("simulated:1", fastBytes)
            .withSpeed(new DeviceInfo.Speed(1e12, 1e12, 1e-6))
            .refusing((op, _) ->
                op.equals(new Op.Unary(UnaryFn.TANH)) ? Optional.of("no tanh") : Optional.empty()));
  }

  /// Devices of the operations whose mnemonic a method was asked for, in order.
  private static String places(Placer method, Graph graph, List<Device> devices) {
    Map<Node, Integer> homes =
        method.place(PlacementRequest.plain(graph, devices, Map.of())).devices();
    StringBuilder text = new StringBuilder();
    for (Node node : graph.nodes()) {
      if (homes.containsKey(node) && !(node.op() instanceof Op.Assign)) {
        text.append(node.op().mnemonic()).append(homes.get(node)).append(' ');
      }
    }
    return text.toString().strip();
  }

  private static Graph chain(boolean stateful) {
    GraphBuilder g = new GraphBuilder("chain");
    Node x = g.input("x", SQUARE);
    Node first = stateful ? x.matmul(g.variable("v", SQUARE)) : x.exp();
    if (stateful) {
      g.assign("v", first);
    }
    g.output("y", first.exp().tanh().sqrt().exp());
    return g.build();
  }

  @Test
  void theAcceleratorTakesAllThatItRuns() {
    assertEquals(
        "exp1 exp1 tanh0 sqrt1 exp1",
        places(Baselines::accelerator, chain(false), slowAndFast(1 << 20)));
  }

  @Test
  void aVariableWithoutRoomStaysElsewhere() {
    assertEquals(
        "variable0 dot1 exp1 tanh0 sqrt1 exp1",
        places(Baselines::accelerator, chain(true), slowAndFast(100_000)));
  }

  @Test
  void whatIsOnlyReadNeedsRoomWhereItIsRead() {
    GraphBuilder g = new GraphBuilder("constant weights");
    Node read = g.input("x", SQUARE).matmul(g.variable("v", SQUARE));
    g.output("y", read.exp());
    assertEquals("dot1 exp1", places(Baselines::accelerator, g.build(), slowAndFast(120_000)));
    assertEquals("dot0 exp1", places(Baselines::accelerator, g.build(), slowAndFast(119_999)));
  }

  @Test
  void theHeaviestInputDecides() {
    GraphBuilder g = new GraphBuilder("weights");
    Node heavy = g.input("heavy", SQUARE).tanh();
    Node light = g.input("light", TensorType.f32(100)).exp();
    g.output("y", heavy.add(light.broadcastTo(SQUARE.shape())).sqrt());
    g.output("z", heavy.sum(0).exp());
    assertEquals(
        "tanh0 exp1 add0 sqrt0 reduce_sum0 exp0",
        places(Baselines::heaviestInput, g.build(), slowAndFast(1 << 20)));
  }

  @Test
  void seedsSpreadBothWays() {
    assertEquals(
        "exp0 exp0 tanh0 sqrt0 exp0",
        places(Baselines::seedAndSweep, chain(false), slowAndFast(1 << 20)));
    assertEquals(
        "variable1 dot1 exp1 tanh0 sqrt0 exp0",
        places(Baselines::seedAndSweep, chain(true), slowAndFast(1 << 20)));
  }

  @Test
  void independentBranchesRunBesideEachOther() {
    List<Device> twins = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      twins.add(
          SimulatedDevice.of("simulated:" + i, 1 << 20)
              .withSpeed(new DeviceInfo.Speed(1e9, 1e12, 1e-6))
              .withLink(new Link(Link.Mode.DIRECT, 1e-6, 1e12, 1e12)));
    }
    GraphBuilder g = new GraphBuilder("branches");
    Node x = g.input("x", SQUARE);
    Node left = x.matmul(x).matmul(x); // 2 ms each
    Node right = x.exp().matmul(x).matmul(x);
    g.output("y", left.add(right));
    Placement placement = Heft.place(PlacementRequest.plain(g.build(), twins, Map.of()));
    Map<Node, Integer> homes = placement.devices();
    assertEquals(homes.get(left), homes.get(left.input(0)));
    assertEquals(homes.get(right), homes.get(right.input(0)));
    assertEquals(1, homes.get(left) + homes.get(right));
  }

  @Test
  void allPlacementsOfRandomGraphsAreLegalAndNoneIsBetterThanTheBest() {
    Map<Integer, Integer> best = new TreeMap<>();
    int compared = 0;
    for (int round = 0; round < 300; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      List<Device> devices = RandomPlacements.devices(random, 2 + round % 2);
      Graph graph = RandomPlacements.graph(random, random.nextInt(2, 10));
      PlacementRequest request = PlacementRequest.plain(graph, devices, Map.of());
      PlacementProblem problem = new PlacementProblem(request, new Estimates(request));
      if (problem.assignment().groups().size() > 10 || PlacementProofTest.exhaustive(problem) < 0) {
        continue;
      }
      compared++;
      double least = AssignmentProblem.seconds(PlacementProofTest.exhaustive(problem));
      for (int method = 0; method < METHODS.size(); method++) {
        Placement placement = METHODS.get(method).place(request);
        int[] homes =
            problem.nodes().stream().mapToInt(node -> placement.devices().get(node)).toArray();
        for (List<Integer> group : problem.assignment().groups()) {
          int home = homes[group.getFirst()];
          assertTrue(group.stream().allMatch(i -> homes[i] == home), "round " + round);
          assertTrue(
              problem.assignment().cost(group, home) != AssignmentProblem.IMPOSSIBLE,
              "round " + round);
        }
        assertTrue(placement.seconds() >= least * (1 - 1e-9), "round " + round);
        best.merge(method, placement.seconds() <= least * (1 + 1e-9) ? 1 : 0, Integer::sum);
      }
    }
    System.out.printf("of %d graphs, methods find the best: %s, seed %d%n", compared, best, SEED);
    assertTrue(compared > 100, compared + " graphs");
    int most = compared;
    best.forEach((method, times) -> assertTrue(times > 0 && times < most, method + ": " + times));
  }
}
