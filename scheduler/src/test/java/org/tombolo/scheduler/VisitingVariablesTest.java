package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.DeviceException;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.report.PlanReport;

/// Variables that live on the host since a device has no room for them: they come up for those that
/// read them, their next values come down, and nothing else changes.
class VisitingVariablesTest {
  private static final TensorType VECTOR = TensorType.f32(256);
  private static final long KIB = VECTOR.bytes();

  private static PlanOptions limit(long bytes) {
    return PlanOptions.defaults().withMemoryLimit("simulated:0", bytes);
  }

  private static SimulatedDevice device() {
    return SimulatedDevice.of("simulated:0", 1 << 26);
  }

  /// A step of training with two moments for each weight.
  private static Graph adam(int layers) {
    GraphBuilder g = new GraphBuilder("adam");
    Node y = g.input("x", TensorType.f32(4, 16));
    List<Node> weights = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      weights.add(g.variable("w" + i, TensorType.f32(16, 16)));
      y = y.matmul(weights.getLast()).tanh();
    }
    Node loss = y.square().sum();
    List<Node> gradients = Gradients.of(loss, weights);
    for (int i = 0; i < layers; i++) {
      Node gradient = gradients.get(i);
      Node m = g.variable("m" + i, gradient.type()).mul(0.9).add(gradient.mul(0.1));
      Node v = g.variable("v" + i, gradient.type()).mul(0.99).add(gradient.square().mul(0.01));
      g.assign("m" + i, m);
      g.assign("v" + i, v);
      g.assign("w" + i, weights.get(i).sub(m.div(v.abs().sqrt().add(0.1)).mul(0.01)));
    }
    g.output("loss", loss);
    return g.build();
  }

  @Test
  void trainingNeedsLessThanItsVariables() {
    Graph graph = adam(6);
    MemoryReliefTest.Outcome free = MemoryReliefTest.run(graph, device(), PlanOptions.defaults());
    long variables = free.report().devices().getFirst().stateBytes();
    assertEquals(18 * KIB, variables);
    for (long limit : new long[] {free.peak() * 6 / 10, variables * 2 / 3, variables / 2}) {
      MemoryReliefTest.Outcome tight = MemoryReliefTest.run(graph, device(), limit(limit));
      assertTrue(tight.peak() <= limit, tight.peak() + " of " + limit);
      assertEquals(free.values(), tight.values(), "the same bits");
      assertTrue(tight.returns(PlanReport.Way.KEPT_ON_HOST) > 0, tight.report()::text);
      PlanReport.Device held = tight.report().devices().getFirst();
      assertEquals(
          held.stateBytes(),
          held.variables().stream().mapToLong(PlanReport.Held::bytes).sum(),
          "those at home are listed, the others are not");
    }
  }

  /// Eight vectors that are only read, in turn.
  private static Graph reader() {
    GraphBuilder g = new GraphBuilder("reader");
    Node sum = g.input("x", VECTOR);
    for (int i = 0; i < 8; i++) {
      sum = sum.add(sum.scan(ReduceFn.SUM, 0).mul(g.variable("w" + i, VECTOR)));
    }
    g.output("sum", sum);
    return g.build();
  }

  @Test
  void whatIsOnlyReadComesUpAndNeverDown() {
    MemoryReliefTest.Outcome free =
        MemoryReliefTest.run(reader(), device(), PlanOptions.defaults());
    MemoryReliefTest.Outcome tight = MemoryReliefTest.run(reader(), device(), limit(4 * KIB));
    assertEquals(free.values(), tight.values());
    long visiting = tight.returns(PlanReport.Way.KEPT_ON_HOST);
    long home = tight.report().devices().getFirst().stateBytes() / KIB;
    assertTrue(visiting >= 5, tight.report()::text);
    assertEquals(8, visiting + home);
    assertEquals(
        List.of(
            "host simulated:0 INPUT " + KIB,
            "host simulated:0 SWAP " + visiting * KIB,
            "simulated:0 host FETCH " + KIB),
        tight.report().traffic().stream()
            .map(it -> "%s %s %s %d".formatted(it.from(), it.to(), it.purpose(), it.bytes()))
            .toList());
    assertTrue(
        tight.report().text().contains("upload variable \"w0\": f32[256]\n"), tight.report()::text);
    assertTrue(tight.report().text().contains(": kept on host, "), tight.report()::text);
  }

  /// Products in loops and sums or differences in branches, each with a variable that is assigned.
  private static Graph inside() {
    GraphBuilder g = new GraphBuilder("inside");
    Node sum = g.input("x", VECTOR);
    for (int i = 0; i < 5; i++) {
      Node w = g.variable("w" + i, VECTOR);
      Node product =
          g.whileLoop(
                  OptionalLong.of(3),
                  List.of(w, g.scalar(DType.I32, 0)),
                  List.of(sum),
                  in -> in.get(1).compare(CompareFn.LT, 3),
                  in -> List.of(in.get(0).mul(in.get(2)).tanh(), in.get(1).add(1)))
              .getFirst();
      sum =
          g.ifElse(
                  product.sum().compare(CompareFn.GT, 0),
                  List.of(product, w),
                  in -> List.of(in.get(0).add(in.get(1))),
                  in -> List.of(in.get(0).sub(in.get(1))))
              .getFirst();
      g.assign("w" + i, w.add(sum));
    }
    g.output("sum", sum);
    return g.build();
  }

  @Test
  void branchesAndLoopsReadVisitors() {
    Tensor free = null;
    long peak = 0;
    for (boolean isTight : new boolean[] {false, true}) {
      try (Engine engine = Engine.of(List.of(device()));
          State state = engine.newState()) {
        for (int i = 0; i < 5; i++) {
          state.set("w" + i, Tensor.filled(VECTOR, at -> at % 7 - 3));
        }
        PlanOptions options = isTight ? limit(peak - 3 * KIB) : PlanOptions.defaults();
        try (Plan plan = engine.compile(inside(), state, options)) {
          peak = plan.statistics().peakBytes();
          assertEquals(isTight, plan.blueprint().visitors().size() > 1, plan::explain);
          plan.run(ONES);
          Tensor sum = plan.run(ONES).get("sum");
          free = free == null ? sum : free;
          assertEquals(free, sum);
        }
      }
    }
  }

  /// Variables that change places, take an input, a constant and a result, or keep what they are.
  private static Graph exchange() {
    GraphBuilder g = new GraphBuilder("exchange");
    Node x = g.input("x", VECTOR);
    Node a = g.variable("a", VECTOR);
    Node b = g.variable("b", VECTOR);
    Node c = g.variable("c", VECTOR);
    Node d = g.variable("d", VECTOR);
    Node e = g.variable("e", VECTOR);
    Node shared = a.mul(c).add(d);
    g.assign("a", b);
    g.assign("b", a);
    g.assign("c", x);
    g.assign("d", g.constant(Tensor.filled(VECTOR, i -> i / 100.0)));
    g.assign("e", shared);
    g.variable("f", VECTOR);
    g.assign("f", shared);
    g.assign("h", g.variable("h", VECTOR));
    g.output("shared", shared);
    g.output("before", b);
    g.output("wide", e.scan(ReduceFn.SUM, 0).add(c.scan(ReduceFn.MAX, 0)).mul(x));
    return g.build();
  }

  @Test
  void variablesThatTakeOverOthers() {
    MemoryReliefTest.Outcome free =
        MemoryReliefTest.run(exchange(), device(), PlanOptions.defaults());
    long visits = 0;
    for (long limit = free.peak() - KIB; limit >= 6 * KIB; limit -= KIB) {
      MemoryReliefTest.Outcome tight = MemoryReliefTest.run(exchange(), device(), limit(limit));
      assertTrue(tight.peak() <= limit, tight.peak() + " of " + limit);
      assertEquals(free.values(), tight.values(), tight.report()::text);
      visits = Math.max(visits, tight.returns(PlanReport.Way.KEPT_ON_HOST));
    }
    assertTrue(visits > 2, visits + " visits");
  }

  /// Adds an input to each of some variables.
  private static Graph adder(String name) {
    GraphBuilder g = new GraphBuilder(name);
    Node x = g.input("x", VECTOR);
    Node sum = x;
    for (int i = 0; i < 6; i++) {
      Node next = g.variable("w" + i, VECTOR).add(x);
      sum = sum.add(next.scan(ReduceFn.SUM, 0));
      g.assign("w" + i, next);
    }
    g.output("sum", sum);
    return g.build();
  }

  private static final Map<String, Tensor> ONES = Map.of("x", Tensor.filled(VECTOR, _ -> 1));

  private static void zero(State state) {
    for (int i = 0; i < 6; i++) {
      state.set("w" + i, Tensor.filled(VECTOR, _ -> 0));
    }
  }

  private static void requireAll(double want, State state) {
    for (String name : state.names()) {
      for (double each : state.get(name).toDoubles()) {
        assertEquals(want, each, name);
      }
    }
  }

  @Test
  void plansShareVariablesWhereverTheyLive() {
    SimulatedDevice device = device();
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      zero(state);
      Plan tight = engine.compile(adder("tight"), state, limit(7 * KIB));
      assertEquals(6, tight.blueprint().visitors().size(), tight::explain);
      tight.run(ONES);
      requireAll(1, state);
      Plan roomy = engine.compile(adder("roomy"), state);
      assertTrue(roomy.report().returns().isEmpty(), roomy::explain);
      double want = 1;
      for (Plan plan : List.of(roomy, roomy, tight, tight, roomy, tight, roomy)) {
        plan.run(ONES);
        want++;
      }
      requireAll(want, state);
      tight.start(ONES);
      roomy.start(ONES);
      tight.start(ONES);
      requireAll(want + 3, state);
      zero(state);
      tight.run(ONES);
      requireAll(1, state);
      zero(state);
      roomy.run(ONES);
      requireAll(1, state);
      Plan later = engine.compile(adder("later"), state, limit(roomy.statistics().peakBytes()));
      assertTrue(later.report().returns().isEmpty(), "what is at home stays there");
      assertThrows(
          PlacementException.class, () -> engine.compile(adder("tight"), state, limit(7 * KIB)));
      tight.close();
      roomy.run(ONES);
      requireAll(2, state);
    }
    assertEquals(0, device.allocatedBytes());
  }

  @Test
  void whatWasReadStaysAsItWas() {
    try (Engine engine = Engine.of(List.of(device()));
        State state = engine.newState()) {
      zero(state);
      Plan tight = engine.compile(adder("tight"), state, limit(7 * KIB));
      Binding binding = tight.bind(ONES);
      List<Tensor> read = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        read.add(state.get("w0"));
        binding.run();
      }
      requireAll(4, state);
      for (int i = 0; i < 4; i++) {
        assertEquals(i, read.get(i).at(7));
      }
      assertEquals(1 + 6 * 4, binding.output("sum").at(0));
    }
  }

  @Test
  void afterAFailureVariablesAreSetAnew() {
    for (FaultPlan.Kind kind :
        List.of(FaultPlan.Kind.UPLOAD, FaultPlan.Kind.DOWNLOAD, FaultPlan.Kind.LAUNCH)) {
      int failures = 0;
      boolean failed = true;
      for (int at = 0; failed; at++) {
        failed = false;
        SimulatedDevice device = device().withFaults(FaultPlan.at(kind, at));
        try (Engine engine = Engine.of(List.of(device));
            State state = engine.newState()) {
          zero(state);
          try (Plan plan = engine.compile(adder("tight"), state, limit(7 * KIB))) {
            try {
              plan.run(ONES);
            } catch (DeviceException e) {
              failed = true;
              failures++;
              assertThrows(IllegalStateException.class, () -> state.get("w0"));
              assertThrows(IllegalStateException.class, () -> plan.run(ONES));
              zero(state);
              plan.run(ONES);
            }
            requireAll(1, state);
          }
        }
        assertEquals(0, device.allocatedBytes());
      }
      assertTrue(failures >= 7, failures + " of " + kind);
    }
  }

  @Test
  void whatIsOnTheHostOutlivesTheDevice() {
    SimulatedDevice device = device().withFaults(FaultPlan.at(FaultPlan.Kind.LOSE_DEVICE, 60));
    try (Engine engine = Engine.of(List.of(device, SimulatedDevice.of("simulated:1", 1 << 20)));
        State state = engine.newState()) {
      for (int i = 0; i < 8; i++) {
        state.set("w" + i, Tensor.filled(VECTOR, j -> j % 3));
      }
      PlanOptions there = limit(5 * KIB).withPin("", "simulated:0");
      Plan plan = engine.compile(reader(), state, there);
      List<String> visitors = List.copyOf(plan.blueprint().visitors().keySet());
      assertFalse(visitors.isEmpty());
      Tensor first = plan.run(ONES).get("sum");
      assertThrows(
          DeviceException.class,
          () -> {
            for (int i = 0; i < 60; i++) {
              assertEquals(first, plan.run(ONES).get("sum"));
            }
          });
      for (String name : visitors) {
        assertEquals(Tensor.filled(VECTOR, j -> j % 3), state.get(name));
      }
      for (String name : state.names()) {
        if (!visitors.contains(name)) {
          assertThrows(IllegalStateException.class, () -> state.get(name));
        }
      }
    }
  }

  @Test
  void aMeasuredRunMovesWhatWasPlanned() {
    try (Engine engine = Engine.of(List.of(device()));
        State state = engine.newState()) {
      zero(state);
      Plan tight = engine.compile(adder("tight"), state, limit(7 * KIB));
      long before = engine.meter().up();
      PlanReport report = tight.measure(ONES, 3);
      long planned =
          report.traffic().stream()
              .filter(it -> it.from().equals(ByteMeter.HOST))
              .mapToLong(PlanReport.Traffic::bytes)
              .sum();
      assertTrue(planned >= (1 + 6) * KIB, report::text);
      assertEquals(4 * planned, engine.meter().up() - before);
      requireAll(4, state);
    }
  }
}
