package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Link;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Variables that are read on two devices: they are uploaded once to each, and again only when they
/// have changed.
class MirroredVariablesTest {
  private static final TensorType TYPE = TensorType.f32(16, 16);
  private static final long BYTES = TYPE.bytes();

  private static SimulatedDevice lacking(int number, UnaryFn fn) {
    return SimulatedDevice.of("simulated:" + number, 1 << 20)
        .refusing((op, _) ->
            op instanceof Op.Call || op.equals(new Op.Unary(fn))
                ? Optional.of("not here")
                : Optional.empty());
  }

  /// Reads `w` in a sine on one device and in a cosine on the other.
  private static Graph reader() {
    GraphBuilder g = new GraphBuilder("reader");
    Node x = g.input("x", TYPE);
    Node w = g.variable("w", TYPE);
    g.output("sine", x.mul(w).unary(UnaryFn.SIN).sum());
    g.output("cosine", x.add(w).unary(UnaryFn.COS).sum());
    return g.build();
  }

  private static Graph writer() {
    GraphBuilder g = new GraphBuilder("writer");
    Node w = g.variable("w", TYPE);
    g.assign("w", w.mul(0.5));
    return g.build();
  }

  private static Tensor value(int seed) {
    return Tensor.filled(TYPE, i -> ((i * 7 + seed) % 11 - 5) / 8.0);
  }

  private static final class Fixture implements AutoCloseable {
    private final Engine engine;
    private final State state;
    private Map<ByteMeter.Route, Long> seen = Map.of();

    Fixture() {
      this(FaultPlan.none());
    }

    /// @param faults of the second device
    Fixture(FaultPlan faults) {
      this(lacking(1, UnaryFn.SIN).withFaults(faults));
    }

    Fixture(SimulatedDevice second) {
      engine = Engine.of(List.of(lacking(0, UnaryFn.COS), second));
      state = engine.newState();
    }

    /// What has moved since the last call.
    Map<String, Long> moved() {
      Map<ByteMeter.Route, Long> now = engine.meter().snapshot();
      Map<String, Long> moved = new TreeMap<>();
      now.forEach((route, bytes) -> {
        long more = bytes - seen.getOrDefault(route, 0L);
        if (more > 0) {
          moved.put("%s > %s %s".formatted(route.from(), route.to(), route.purpose()), more);
        }
      });
      seen = new HashMap<>(now);
      return moved;
    }

    void check(Plan plan, Tensor w) {
      Tensor x = value(3);
      Map<String, Tensor> got = plan.run(Map.of("x", x));
      Reference.Result want = Reference.run(reader(), Map.of("x", x), Map.of("w", w));
      for (String name : List.of("sine", "cosine")) {
        assertArrayEquals(want.doubles(name), got.get(name).toDoubles(), 1e-4, name);
      }
    }

    @Override
    public void close() {
      state.close();
      engine.close();
    }
  }

  private static final Map<String, Long> STEADY =
      new TreeMap<>(
          Map.of(
              "host > simulated:0 INPUT",
              BYTES,
              "host > simulated:1 INPUT",
              BYTES,
              "simulated:0 > host FETCH",
              4L,
              "simulated:1 > host FETCH",
              4L));

  private static Map<String, Long> with(Map<String, Long> more) {
    Map<String, Long> all = new TreeMap<>(STEADY);
    all.putAll(more);
    return all;
  }

  @Test
  void goUpOnceToEachDeviceThatReadsThem() {
    try (Fixture f = new Fixture()) {
      f.state.set("w", value(1));
      try (Plan plan = f.engine.compile(reader(), f.state)) {
        assertEquals(
            Map.of("host > simulated:0 STATE", BYTES, "host > simulated:1 STATE", BYTES),
            f.moved());
        for (int run = 0; run < 3; run++) {
          f.check(plan, value(1));
          assertEquals(STEADY, f.moved(), "nothing but inputs and results, run " + run);
        }
        long planned = plan.traffic().values().stream().mapToLong(Long::longValue).sum();
        assertEquals(STEADY.values().stream().mapToLong(Long::longValue).sum(), planned);
        for (PlanStatistics.Memory memory : plan.statistics().memory()) {
          assertEquals(BYTES, memory.stateBytes(), memory.device());
        }
        try (Plan again = f.engine.compile(reader(), f.state)) {
          assertEquals(Map.of(), f.moved(), "a second plan finds the copies");
          f.check(again, value(1));
        }
      }
    }
  }

  @Test
  void areRenewedAfterTheyAreSet() {
    try (Fixture f = new Fixture()) {
      f.state.set("w", value(1));
      try (Plan plan = f.engine.compile(reader(), f.state)) {
        f.check(plan, value(1));
        f.moved();
        f.state.set("w", value(2));
        f.state.set("w", value(5));
        assertEquals(Map.of("host > simulated:0 STATE", 2 * BYTES), f.moved());
        f.check(plan, value(5));
        assertEquals(
            with(Map.of("simulated:0 > host STATE", BYTES, "host > simulated:1 STATE", BYTES)),
            f.moved(),
            "once, with the run that needs it");
        f.check(plan, value(5));
        assertEquals(STEADY, f.moved());
        assertArrayEquals(value(5).toDoubles(), f.state.get("w").toDoubles());
      }
    }
  }

