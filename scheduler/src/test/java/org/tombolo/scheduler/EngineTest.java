package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

class EngineTest {
  private static final long MEMORY = 1 << 24;

  private static SimulatedDevice device(int number) {
    return SimulatedDevice.of("simulated:" + number, MEMORY);
  }

  private static Tensor uniform(SplittableRandom random, long... dims) {
    return Tensor.filled(TensorType.f32(dims), i -> random.nextDouble(-1, 1));
  }

  /// A step of gradient descent written by hand: state, a batch, several readers of one value.
  private static Graph step() {
    GraphBuilder g = new GraphBuilder("step");
    Node x = g.input("x", TensorType.f32(5, 3));
    Node labels = g.input("labels", TensorType.of(DType.I32, 5));
    Node w = g.variable("w", TensorType.f32(3, 4));
    Node b = g.variable("b", TensorType.f32(4));
    Node count = g.variable("count", TensorType.of(DType.I64, 1));
    Node scores = x.matmul(w).add(b.broadcastTo(Shape.of(5, 4)));
    Node losses = g.call(new Composite.SparseCrossEntropy(), scores, labels);
    Node dy = g.full(TensorType.f32(5), 0.2);
    Node dScores = g.call(new Composite.SparseCrossEntropyGrad(), scores, labels, dy);
    g.assign("w", w.sub(x.transpose().matmul(dScores).mul(0.5)));
    g.assign("b", b.sub(dScores.sum(0).mul(0.5)));
    g.assign("count", count.add(1));
    g.output("loss", losses.mean());
    return g.build();
  }

  private static Map<String, Tensor> initial(SplittableRandom random) {
    Map<String, Tensor> state = new HashMap<>();
    state.put("w", uniform(random, 3, 4));
    state.put("b", uniform(random, 4));
    state.put("count", Tensor.of(new long[] {0}, 1));
    return state;
  }

  private static void assertClose(double[] want, Tensor got, String where) {
    double[] seen = got.toDoubles();
    assertEquals(want.length, seen.length, where);
    for (int i = 0; i < want.length; i++) {
      assertEquals(want[i], seen[i], 1e-5 * Math.max(1, Math.abs(want[i])), where + "[" + i + "]");
    }
  }

  private static void assertTrainsLikeTheReference(List<SimulatedDevice> devices) {
    Graph graph = step();
    SplittableRandom random = new SplittableRandom(7);
    Map<String, Tensor> want = initial(random);
    try (Engine engine = Engine.of(devices);
        State state = engine.newState()) {
      want.forEach(state::set);
      Plan plan = engine.compile(graph, state);
      for (int run = 0; run < 4; run++) {
        Map<String, Tensor> feeds =
            Map.of(
                "x",
                uniform(random, 5, 3),
                "labels",
                Tensor.filled(TensorType.of(DType.I32, 5), i -> (i * 3) % 4));
        Reference.Result expected = Reference.run(graph, feeds, want);
        Map<ByteMeter.Route, Long> before = engine.meter().snapshot();
        Map<String, Tensor> got = plan.run(feeds);
        assertClose(expected.doubles("loss"), got.get("loss"), "loss of run " + run);
        for (String name : state.names()) {
          want.put(name, expected.variables().get(name));
          if (run == 3) {
            assertClose(want.get(name).toDoubles(), state.get(name), name);
          }
        }
        if (run < 3) {
          Map<ByteMeter.Route, Long> moved = engine.meter().snapshot();
          before.forEach((route, bytes) -> moved.merge(route, -bytes, Long::sum));
          moved.values().removeIf(bytes -> bytes == 0);
          assertEquals(plan.traffic(), moved, "metered in run " + run);
        }
      }
    }
    devices.forEach(device -> assertEquals(0, device.allocatedBytes(), "bytes left allocated"));
  }

  @Test
  void trainsOnOneDevice() {
    assertTrainsLikeTheReference(List.of(device(0)));
  }

