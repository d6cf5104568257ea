package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import org.tombolo.device.Link;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

class PlacementTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private static SimulatedDevice slow() {
    return SimulatedDevice.of("simulated:0", 1 << 24)
        .withSpeed(new DeviceInfo.Speed(1e9, 1e9, 1e-6))
        .withLink(new Link(Link.Mode.SHARED, 1e-6, 1e10, 1e10));
  }

  private static SimulatedDevice fast() {
    return SimulatedDevice.of("simulated:1", 1 << 24)
        .withSpeed(new DeviceInfo.Speed(1e12, 1e12, 1e-6))
        .withLink(new Link(Link.Mode.DIRECT, 1e-5, 1e9, 5e8));
  }

  private static Graph random(SplittableRandom random) {
    GraphBuilder g = new GraphBuilder("random");
    List<Node> pool = new ArrayList<>();
    int n = random.nextInt(4, 64);
    pool.add(g.input("x", TensorType.f32(n, n)));
    pool.add(g.variable("v", TensorType.f32(n, n)));
    for (int i = random.nextInt(2, 9); i > 0; i--) {
      Node a = pool.get(random.nextInt(pool.size()));
      Node b = pool.get(random.nextInt(pool.size()));
      pool.add(
          switch (random.nextInt(5)) {
            case 0 -> a.matmul(b);
            case 1 -> a.tanh();
            case 2 -> a.transpose();
            case 3 -> a.sum(0).broadcastTo(a.shape());
            default -> a.mul(b);
          });
    }
    g.assign("v", pool.getLast().unary(UnaryFn.NEG));
    g.output("y", pool.getLast());
    g.output("z", pool.get(random.nextInt(2, pool.size())));
    return g.build();
  }

  @Test
  void equalsExhaustiveSearchOnRandomGraphs() {
    int tried = 0;
    for (int round = 0; round < 300; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      Graph graph = random(random);
      boolean products = random.nextBoolean();
      boolean functions = random.nextBoolean();
      List<Device> devices =
          List.of(
              slow()
                  .refusing((op, types) ->
                      products && op instanceof Op.Dot
                          ? Optional.of("no products")
                          : Optional.empty()),
              fast()
                  .refusing((op, types) ->
                      functions && op instanceof Op.Unary
                          ? Optional.of("no functions")
                          : Optional.empty()));
      PlacementRequest request = PlacementRequest.plain(graph, devices, Map.of());
      PlainPlacements all = new PlainPlacements(request);
      PlacementProblem problem = new PlacementProblem(request, new Estimates(request));
      double best = all.best(problem.replicas(), 1 << 20);
      if (best < 0) {
        continue;
      }
      tried++;
      Placement placement = Placement.of(request);
      String where = "round " + round + ", seed " + SEED + "\n" + graph;
      assertEquals(best, placement.seconds(), 1e-9, where);
      assertEquals(best, all.cost(all.sites(placement.devices())), 1e-9, where);
    }
    assertTrue(tried > 250, "tried " + tried);
  }

  @Test
  void aVariableKeepsItsHome() {
    GraphBuilder g = new GraphBuilder("home");
    Node v = g.variable("v", TensorType.f32(4));
    g.assign("v", v.add(1));
    g.output("y", v.tanh());
    Graph graph = g.build();
    for (int home = 0; home < 2; home++) {
      Placement placement =
          Placement.of(PlacementRequest.plain(graph, List.of(slow(), fast()), Map.of("v", home)));
      assertEquals(home, placement.devices().get(graph.variables().get(0)));
      assertEquals(home, placement.devices().get(graph.assigns().get(0)));
    }
  }

  @Test
  void aTensorWithFiftyReadersCrossesOnce() {
    GraphBuilder g = new GraphBuilder("fan");
    Node x = g.input("x", TensorType.f32(64, 64));
    Node shared = x.matmul(x);
    Node sum = shared.tanh();
    for (int i = 0; i < 50; i++) {
      sum = sum.add(shared.mul(i).tanh());
    }
    g.output("y", sum.sum());
    SimulatedDevice noProducts =
        slow()
            .withSpeed(fast().info().speed())
            .refusing((op, types) ->
                op instanceof Op.Dot ? Optional.of("no products") : Optional.empty());
    SimulatedDevice noFunctions =
        fast()
            .refusing((op, types) ->
                op instanceof Op.Unary ? Optional.of("no functions") : Optional.empty());
    try (Engine engine = Engine.of(List.of(noProducts, noFunctions));
        State state = engine.newState();
        Plan plan = engine.compile(g.build(), state)) {
      Map<ByteMeter.Route, Long> traffic = plan.traffic();
      long bytes = 64 * 64 * 4;
      assertEquals(
          bytes,
          traffic.get(
              new ByteMeter.Route("simulated:1", ByteMeter.HOST, ByteMeter.Purpose.BRIDGE)));
      assertEquals(
          bytes,
          traffic.get(
              new ByteMeter.Route(ByteMeter.HOST, "simulated:0", ByteMeter.Purpose.BRIDGE)));
    }
  }

  /// A device that alone can run a third of the operations, and not the others.
  private static SimulatedDevice only(int number, UnaryFn... functions) {
    return SimulatedDevice.of("simulated:" + number, 1 << 24)
        .refusing((op, types) ->
            op instanceof Op.Unary(UnaryFn fn) && !List.of(functions).contains(fn)
                ? Optional.of("no " + fn)
                : Optional.empty());
  }

  @Test
  void threeDevicesWorkTogetherWhereNoTwoWould() {
    GraphBuilder g = new GraphBuilder("three");
    Node x = g.input("x", TensorType.f32(64));
    Node shared = x.tanh();
    g.output("y", shared.exp());
    g.output("z", shared.unary(UnaryFn.SIN));
    g.output("shared", shared);
    try (Engine engine =
            Engine.of(List.of(only(0, UnaryFn.TANH), only(1, UnaryFn.EXP), only(2, UnaryFn.SIN)));
        State state = engine.newState();
        Plan plan = engine.compile(g.build(), state)) {
      Map<ByteMeter.Route, Long> traffic = plan.traffic();
      assertEquals(256, traffic.values().stream().mapToLong(Long::longValue).max().orElse(0));
      assertEquals(3 * 256, plan.statistics().bytesUp(), "the input, and what is shared twice");
      assertEquals(3 * 256, plan.statistics().bytesDown(), "each result; what is shared is one");
      Map<String, Tensor> feeds = Map.of("x", Tensor.filled(TensorType.f32(64), i -> i / 64.0));
      Reference.Result want = Reference.run(g.build(), feeds, Map.of());
      Map<String, Tensor> got = plan.run(feeds);
      for (String name : List.of("y", "z", "shared")) {
        assertArrayEquals(want.doubles(name), got.get(name).toDoubles(), 1e-6, name);
      }
      long moved = engine.meter().snapshot().values().stream().mapToLong(Long::longValue).sum();
      assertEquals(traffic.values().stream().mapToLong(Long::longValue).sum(), moved);
    }
  }

  @Test
  void aUselessDeviceIsLeftAlone() {
    GraphBuilder g = new GraphBuilder("three");
    Node x = g.input("x", TensorType.f32(64, 64));
    g.output("y", x.matmul(x).sum());
    Graph graph = g.build();
    SimulatedDevice useless =
        SimulatedDevice.of("simulated:2", 1 << 20)
            .refusing((op, types) -> Optional.of("runs nothing"));
    Placement placement =
        Placement.of(PlacementRequest.plain(graph, List.of(useless, slow(), fast()), Map.of()));
    assertTrue(placement.devices().values().stream().noneMatch(device -> device == 0));
    PlacementException e =
        assertThrows(
            PlacementException.class,
            () -> Placement.of(PlacementRequest.plain(graph, List.of(useless), Map.of())));
    assertTrue(e.getMessage().contains("simulated:2: runs nothing"), e.getMessage());
  }
}