  @Test
  void areRenewedAfterAnotherPlanAssignsThem() {
    try (Fixture f = new Fixture()) {
      f.state.set("w", value(1));
      try (Plan read = f.engine.compile(reader(), f.state);
          Plan write = f.engine.compile(writer(), f.state)) {
        f.check(read, value(1));
        f.moved();
        write.run(Map.of());
        write.run(Map.of());
        assertEquals(Map.of(), f.moved(), "the owner alone is updated, where it lies");
        Tensor quarter = Tensor.filled(TYPE, i -> value(1).toDoubles()[(int) i] / 4);
        f.check(read, quarter);
        assertEquals(
            with(Map.of("simulated:0 > host STATE", BYTES, "host > simulated:1 STATE", BYTES)),
            f.moved());
        assertArrayEquals(quarter.toDoubles(), f.state.get("w").toDoubles());
      }
    }
  }

  @Test
  void ofAnEarlierPlanGetACopyThatTheirOwnerFills() {
    try (Fixture f = new Fixture()) {
      f.state.set("w", value(4));
      try (Plan write = f.engine.compile(writer(), f.state)) {
        write.run(Map.of());
        f.moved();
        try (Plan read = f.engine.compile(reader(), f.state)) {
          Tensor half = Tensor.filled(TYPE, i -> value(4).toDoubles()[(int) i] / 2);
          f.check(read, half);
          f.moved();
          f.check(read, half);
          assertEquals(STEADY, f.moved());
        }
      }
    }
  }

  @Test
  void thatAreAssignedHaveOneOwnerAndCross() {
    GraphBuilder g = new GraphBuilder("both");
    Node w = g.variable("w", TYPE);
    g.output("sine", w.unary(UnaryFn.SIN).sum());
    g.output("cosine", w.unary(UnaryFn.COS).sum());
    g.assign("w", w.mul(0.5));
    try (Fixture f = new Fixture()) {
      f.state.set("w", value(1));
      try (Plan plan = f.engine.compile(g.build(), f.state)) {
        assertEquals(BYTES, f.moved().values().stream().mapToLong(Long::longValue).sum());
        plan.run(Map.of());
        Map<String, Long> moved = f.moved();
        assertEquals(
            plan.traffic().values().stream().mapToLong(Long::longValue).sum(),
            moved.values().stream().mapToLong(Long::longValue).sum());
        assertTrue(moved.keySet().stream().anyMatch(route -> route.endsWith("BRIDGE")), "" + moved);
      }
    }
  }

  @Test
  void thatNobodyReadsStayOnTheHost() {
    GraphBuilder g = new GraphBuilder("idle");
    g.variable("w", TYPE);
    g.output("y", g.input("x", TYPE).mul(2));
    try (Fixture f = new Fixture()) {
      f.state.set("w", value(1));
      try (Plan plan = f.engine.compile(g.build(), f.state)) {
        assertEquals(Map.of(), f.moved());
        assertEquals(0, plan.statistics().memory().getFirst().stateBytes());
      }
      assertArrayEquals(value(1).toDoubles(), f.state.get("w").toDoubles());
    }
  }

  @Test
  void canBeResultsUnderAnotherShape() {
    GraphBuilder g = new GraphBuilder("renamed");
    Node w = g.variable("w", TYPE);
    Node x = g.input("x", TYPE);
    g.output("flat", w.reshape(256));
    g.output("turned", w.transpose());
    g.output("sine", x.mul(w).unary(UnaryFn.SIN));
    g.output("cosine", x.add(w).unary(UnaryFn.COS));
    Graph graph = g.build();
    try (Fixture f = new Fixture()) {
      f.state.set("w", value(6));
      try (Plan plan = f.engine.compile(graph, f.state)) {
        f.moved();
        Map<String, Tensor> feeds = Map.of("x", value(2));
        Map<String, Tensor> got = plan.run(feeds);
        Reference.Result want = Reference.run(graph, feeds, Map.of("w", value(6)));
        for (String name : graph.outputs().keySet()) {
          assertArrayEquals(want.doubles(name), got.get(name).toDoubles(), 1e-6, name);
        }
        assertEquals(
            plan.traffic().values().stream().mapToLong(Long::longValue).sum(),
            f.moved().values().stream().mapToLong(Long::longValue).sum());
      }
    }
  }

