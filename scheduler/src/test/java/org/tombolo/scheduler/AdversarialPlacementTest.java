package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;
import org.tombolo.scheduler.assignment.AssignmentProblem;

/// Graphs that lead rules of thumb astray.
class AdversarialPlacementTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private static SimulatedDevice lacking(int number, double speed, UnaryFn... functions) {
    return SimulatedDevice.of("simulated:" + number, 1 << 24)
        .withSpeed(new DeviceInfo.Speed(speed, speed, 1e-6))
        .refusing((op, _) ->
            op instanceof Op.Call
                    || (op instanceof Op.Unary(UnaryFn fn) && List.of(functions).contains(fn))
                ? Optional.of("not here")
                : Optional.empty());
  }

  /// The least cost of a chain on two devices, step by step: the cheapest way to have the value so
  /// far on each device.
  private static double cheapest(Graph chain, List<Device> devices, Estimates estimates) {
    double[] best = null;
    Node last = null;
    for (Node node : chain.nodes()) {
      double[] next = new double[2];
      for (int d = 0; d < 2; d++) {
        double seconds =
            estimates.refusal(d, node).isPresent()
                ? Double.POSITIVE_INFINITY
                : estimates.seconds(d, node);
        if (best == null) { // the input goes up to where it is read first
          next[d] = devices.get(d).hostLink().upSeconds(node.type().bytes());
        } else if (last == null) {
          next[d] = best[d] + seconds;
        } else {
          long bytes = last.type().bytes();
          double crossing =
              devices.get(1 - d).hostLink().downSeconds(bytes)
                  + devices.get(d).hostLink().upSeconds(bytes);
          next[d] = seconds + Math.min(best[d], best[1 - d] + crossing);
        }
      }
      last = best == null ? null : node;
      best = next;
    }
    for (int d = 0; d < 2; d++) {
      best[d] += devices.get(d).hostLink().downSeconds(last.type().bytes());
    }
    return Math.min(best[0], best[1]);
  }

  @Test
  void chainsThatNoDeviceRunsAloneAreCutAsCheaplyAsCanBe() {
    int crossings = 0;
    for (int round = 0; round < 100; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      GraphBuilder g = new GraphBuilder("chain");
      Node y = g.input("x", TensorType.f32(random.nextInt(1, 5000)));
      int length = random.nextInt(20, 200);
      for (int i = 0; i < length; i++) {
        UnaryFn[] common = {UnaryFn.COS, UnaryFn.EXP, UnaryFn.ERF};
        y =
            switch (random.nextInt(20)) {
              case 0 -> y.unary(UnaryFn.SIN);
              case 1 -> y.unary(UnaryFn.TANH);
              default -> y.unary(common[random.nextInt(3)]);
            };
      }
      g.output("y", y);
      Graph chain = g.build();
      List<Device> devices =
          List.of(
              lacking(0, Math.pow(10, random.nextDouble(8, 10)), UnaryFn.SIN),
              lacking(1, Math.pow(10, random.nextDouble(9, 12)), UnaryFn.TANH));
      PlacementRequest request = PlacementRequest.plain(chain, devices, Map.of());
      Placement placement = Placement.of(request);
      double want = cheapest(chain, devices, new Estimates(request));
      assertEquals(want, placement.seconds(), 1e-9, "round " + round + ", seed " + SEED);
      for (Node node : chain.nodes()) {
        for (Node operand : node.inputs()) {
          boolean crosses =
              placement.devices().containsKey(operand)
                  && !placement.devices().get(operand).equals(placement.devices().get(node));
          crossings += crosses ? 1 : 0;
        }
      }
    }
    assertTrue(crossings > 100, "crossings " + crossings);
  }

  @Test
  void aDiamondWithOnePinnedBranchMovesNoMoreThanItsEnds() {
    TensorType type = TensorType.f32(32, 32);
    GraphBuilder g = new GraphBuilder("diamond");
    Node top = g.input("x", type).matmul(g.input("x", type));
    Node left;
    Node right;
    try (GraphBuilder.Scope _ = g.scope("left")) {
      left = top.matmul(top).tanh().matmul(top);
    }
    try (GraphBuilder.Scope _ = g.scope("right")) {
      right = top.exp().matmul(top).matmul(top);
    }
    g.output("y", left.matmul(right).sum());
    Graph graph = g.build();
    List<SimulatedDevice> devices = List.of(lacking(0, 1e9), lacking(1, 1e12));
    PlanOptions options = PlanOptions.defaults().withPin("left", "simulated:0");
    PlacementRequest request =
        PlacementRequest.with(graph, List.copyOf(devices), Map.of(), options);
    PlacementProblem problem = new PlacementProblem(request, new Estimates(request));
    Placement placement = Placement.of(request);
    assertEquals(
        AssignmentProblem.seconds(PlacementProofTest.exhaustive(problem)),
        placement.seconds(),
        1e-12);
    try (Engine engine = Engine.of(devices);
        State state = engine.newState();
        Plan plan = engine.compile(graph, state, options)) {
      Map<String, Tensor> feeds = Map.of("x", Tensor.filled(type, i -> (i % 7 - 3) / 64.0));
      double want = Reference.run(graph, feeds, Map.of()).doubles("y")[0];
      assertEquals(want, plan.run(feeds).get("y").toDoubles()[0], 1e-3 * Math.abs(want));
      long bridge =
          plan.traffic().entrySet().stream()
              .filter(entry -> entry.getKey().purpose() == ByteMeter.Purpose.BRIDGE)
              .mapToLong(Map.Entry::getValue)
              .sum();
      assertEquals(4 * type.bytes(), bridge, "down and up, at the top and at the bottom");
      assertEquals(
          plan.traffic().values().stream().mapToLong(Long::longValue).sum(),
          engine.meter().snapshot().values().stream().mapToLong(Long::longValue).sum());
    }
  }

  @Test
  void fiftyReadersOnThreeDevicesGetATensorOnceEach() {
    TensorType type = TensorType.f32(512);
    GraphBuilder g = new GraphBuilder("fan");
    Node x = g.input("x", type);
    Node shared = x.unary(UnaryFn.ERF);
    UnaryFn[] functions = {UnaryFn.SIN, UnaryFn.COS, UnaryFn.TANH};
    List<Node> ends = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      ends.add(shared.unary(functions[i % 3]).mul(i).sum());
    }
    for (int i = 0; i < ends.size(); i++) {
      g.output("y" + i, ends.get(i));
    }
    Graph graph = g.build();
    List<SimulatedDevice> devices =
        List.of(
            lacking(0, 1e10, UnaryFn.COS, UnaryFn.TANH),
            lacking(1, 1e10, UnaryFn.SIN, UnaryFn.TANH, UnaryFn.ERF),
            lacking(2, 1e10, UnaryFn.SIN, UnaryFn.COS, UnaryFn.ERF));
    try (Engine engine = Engine.of(devices);
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      Map<ByteMeter.Route, Long> traffic = plan.traffic();
      for (int device = 1; device < 3; device++) {
        assertEquals(
            type.bytes(),
            traffic.get(
                new ByteMeter.Route(
                    ByteMeter.HOST, "simulated:" + device, ByteMeter.Purpose.BRIDGE)));
      }
      assertEquals(
          type.bytes(),
          traffic.get(
              new ByteMeter.Route("simulated:0", ByteMeter.HOST, ByteMeter.Purpose.BRIDGE)));
      Map<String, Tensor> feeds = Map.of("x", Tensor.filled(type, i -> i / 512.0));
      Map<String, Tensor> got = plan.run(feeds);
      Reference.Result want = Reference.run(graph, feeds, Map.of());
      for (String name : graph.outputs().keySet()) {
        assertArrayEquals(want.doubles(name), got.get(name).toDoubles(), 1e-1, name);
      }
      assertEquals(
          traffic.values().stream().mapToLong(Long::longValue).sum(),
          engine.meter().snapshot().values().stream().mapToLong(Long::longValue).sum());
    }
  }

  /// A mask of positions and a table of indices, which every device can make for itself.
  @Test
  void masksAreMadeWhereTheyAreRead() {
    TensorType type = TensorType.f32(64, 64);
    GraphBuilder g = new GraphBuilder("masks");
    Node x = g.input("x", type);
    Node mask =
        g.iota(type, 0)
            .compare(CompareFn.GE, g.iota(type, 1))
            .select(g.full(type, 1), g.full(type, 0));
    g.output("sine", x.mul(mask).unary(UnaryFn.SIN).sum());
    g.output("cosine", x.add(mask).unary(UnaryFn.COS).sum());
    Graph graph = g.build();
    List<SimulatedDevice> devices =
        List.of(lacking(0, 1e11, UnaryFn.COS), lacking(1, 1e11, UnaryFn.SIN));
    try (Engine engine = Engine.of(devices);
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      assertTrue(
          plan.traffic().keySet().stream()
              .noneMatch(route -> route.purpose() == ByteMeter.Purpose.BRIDGE),
          plan.traffic().toString());
      Map<String, Tensor> feeds = Map.of("x", Tensor.filled(type, i -> (i % 9 - 4) / 8.0));
      Map<String, Tensor> got = plan.run(feeds);
      Reference.Result want = Reference.run(graph, feeds, Map.of());
      for (String name : List.of("sine", "cosine")) {
        assertArrayEquals(want.doubles(name), got.get(name).toDoubles(), 1e-2, name);
      }
    }
  }
}
