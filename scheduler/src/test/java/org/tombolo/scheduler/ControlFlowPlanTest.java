package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.DeviceException;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Branches and loops as plans run them.
class ControlFlowPlanTest {
  private static final long MEMORY = 1 << 24;
  private static final TensorType F = TensorType.f32(3);

  private static SimulatedDevice device(int number) {
    return SimulatedDevice.of("simulated:" + number, MEMORY);
  }

  private static Map<String, Tensor> x(double... values) {
    return Map.of("x", Tensor.filled(F, i -> values[(int) i]));
  }

  /// Runs a graph twice and compares with the reference each time.
  ///
  /// @return bytes that the second run moved by each route
  private static Map<ByteMeter.Route, Long> agrees(
      Graph graph, Map<String, Tensor> feeds, SimulatedDevice... devices) {
    Map<ByteMeter.Route, Long> moved = new TreeMap<>();
    try (Engine engine = Engine.of(List.of(devices));
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      for (int i = 0; i < devices.length; i++) {
        assertEquals(
            devices[i].allocatedBytes(), plan.blueprint().layout().bytes(i), "planned, all told");
      }
      Reference.Result expected = Reference.run(graph, feeds, Map.of());
      for (int run = 0; run < 2; run++) {
        Map<ByteMeter.Route, Long> before = engine.meter().snapshot();
        Map<String, Tensor> got = plan.run(feeds);
        moved.clear();
        moved.putAll(engine.meter().snapshot());
        before.forEach((route, bytes) -> moved.merge(route, -bytes, Long::sum));
        moved.values().removeIf(bytes -> bytes == 0);
        expected
            .outputs()
            .forEach((name, _) ->
                assertArrayEquals(
                    expected.doubles(name), got.get(name).toDoubles(), 1e-6, name + graph));
      }
    }
    for (SimulatedDevice device : devices) {
      assertEquals(0, device.allocatedBytes(), "bytes left allocated");
    }
    return moved;
  }