  @Test
  void movesTheBatchUpAndTheLossDownAndNothingElse() {
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState()) {
      initial(new SplittableRandom(1)).forEach(state::set);
      PlanStatistics statistics = engine.compile(step(), state).statistics();
      assertEquals(5 * 3 * 4 + 5 * 4, statistics.bytesUp());
      assertEquals(4, statistics.bytesDown());
    }
  }

  @Test
  void trainsSplitOverTwoDevicesThatEachLackSomething() {
    SimulatedDevice first =
        device(0)
            .refusing((op, types) ->
                op instanceof Op.Dot || op instanceof Op.Call
                    ? Optional.of("no products")
                    : Optional.empty());
    SimulatedDevice second =
        device(1)
            .refusing((op, types) ->
                op instanceof Op.Unary || op instanceof Op.Call
                    ? Optional.of("no functions")
                    : Optional.empty());
    assertTrainsLikeTheReference(List.of(first, second));
  }

  @Test
  void updatesVariablesWhereTheyLie() {
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState()) {
      initial(new SplittableRandom(1)).forEach(state::set);
      String plan = engine.compile(step(), state).explain();
      assertTrue(!plan.contains("copy "), plan);
    }
  }

  @Test
  void variablesCanSwapTheirValues() {
    GraphBuilder g = new GraphBuilder("swap");
    Node a = g.variable("a", TensorType.f32(2));
    Node b = g.variable("b", TensorType.f32(2));
    g.assign("a", b);
    g.assign("b", a);
    g.output("old", a);
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState()) {
      state.set("a", Tensor.of(new float[] {1, 2}));
      state.set("b", Tensor.of(new float[] {3, 4}));
      Plan plan = engine.compile(g.build(), state);
      assertArrayEquals(new float[] {1, 2}, plan.run(Map.of()).get("old").toFloats());
      assertArrayEquals(new float[] {3, 4}, state.get("a").toFloats());
      assertArrayEquals(new float[] {1, 2}, state.get("b").toFloats());
      assertArrayEquals(new float[] {3, 4}, plan.run(Map.of()).get("old").toFloats());
    }
  }

  @Test
  void inputsAndConstantsCanBeOutputs() {
    GraphBuilder g = new GraphBuilder("through");
    Node x = g.input("x", TensorType.f32(2, 3));
    g.output("same", x);
    g.output("flat", x.reshape(6));
    g.output("turned", x.transpose());
    g.output("known", g.constant(Tensor.of(new float[] {5, 6})));
    g.output("places", g.iota(TensorType.of(DType.I32, 3), 0));
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState()) {
      Map<String, Tensor> out =
          engine
              .compile(g.build(), state)
              .run(Map.of("x", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, out.get("same").toFloats());
      assertEquals(TensorType.f32(6), out.get("flat").type());
      assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, out.get("turned").toFloats());
      assertArrayEquals(new float[] {5, 6}, out.get("known").toFloats());
      assertArrayEquals(new double[] {0, 1, 2}, out.get("places").toDoubles());
    }
  }

  /// Random graphs of elementwise operations, movement and reductions.
  private static Graph randomGraph(SplittableRandom random) {
    GraphBuilder g = new GraphBuilder("random");
    List<Node> pool = new ArrayList<>();
    pool.add(g.input("x", TensorType.f32(4, 4)));
    pool.add(g.input("y", TensorType.f32(4, 4)));
    pool.add(g.variable("v", TensorType.f32(4, 4)));
    pool.add(g.constant(uniform(random, 4, 4)));
    pool.add(g.iota(TensorType.f32(4, 4), 1));
    for (int i = 0; i < 24; i++) {
      Node a = pool.get(random.nextInt(pool.size()));
      Node b = pool.get(random.nextInt(pool.size()));
      pool.add(
          switch (random.nextInt(10)) {
            case 0 -> a.transpose();
            case 1 -> a.reverse(random.nextInt(2));
            case 2 ->
                a.reduceKeeping(ReduceFn.SUM, random.nextInt(2)).broadcastTo(a.shape()).mul(0.25);
            case 3 -> a.matmul(b).mul(0.25);
            case 4 -> a.reshape(2, 8).permute(1, 0).reshape(4, 4);
            case 5 -> a.unary(UnaryFn.TANH);
            case 6 ->
                a.reshape(16)
                    .slice(0, 0, 8)
                    .reshape(2, 4)
                    .pad(new long[] {1, 0}, new long[] {1, 0}, new long[] {0, 0}, 0.5);
            case 7 -> a.mul(b);
            case 8 -> a.max(b);
            default -> a.sub(b);
          });
    }
    g.assign("v", pool.get(pool.size() - 2).tanh());
    g.output("last", pool.getLast());
    g.output("any", pool.get(random.nextInt(pool.size())));
    return g.build();
  }

  @Test
  void randomGraphsGiveTheReferenceOnOneAndTwoDevices() {
    long seed = Long.getLong("test.seed", 42);
    for (int round = 0; round < 150; round++) {
      SplittableRandom random = new SplittableRandom(seed + round);
      Graph graph = randomGraph(random);
      Map<String, Tensor> feeds = Map.of("x", uniform(random, 4, 4), "y", uniform(random, 4, 4));
      Tensor v = uniform(random, 4, 4);
      Reference.Result want = Reference.run(graph, feeds, Map.of("v", v));
      String where = "round " + round + ", seed " + seed + "\n" + graph + "\n";
      SimulatedDevice picky =
          device(1)
              .withSpeed(new DeviceInfo.Speed(1e9, 1e9, 1e-6))
              .refusing((op, types) ->
                  op instanceof Op.Dot || op instanceof Op.Unary
                      ? Optional.of("whim")
                      : Optional.empty());
      SimulatedDevice other =
          device(0)
              .refusing(
                  (op, types) -> op instanceof Op.Reduce ? Optional.of("whim") : Optional.empty());
      for (List<SimulatedDevice> devices : List.of(List.of(device(0)), List.of(other, picky))) {
        try (Engine engine = Engine.of(devices);
            State state = engine.newState()) {
          state.set("v", v);
          Plan plan = engine.compile(graph, state);
          Map<String, Tensor> got = plan.run(feeds);
          String told = where + plan.explain();
          assertClose(want.doubles("last"), got.get("last"), told);
          assertClose(want.doubles("any"), got.get("any"), told);
          assertClose(want.variables().get("v").toDoubles(), state.get("v"), told);
        }
      }
    }
  }

  @Test
  void saysWhatDoesNotFitAndStaysUsable() {
    GraphBuilder g = new GraphBuilder("large");
    Node x = g.input("x", TensorType.f32(1 << 22));
    g.output("y", x.exp().reshape(1 << 11, 1 << 11).softmax(1));
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState()) {
      OutOfDeviceMemoryException e =
          assertThrows(OutOfDeviceMemoryException.class, () -> engine.compile(g.build(), state));
      assertTrue(e.getMessage().contains("simulated:0: no memory for"), e.getMessage());
      assertTrue(e.getMessage().contains("largest: "), e.getMessage());
      assertTrue(e.getMessage().contains("16,777,216 bytes"), e.getMessage());
      initial(new SplittableRandom(1)).forEach(state::set);
      engine.compile(step(), state).close();
    }
  }

  @Test
  void aFailedRunLeavesVariablesUncertainUntilTheyAreSet() {
    SimulatedDevice faulty = device(0).withFaults(FaultPlan.at(FaultPlan.Kind.LAUNCH, 3));
    SplittableRandom random = new SplittableRandom(1);
    try (Engine engine = Engine.of(List.of(faulty));
        State state = engine.newState()) {
      Map<String, Tensor> initial = initial(random);
      initial.forEach(state::set);
      Plan plan = engine.compile(step(), state);
      Map<String, Tensor> feeds =
          Map.of("x", uniform(random, 5, 3), "labels", Tensor.of(new int[] {0, 1, 2, 3, 0}));
      DeviceException failure = assertThrows(DeviceException.class, () -> plan.run(feeds));
      assertTrue(failure.getMessage().startsWith("simulated:0: "), failure.getMessage());
      assertThrows(IllegalStateException.class, () -> plan.run(feeds));
      assertThrows(IllegalStateException.class, () -> state.get("w"));
      initial.forEach(state::set);
      Reference.Result want = Reference.run(step(), feeds, initial);
      assertClose(want.doubles("loss"), plan.run(feeds).get("loss"), "loss");
    }
    assertEquals(0, faulty.allocatedBytes());
  }

  @Test
  void aFailedUploadLeavesTheVariableUncertainAndNothingElse() {
    SimulatedDevice faulty = device(0).withFaults(FaultPlan.at(FaultPlan.Kind.UPLOAD, 3));
    try (Engine engine = Engine.of(List.of(faulty));
        State state = engine.newState()) {
      initial(new SplittableRandom(1)).forEach(state::set);
      engine.compile(step(), state).close();
      Tensor ones = Tensor.full(TensorType.f32(4), 1);
      assertThrows(DeviceException.class, () -> state.set("b", ones));
      assertThrows(IllegalStateException.class, () -> state.get("b"));
      state.get("w");
      state.set("b", ones);
      assertEquals(ones, state.get("b"));
    }
    assertEquals(0, faulty.allocatedBytes());
  }

  @Test
  void refusesWrongFeedsBeforeAnythingRuns() {
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState()) {
      initial(new SplittableRandom(1)).forEach(state::set);
      Plan plan = engine.compile(step(), state);
      Tensor labels = Tensor.of(new int[] {0, 1, 2, 3, 0});
      IllegalArgumentException missing =
          assertThrows(IllegalArgumentException.class, () -> plan.run(Map.of("labels", labels)));
      assertEquals(
          "graph step: input \"x\" is missing, given are [labels]; need f32[5,3]\n"
              + "  try: a tensor under this name",
          missing.getMessage());
      IllegalArgumentException unknown =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  plan.run(
                      Map.of(
                          "x",
                          Tensor.full(TensorType.f32(5, 3), 0),
                          "labels",
                          labels,
                          "z",
                          labels)));
      assertEquals(
          "graph step: no input \"z\"; need one of [x, labels]\n"
              + "  try: the name that was given to input(..)",
          unknown.getMessage());
      state.get("w");
    }
  }

  @Test
  void namesOperationsThatNoDeviceRuns() {
    SimulatedDevice limited =
        device(0)
            .refusing((op, types) ->
                op instanceof Op.Dot ? Optional.of("no products") : Optional.empty());
    try (Engine engine = Engine.of(List.of(limited));
        State state = engine.newState()) {
      initial(new SplittableRandom(1)).forEach(state::set);
      PlacementException e =
          assertThrows(PlacementException.class, () -> engine.compile(step(), state));
      assertTrue(
          e.getMessage().contains("dot: f32[5,4] (simulated:0: no products)"), e.getMessage());
    }
  }

  @Test
  void closesTwiceWithoutHarm() {
    SimulatedDevice device = device(0);
    Engine engine = Engine.of(List.of(device));
    State state = engine.newState();
    initial(new SplittableRandom(1)).forEach(state::set);
    Plan plan = engine.compile(step(), state);
    plan.close();
    plan.close();
    assertThrows(IllegalStateException.class, () -> plan.run(Map.of()));
    engine.close();
    engine.close();
    assertThrows(IllegalStateException.class, () -> state.get("w"));
    assertEquals(0, device.allocatedBytes());
  }
}
