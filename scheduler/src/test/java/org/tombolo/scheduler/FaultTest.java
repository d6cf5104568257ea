package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.device.DeviceException;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Every kind of failure at every place of a small training run: ends in a typed error that names
/// device, plan and task, leaks nothing, and leaves an engine that computes the right numbers from
/// then on, without the device if that is lost.
class FaultTest {
  private static final int STEPS = 3;
  private static final Tensor X = Tensor.filled(TensorType.f32(4, 3), i -> i * 0.1 - 0.5);
  private static final Tensor W = Tensor.full(TensorType.f32(3, 2), 0.5);

  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("descent");
    Node x = g.input("x", TensorType.f32(4, 3));
    Node w = g.variable("w", TensorType.f32(3, 2));
    Node product;
    try (var _ = g.scope("first")) {
      product = x.matmul(w);
    }
    Node y = product.tanh().mul(g.constant(Tensor.filled(TensorType.f32(4, 2), i -> 1 + i)));
    g.assign("w", w.sub(x.transpose().matmul(y).mul(0.1)));
    g.output("loss", y.square().sum());
    return g.build();
  }

  /// How many devices there are, and whether a run starts while the one before is under way.
  record Setting(int devices, boolean overlapping) {
    /// The first device fails as planned. With two, it has no tanh, so that every run crosses the
    /// bridge.
    List<SimulatedDevice> machine(FaultPlan faults) {
      SimulatedDevice faulty = SimulatedDevice.of("simulated:0", 1 << 20).withFaults(faults);
      if (devices == 1) {
        return List.of(faulty, SimulatedDevice.of("simulated:1", 1 << 20));
      }
      return List.of(
          faulty.refusing((op, _) ->
              op.mnemonic().equals("tanh") ? Optional.of("no tanh here") : Optional.empty()),
          SimulatedDevice.of("simulated:1", 1 << 20));
    }

    /// Holds everything, or with two devices what comes before the tanh, to the device that fails
    /// while it is there.
    PlanOptions options(Engine engine) {
      boolean there =
          engine.usable().stream().anyMatch(device -> device.info().id().equals("simulated:0"));
      return there
          ? PlanOptions.defaults().withPin(devices == 1 ? "" : "first", "simulated:0")
          : PlanOptions.defaults();
    }
  }

  private static List<Float> train(Engine engine, State state, Setting setting) {
    List<Float> losses = new ArrayList<>();
    state.set("w", W);
    try (Plan plan = engine.compile(graph(), state, setting.options(engine))) {
      Run before = null;
      for (int step = 0; step < STEPS; step++) {
        Run now = plan.start(Map.of("x", X));
        if (!setting.overlapping()) {
          now.await();
        }
        if (before != null) {
          losses.add(before.await().get("loss").toFloats()[0]);
        }
        before = now;
      }
      losses.add(before.await().get("loss").toFloats()[0]);
    }
    return losses;
  }

  static Stream<Arguments> everything() {
    return Stream.of(FaultPlan.Kind.values())
        .flatMap(kind ->
            Stream.of(
                    new Setting(1, false),
                    new Setting(1, true),
                    new Setting(2, false),
                    new Setting(2, true))
                .map(setting -> Arguments.of(kind, setting)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("everything")
  void endsInATypedErrorAndLeaksNothing(FaultPlan.Kind kind, Setting setting) {
    List<Float> want;
    try (Engine engine = Engine.of(setting.machine(FaultPlan.none()));
        State state = engine.newState()) {
      want = train(engine, state, setting);
    }
    int failures = 0;
    boolean failed = true;
    for (int at = 0; failed; at++) {
      String where = kind + " " + at;
      List<SimulatedDevice> devices = setting.machine(FaultPlan.at(kind, at));
      try (Engine engine = Engine.of(devices).waitLimit(Duration.ofMillis(2));
          State state = engine.newState()) {
        try {
          assertEquals(want, train(engine, state, setting), where);
          failed = false;
        } catch (DeviceException e) {
          failures++;
          requireTold(e, kind, where);
        }
        if (failed && kind != FaultPlan.Kind.HANG) {
          engine.waitLimit(Duration.ofSeconds(10));
          assertEquals(want, train(engine, state, setting), "after " + where);
        }
      }
      for (SimulatedDevice device : devices) {
        assertEquals(0, device.allocatedBytes(), "bytes left after " + where);
      }
    }
    assertTrue(failures >= STEPS || kind == FaultPlan.Kind.ALLOCATE, failures + " failures");
    assertTrue(failures > 0);
  }

  private static void requireTold(DeviceException e, FaultPlan.Kind kind, String where) {
    String told = where + ": " + e.getMessage();
    assertEquals("simulated:0", e.device(), told);
    assertTrue(e.getMessage().contains("\n  try: "), told);
    assertTrue(e.getMessage().contains("plan of descent"), told);
    switch (kind) {
      case ALLOCATE -> assertTrue(e instanceof OutOfDeviceMemoryException, told);
      case UPLOAD, DOWNLOAD, LAUNCH, LOSE_DEVICE, HANG -> {
        assertTrue(e instanceof RunException, told);
        assertFalse(((RunException) e).task().isBlank(), told);
        assertEquals("descent", ((RunException) e).plan());
      }
    }
  }

  @Test
  void namesRegionAndTensor() {
    List<String> told = new ArrayList<>();
    for (FaultPlan.Kind kind :
        List.of(FaultPlan.Kind.UPLOAD, FaultPlan.Kind.LAUNCH, FaultPlan.Kind.DOWNLOAD)) {
      int at = kind == FaultPlan.Kind.UPLOAD ? 2 : 0; // after a variable and a constant
      Setting setting = new Setting(1, false);
      try (Engine engine = Engine.of(setting.machine(FaultPlan.at(kind, at)));
          State state = engine.newState()) {
        RunException e = assertThrows(RunException.class, () -> train(engine, state, setting));
        told.add(e.getMessage().lines().findFirst().orElseThrow());
      }
    }
    assertEquals(
        List.of(
            "simulated:0: plan of descent: upload input \"x\": f32[4,3]: upload number 2 failed as planned",
            "simulated:0: plan of descent: run first/dot -> f32[4,2]: launch number 0 failed as planned",
            "simulated:0: plan of descent: download reduce_sum: f32[] as \"loss\": download number 0 failed as planned"),
        told);
  }

  @Test
  void aLostDeviceTakesItsVariablesAndPlansAndNoMore() {
    Setting setting = new Setting(1, false);
    List<SimulatedDevice> devices = setting.machine(FaultPlan.at(FaultPlan.Kind.LOSE_DEVICE, 5));
    try (Engine engine = Engine.of(devices);
        State state = engine.newState()) {
      state.set("w", W);
      Plan plan = engine.compile(graph(), state, setting.options(engine));
      PlanOptions elsewhere = PlanOptions.defaults().withPin("", "simulated:1");
      State apart = engine.newState();
      apart.set("w", W);
      Plan bystander = engine.compile(graph(), apart, elsewhere);
      Tensor first = bystander.run(Map.of("x", X)).get("loss");
      assertEquals(first, plan.run(Map.of("x", X)).get("loss"));
      assertThrows(RunException.class, () -> plan.run(Map.of("x", X)));
      assertFalse(plan.isUsable());
      assertTrue(bystander.isUsable());
      apart.set("w", W);
      assertEquals(first, bystander.run(Map.of("x", X)).get("loss"));
      DeviceException again = assertThrows(DeviceException.class, () -> plan.run(Map.of("x", X)));
      assertEquals(
          "simulated:0: plan of descent: the device is lost\n"
              + "  try: compiling the graph again, for the other devices; what lay there must be set anew",
          again.getMessage());
      IllegalStateException gone = assertThrows(IllegalStateException.class, () -> state.get("w"));
      assertEquals(
          "state: variable \"w\" is uncertain: it was on simulated:0, which is lost\n"
              + "  try: setting it anew, from a checkpoint",
          gone.getMessage());
      assertThrows(IllegalStateException.class, () -> engine.compile(graph(), state));
      state.set("w", W);
      Plan other = engine.compile(graph(), state);
      assertTrue(other.isUsable());
      other.run(Map.of("x", X));
      assertTrue(other.explain().contains("simulated:1"));
    }
    assertEquals(0, devices.get(0).allocatedBytes());
    assertEquals(0, devices.get(1).allocatedBytes());
  }

  @Test
  void whatNeverEndsIsGivenUp() {
    Setting setting = new Setting(1, false);
    List<SimulatedDevice> devices = setting.machine(FaultPlan.at(FaultPlan.Kind.HANG, 1));
    try (Engine engine = Engine.of(devices).waitLimit(Duration.ofMillis(5));
        State state = engine.newState()) {
      state.set("w", W);
      Plan plan = engine.compile(graph(), state, setting.options(engine));
      long start = System.nanoTime();
      RunException e = assertThrows(RunException.class, () -> plan.run(Map.of("x", X)));
      assertTrue(e.getMessage().contains("work is not done after"), e.getMessage());
      assertTrue(System.nanoTime() - start < Duration.ofSeconds(5).toNanos());
      state.set("w", W);
      DeviceException again = assertThrows(DeviceException.class, () -> plan.run(Map.of("x", X)));
      assertEquals(
          "simulated:0: plan of descent: an earlier run was given up but has not ended: "
              + "run mul -> f32[4,2] (2 operations, 64 bytes saved)\n"
              + "  try: waiting; if the device hangs, an engine without it",
          again.getMessage());
      assertThrows(DeviceException.class, () -> plan.bind(Map.of("x", X)).run());
      State apart = engine.newState();
      apart.set("w", W);
      engine.waitLimit(Duration.ofSeconds(10));
      Plan other =
          engine.compile(graph(), apart, PlanOptions.defaults().withPin("", "simulated:1"));
      other.run(Map.of("x", X)); // the other device goes on
      engine.waitLimit(Duration.ofMillis(5));
    }
    assertEquals(0, devices.get(0).allocatedBytes());
  }

  @Test
  void waitsNeedALimit() {
    try (Engine engine = Engine.of(new Setting(1, false).machine(FaultPlan.none()))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> engine.waitLimit(Duration.ZERO));
      assertTrue(e.getMessage().startsWith("engine: waits of at most PT0S; need more than 0"));
    }
  }
}