  private static long decisions(Map<ByteMeter.Route, Long> moved) {
    return moved.entrySet().stream()
        .filter(entry -> entry.getKey().purpose() == ByteMeter.Purpose.DECISION)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static long bridged(Map<ByteMeter.Route, Long> moved) {
    return moved.entrySet().stream()
        .filter(entry -> entry.getKey().purpose() == ByteMeter.Purpose.BRIDGE)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static Graph choice() {
    GraphBuilder g = new GraphBuilder("choice");
    Node x = g.input("x", F);
    List<Node> results =
        g.ifElse(
            x.sum().compare(CompareFn.GT, 0),
            List.of(x, x.mul(x)),
            in -> List.of(in.get(0).exp(), in.get(1), in.get(0).sum()),
            in -> List.of(in.get(1).sub(3), in.get(0), in.get(0).builder().scalar(DType.F32, 7)));
    g.output("a", results.get(0).add(1));
    g.output("b", results.get(1));
    g.output("c", results.get(2));
    return g.build();
  }

  @Test
  void eitherBranchIsTaken() {
    assertEquals(1, decisions(agrees(choice(), x(1, 2, 3), device(0))));
    assertEquals(1, decisions(agrees(choice(), x(1, 2, -3.5), device(0))));
  }

  @Test
  void aConditionThatIsFedStaysOnTheHost() {
    GraphBuilder g = new GraphBuilder("fed");
    Node x = g.input("x", F);
    Node yes = g.input("yes", TensorType.of(DType.BOOL));
    g.output("y", g.ifElse(yes, List.of(x), in -> List.of(in.get(0).neg()), in -> in).getFirst());
    for (boolean value : new boolean[] {true, false}) {
      Map<String, Tensor> feeds = new TreeMap<>(x(1, 2, 3));
      feeds.put("yes", Tensor.of(new boolean[] {value}));
      Map<ByteMeter.Route, Long> moved = agrees(g.build(), feeds, device(0));
      assertEquals(0, decisions(moved));
      assertEquals(24, moved.values().stream().mapToLong(Long::longValue).sum());
    }
  }

  /// Fibonacci numbers, which exchange what they carry, with one that never changes and a history.
  private static Graph fibonacci(int trips) {
    GraphBuilder g = new GraphBuilder("fibonacci");
    Node x = g.input("x", F);
    List<Node> results =
        g.whileLoop(
            OptionalLong.of(7),
            List.of(x, x.add(1), g.scalar(DType.I32, 0), x.neg()),
            List.of(x.mul(0.5)),
            in -> in.get(2).compare(CompareFn.LT, trips),
            in ->
                List.of(
                    in.get(1),
                    in.get(0).add(in.get(1)).sub(in.get(4)),
                    in.get(2).add(1),
                    in.get(3),
                    in.get(0),
                    in.get(0).add(in.get(3)).sum()));
    for (int i = 0; i < results.size(); i++) {
      if (i != 1) {
        g.output("y" + i, results.get(i));
      }
    }
    return g.build();
  }

  @Test
  void aLoopMovesOneByteATrip() {
    for (int trips : new int[] {0, 1, 5, 7, 9}) {
      Map<ByteMeter.Route, Long> moved = agrees(fibonacci(trips), x(1, -2, 3), device(0));
      assertEquals(1 + Math.min(trips, 7), decisions(moved), trips + " trips");
      assertEquals(0, bridged(moved));
    }
  }

  @Test
  void operandsUnderAnotherShapeAreReadWhereTheyLie() {
    GraphBuilder g = new GraphBuilder("renamed");
    Node x = g.input("x", F);
    Node column = x.exp().reshape(3, 1);
    Node condition = x.slice(0, 0, 1).compare(CompareFn.GT, 0).reshape();
    g.output(
        "y",
        g.ifElse(condition, List.of(column, x.reshape(3, 1)), in -> in, in -> in.reversed())
            .getFirst());
    agrees(g.build(), x(1, 2, 3), device(0));
    agrees(g.build(), x(-1, 2, 3), device(0));
  }

  private static Graph collatz() {
    GraphBuilder g = new GraphBuilder("collatz");
    Node x = g.input("x", TensorType.of(DType.I64));
    List<Node> results =
        g.whileLoop(
            OptionalLong.empty(),
            List.of(x, g.scalar(DType.I64, 0)),
            List.of(),
            in -> in.get(0).compare(CompareFn.NE, 1),
            in -> {
              Node n = in.get(0);
              Node even =
                  n.binary(BinaryFn.REM, n.builder().scalar(DType.I64, 2)).compare(CompareFn.EQ, 0);
              Node next =
                  n.builder()
                      .ifElse(
                          even,
                          List.of(n),
                          at -> List.of(at.get(0).div(at.get(0).builder().scalar(DType.I64, 2))),
                          at -> List.of(at.get(0).mul(3).add(1)))
                      .getFirst();
              return List.of(next, in.get(1).add(1));
            });
    g.output("steps", results.get(1));
    return g.build();
  }

  @Test
  void branchesRunInsideLoops() {
    Map<String, Tensor> feeds = Map.of("x", Tensor.of(new long[] {27}));
    Map<ByteMeter.Route, Long> moved = agrees(collatz(), feeds, device(0));
    assertEquals(1 + 111 * 2, decisions(moved));
  }

  private static SimulatedDevice without(Predicate<Op> lacking, int number) {
    return device(number)
        .refusing((op, operands) ->
            op instanceof Op.Call || lacking.test(op)
                ? Optional.of("no " + op.mnemonic())
                : Optional.empty());
  }

  private static SimulatedDevice without(UnaryFn fn, int number) {
    return without(new Op.Unary(fn)::equals, number);
  }

  @Test
  void carriedValuesAreExchangedByCopies() {
    agrees(fibonacci(5), x(1, -2, 3), without(Op.Cast.class::isInstance, 0));
  }

  @Test
  void whatADeviceCannotRunInsideRunsElsewhere() {
    GraphBuilder g = new GraphBuilder("split");
    Node x = g.input("x", F);
    List<Node> results =
        g.whileLoop(
            OptionalLong.empty(),
            List.of(x, g.scalar(DType.I32, 0)),
            List.of(),
            in -> in.get(1).compare(CompareFn.LT, 4),
            in -> List.of(in.get(0).unary(UnaryFn.SIN).tanh(), in.get(1).add(1)));
    g.output("y", results.get(0));
    Map<ByteMeter.Route, Long> moved =
        agrees(g.build(), x(1, 2, 3), without(UnaryFn.SIN, 0), without(UnaryFn.TANH, 1));
    assertEquals(4 * 4 * 12, bridged(moved), "there and back, down and up, at each of four trips");
    assertEquals(5, decisions(moved));
  }

  @Test
  void whatNoDeviceCanRunInsideIsNamed() {
    GraphBuilder g = new GraphBuilder("impossible");
    Node x = g.input("x", F);
    g.output(
        "y",
        g.ifElse(
                x.sum().compare(CompareFn.GT, 0),
                List.of(x),
                in -> List.of(in.get(0).tanh()),
                in -> in)
            .getFirst());
    try (Engine engine = Engine.of(List.of(without(UnaryFn.TANH, 0)));
        State state = engine.newState()) {
      PlacementException e =
          assertThrows(PlacementException.class, () -> engine.compile(g.build(), state));
      assertTrue(String.valueOf(e.getMessage()).contains("tanh"), e.getMessage());
    }
  }

  /// Trains a weight through a loop: the gradient runs the loop again, and then backwards.
  @Test
  void gradientsThroughALoopTrainAVariable() {
    GraphBuilder g = new GraphBuilder("recurrent");
    Node x = g.input("x", F);
    Node w = g.variable("w", F);
    List<Node> results =
        g.whileLoop(
            OptionalLong.of(5),
            List.of(x, g.scalar(DType.I32, 0)),
            List.of(w),
            in -> in.get(1).compare(CompareFn.LT, 4),
            in -> {
              Node next = in.get(0).mul(in.get(2)).tanh();
              return List.of(next, in.get(1).add(1), next.sum());
            });
    Node loss =
        results.get(0).sub(0.5).mul(results.get(0).sub(0.5)).sum().add(results.get(2).sum());
    g.assign("w", w.sub(Gradients.of(loss, List.of(w)).getFirst().mul(0.1)));
    g.output("loss", loss);
    Graph graph = g.build();
    Map<String, Tensor> state = new TreeMap<>(Map.of("w", Tensor.of(new float[] {1, 0.5f, -2}, 3)));
    SimulatedDevice device = device(0);
    try (Engine engine = Engine.of(List.of(device));
        State variables = engine.newState()) {
      state.forEach(variables::set);
      Plan plan = engine.compile(graph, variables);
      for (int step = 0; step < 4; step++) {
        Reference.Result expected = Reference.run(graph, x(1, 2, 3), state);
        Map<String, Tensor> got = plan.run(x(1, 2, 3));
        assertArrayEquals(expected.doubles("loss"), got.get("loss").toDoubles(), 1e-5);
        state.put("w", expected.variables().get("w"));
      }
      assertArrayEquals(state.get("w").toDoubles(), variables.get("w").toDoubles(), 1e-5);
    }
    assertEquals(0, device.allocatedBytes());
  }

  @Test
  void theExplanationShowsWhatIsInside() {
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState();
        Plan plan = engine.compile(fibonacci(3), state)) {
      String text = plan.explain();
      assertTrue(
          text.contains("at each trip, moves simulated:0 -> host, decision: 1 bytes:"), text);
    }
    try (Engine engine = Engine.of(List.of(device(0)));
        State state = engine.newState();
        Plan plan = engine.compile(choice(), state)) {
      String text = plan.explain();
      assertTrue(text.contains("if false, moves nothing:"), text);
      assertTrue(text.contains(", decided by "), text);
    }
  }

  @Test
  void aFailureInsideIsReportedAndLeavesNothing() {
    SimulatedDevice device = device(0).withFaults(FaultPlan.at(FaultPlan.Kind.LAUNCH, 6));
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState();
        Plan plan = engine.compile(fibonacci(5), state)) {
      assertThrows(DeviceException.class, () -> plan.run(x(1, 2, 3)));
      Reference.Result expected = Reference.run(fibonacci(5), x(1, 2, 3), Map.of());
      assertArrayEquals(
          expected.doubles("y0"), plan.run(x(1, 2, 3)).get("y0").toDoubles(), 1e-6, "next run");
    }
    assertEquals(0, device.allocatedBytes());
  }
}