  @Test
  void thatCannotBeRenewedAreTriedAgain() {
    int failures = 0;
    for (int at = 0; at < 6; at++) {
      try (Fixture f = new Fixture(FaultPlan.at(FaultPlan.Kind.UPLOAD, at))) {
        f.state.set("w", value(1));
        for (int step = 2; step < 5; step++) {
          try (Plan plan = f.engine.compile(reader(), f.state)) {
            f.check(plan, f.state.get("w"));
            f.state.set("w", value(step));
            RunException e = null;
            try {
              f.check(plan, value(step));
            } catch (RunException failure) {
              e = failure;
            }
            if (e != null && e.task().startsWith("renewing")) {
              failures++;
              assertEquals("reader", e.plan());
              assertEquals("simulated:1", e.device());
              assertEquals("renewing copies of variable \"w\"", e.task());
            }
            f.check(plan, value(step));
          } catch (DeviceException elsewhere) {
            assertTrue(elsewhere.getMessage().contains("as planned"), elsewhere::getMessage);
          }
        }
      }
    }
    assertTrue(failures > 0, "a copy is renewed in every step");
  }

  /// The second device, from which values come down slowly: variables of both are at home on the
  /// first one.
  private static SimulatedDevice slowDown() {
    return lacking(1, UnaryFn.SIN).withLink(new Link(Link.Mode.DIRECT, 1e-5, 1e-4, 1e10, 1e9));
  }

  /// Copies of `w` on both devices, and much else in memory on the second one once it was read.
  private static Graph crowded() {
    GraphBuilder g = new GraphBuilder("crowded");
    Node w = g.variable("w", TensorType.f32(64, 64));
    Node x = g.input("x", TensorType.f32(64));
    g.output("sine", w.unary(UnaryFn.SIN).matmul(x.reshape(64, 1)));
    try (GraphBuilder.Scope _ = g.scope("far")) {
      Node read = w.unary(UnaryFn.COS).matmul(x.reshape(64, 1));
      Node wide = read.broadcastTo(Shape.of(64, 96)).unary(UnaryFn.COS);
      g.output("cosine", wide.transpose().matmul(wide).sum(1));
    }
    return g.build();
  }

  /// Gives `w` a home on the first device, where it has to stay.
  private static Graph settling() {
    GraphBuilder g = new GraphBuilder("settling");
    g.output("sines", g.variable("w", TensorType.f32(64, 64)).unary(UnaryFn.SIN).sum(0));
    return g.build();
  }

  @Test
  void copiesAreUndoneWhereMemoryIsShort() {
    Graph graph = crowded();
    Map<String, Tensor> feeds = Map.of("x", Tensor.filled(TensorType.f32(64), i -> i % 5 - 2));
    Tensor w = Tensor.filled(TensorType.f32(64, 64), i -> (i % 17 - 8) / 16.0);
    PlanOptions far = PlanOptions.defaults().withPin("far", "simulated:1");
    long wide = 0;
    Map<String, Tensor> free = Map.of();
    try (Fixture fixture = new Fixture(slowDown())) {
      fixture.state.set("w", w);
      try (Plan plan = fixture.engine.compile(graph, fixture.state, far)) {
        free = plan.run(feeds);
        assertEquals(2, plan.blueprint().mirrors().values().iterator().next().size());
        wide = plan.report().devices().get(1).peakBytes();
      }
    }
    PlanOptions tight = far.withMemoryLimit("simulated:1", wide - 4096);
    try (Fixture fixture = new Fixture(slowDown())) {
      fixture.state.set("w", w);
      fixture.engine.compile(settling(), fixture.state).close();
      try (Plan plan = fixture.engine.compile(graph, fixture.state, tight)) {
        assertTrue(
            plan.blueprint().mirrors().values().stream().noneMatch(places -> places.size() > 1),
            plan::explain);
        assertTrue(plan.report().devices().get(1).peakBytes() <= wide - 4096, plan::explain);
        plan.run(feeds);
        Map<String, Long> before = fixture.moved();
        assertTrue(before.containsKey("host > simulated:1 BRIDGE"), before.toString());
        Map<String, Tensor> got = plan.run(feeds);
        Map<String, Long> planned = new TreeMap<>();
        plan.traffic()
            .forEach((route, bytes) ->
                planned.put(
                    "%s > %s %s".formatted(route.from(), route.to(), route.purpose()), bytes));
        assertEquals(planned, fixture.moved(), "planned and metered");
        for (String name : List.of("sine", "cosine")) {
          assertArrayEquals(free.get(name).toDoubles(), got.get(name).toDoubles(), 0, name);
        }
      }
    }
    try (Fixture fixture = new Fixture(slowDown())) {
      fixture.state.set("w", w);
      try (Plan plan = fixture.engine.compile(graph, fixture.state, tight)) {
        String text = plan.explain();
        assertTrue(text.contains("w: f32[64,64] on simulated:1, 16,384 bytes: kept on host"), text);
        assertTrue(plan.report().devices().get(1).peakBytes() <= wide - 4096, text);
        for (int run = 0; run < 2; run++) {
          Map<String, Tensor> got = plan.run(feeds);
          for (String name : List.of("sine", "cosine")) {
            assertArrayEquals(free.get(name).toDoubles(), got.get(name).toDoubles(), 0, name);
          }
        }
      }
    }
  }
}
