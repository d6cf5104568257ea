package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.device.QueueRole;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.device.simulated.VirtualClock;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// What runs at the same time, on devices whose time is made up.
class OverlapTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// A device on which a run of [#step] computes about as long as its batch takes to come up.
  private static SimulatedDevice device(int number, VirtualClock clock) {
    return SimulatedDevice.of("simulated:" + number, 1 << 24)
        .withSpeed(new DeviceInfo.Speed(1e9, 1e9, 1e-6))
        .withLink(new Link(Link.Mode.DIRECT, 1e-6, 2e7, 2e7))
        .withClock(clock);
  }

  private static Graph step() {
    GraphBuilder g = new GraphBuilder("step");
    Node x = g.input("x", TensorType.f32(64, 32));
    Node w = g.variable("w", TensorType.f32(32, 32));
    Node y = x;
    for (int i = 0; i < 3; i++) {
      y = y.matmul(w).tanh();
    }
    g.assign("w", w.sub(x.transpose().matmul(y).mul(1e-3)));
    g.output("loss", y.square().sum());
    return g.build();
  }

  private static Tensor batch(SplittableRandom random) {
    return Tensor.filled(TensorType.f32(64, 32), _ -> random.nextDouble(-1, 1));
  }

  private static Tensor weights() {
    SplittableRandom random = new SplittableRandom(SEED);
    return Tensor.filled(TensorType.f32(32, 32), _ -> random.nextDouble(-0.2, 0.2));
  }

  private static final int RUNS = 40;

  private record Trained(
      List<Float> losses, List<Float> weights, double seconds, VirtualClock clock) {}

  private static Trained train(boolean overlapping) {
    VirtualClock clock = VirtualClock.start();
    SplittableRandom random = new SplittableRandom(SEED);
    List<Float> losses = new ArrayList<>();
    try (Engine engine = Engine.of(List.of(device(0, clock)));
        State state = engine.newState()) {
      state.set("w", weights());
      Plan plan = engine.compile(step(), state);
      double start = clock.endSeconds();
      Run before = null;
      for (int i = 0; i < RUNS; i++) {
        Map<String, Tensor> feeds = Map.of("x", batch(random));
        if (overlapping) {
          Run now = plan.start(feeds);
          if (before != null) {
            losses.add(before.await().get("loss").toFloats()[0]);
          }
          before = now;
        } else {
          losses.add(plan.run(feeds).get("loss").toFloats()[0]);
        }
      }
      if (before != null) {
        losses.add(before.await().get("loss").toFloats()[0]);
      }
      double seconds = clock.endSeconds() - start;
      List<Float> weights = new ArrayList<>();
      for (float weight : state.get("w").toFloats()) {
        weights.add(weight);
      }
      return new Trained(losses, weights, seconds, clock);
    }
  }

  @Test
  void inputsOfTheNextRunComeUpWhileThisOneComputes() {
    Trained alone = train(false);
    Trained overlapping = train(true);
    assertEquals(alone.losses(), overlapping.losses());
    assertEquals(alone.weights(), overlapping.weights());
    double up = seconds(alone.clock(), QueueRole.UPLOAD);
    double down = seconds(alone.clock(), QueueRole.DOWNLOAD);
    double compute = seconds(alone.clock(), QueueRole.COMPUTE);
    double hideable = Math.min(up + down, compute) * (RUNS - 1) / RUNS;
    double hidden = alone.seconds() - overlapping.seconds();
    System.out.printf(
        "%d runs: up %.0f us, compute %.0f us; one after the other %.0f us, overlapping %.0f us: "
            + "%.1f %% of what can be hidden is%n",
        RUNS,
        up * 1e6,
        compute * 1e6,
        alone.seconds() * 1e6,
        overlapping.seconds() * 1e6,
        100 * hidden / hideable);
    assertTrue(hidden >= 0.9 * hideable, hidden + " of " + hideable);
  }

  private static double seconds(VirtualClock clock, QueueRole role) {
    return clock.busySeconds(new VirtualClock.Lane("simulated:0", role));
  }

  @Test
  void stagedInputsComeUpBeforeTheRunStarts() {
    VirtualClock clock = VirtualClock.start();
    SplittableRandom random = new SplittableRandom(SEED);
    List<Tensor> batches = List.of(batch(random), batch(random), batch(random));
    List<Float> want = new ArrayList<>();
    List<Float> got = new ArrayList<>();
    try (Engine engine = Engine.of(List.of(device(0, clock)));
        State state = engine.newState();
        State other = engine.newState()) {
      state.set("w", weights());
      other.set("w", weights());
      Plan plan = engine.compile(step(), state);
      Plan alone = engine.compile(step(), other);
      Staged staged = plan.stage(Map.of("x", batches.get(0)));
      for (int i = 0; i < batches.size(); i++) {
        Run run = staged.start();
        Staged again = staged;
        IllegalStateException e = assertThrows(IllegalStateException.class, again::start);
        assertTrue(e.getMessage().contains("\n  try: plan.stage(feeds) anew"), e.getMessage());
        if (i + 1 < batches.size()) {
          double before = clock.endSeconds(new VirtualClock.Lane("simulated:0", QueueRole.UPLOAD));
          staged = plan.stage(Map.of("x", batches.get(i + 1)));
          assertTrue(
              clock.endSeconds(new VirtualClock.Lane("simulated:0", QueueRole.UPLOAD)) > before);
        }
        got.add(run.await().get("loss").toFloats()[0]);
        want.add(alone.run(Map.of("x", batches.get(i))).get("loss").toFloats()[0]);
      }
      assertEquals(want, got);
      Staged given = plan.stage(Map.of("x", batches.get(0)));
      Binding binding = plan.bind(Map.of("x", batches.get(1)));
      binding.run();
      assertThrows(IllegalStateException.class, given::start);
      assertEquals(alone.run(Map.of("x", batches.get(1))).get("loss"), binding.output("loss"));
      plan.stage(Map.of("x", batches.get(0)));
    }
  }

  @Test
  void aRunIsExpectedToTakeWhatItTakes() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int devices = 1; devices <= 3; devices++) {
      VirtualClock clock = VirtualClock.start();
      List<SimulatedDevice> all = new ArrayList<>();
      for (int i = 0; i < devices; i++) {
        String refused = i == 0 ? "tanh" : "none";
        all.add(
            device(i, clock)
                .refusing((op, _) ->
                    op.mnemonic().equals(refused) ? Optional.of("not here") : Optional.empty()));
      }
      if (devices == 1) {
        all.set(0, device(0, clock));
      }
      try (Engine engine = Engine.of(all);
          State state = engine.newState()) {
        state.set("w", weights());
        Plan plan = engine.compile(step(), state);
        Map<String, Tensor> feeds = Map.of("x", batch(random));
        plan.run(feeds);
        double start = Math.max(clock.endSeconds(), clock.hostSeconds());
        plan.run(feeds);
        assertEquals(
            plan.expectedSeconds(), clock.endSeconds() - start, 1e-12, devices + " devices");
      }
    }
  }

  @Test
  void branchesOnTwoDevicesRunAtTheSameTime() {
    GraphBuilder g = new GraphBuilder("branches");
    Node x = g.input("x", TensorType.f32(64, 64));
    Node left;
    try (var _ = g.scope("left")) {
      left = x.matmul(x).matmul(x).matmul(x);
    }
    Node right;
    try (var _ = g.scope("right")) {
      right = x.matmul(x.transpose()).matmul(x).matmul(x);
    }
    g.output("left", left.sum());
    g.output("right", right.sum());
    VirtualClock clock = VirtualClock.start();
    try (Engine engine = Engine.of(List.of(device(0, clock), device(1, clock)));
        State state = engine.newState()) {
      PlanOptions apart =
          PlanOptions.defaults().withPin("left", "simulated:0").withPin("right", "simulated:1");
      Plan plan = engine.compile(g.build(), state, apart);
      Tensor fed = Tensor.filled(TensorType.f32(64, 64), i -> (i % 7) * 0.01);
      double start = clock.endSeconds();
      plan.run(Map.of("x", fed));
      double took = clock.endSeconds() - start;
      double work =
          clock.busySeconds(new VirtualClock.Lane("simulated:0", QueueRole.COMPUTE))
              + clock.busySeconds(new VirtualClock.Lane("simulated:1", QueueRole.COMPUTE));
      assertTrue(took < work, "%.0f us for %.0f us of work".formatted(took * 1e6, work * 1e6));
    }
  }

  @Test
  void aFailureInOneRunFailsTheNextOneThatIsUnderWay() {
    VirtualClock clock = VirtualClock.start();
    SplittableRandom random = new SplittableRandom(SEED);
    SimulatedDevice faulty = device(0, clock).withFaults(FaultPlan.at(FaultPlan.Kind.LAUNCH, 2));
    try (Engine engine = Engine.of(List.of(faulty));
        State state = engine.newState()) {
      state.set("w", weights());
      Plan plan = engine.compile(step(), state);
      Run first = plan.start(Map.of("x", batch(random)));
      Run second = plan.start(Map.of("x", batch(random)));
      RunException e = assertThrows(RunException.class, second::await);
      assertTrue(e.getMessage().startsWith("simulated:0: plan of step: "), e.getMessage());
      assertThrows(RunException.class, first::await);
      assertThrows(RunException.class, second::await);
      assertTrue(first.isDone() && second.isDone());
      assertThrows(IllegalStateException.class, () -> plan.start(Map.of("x", batch(random))));
      state.set("w", weights());
      assertFalse(plan.run(Map.of("x", batch(random))).isEmpty());
    }
    assertEquals(0, faulty.allocatedBytes());
  }

  @Test
  void readingAVariableWaitsForTheRunsUnderWay() {
    SplittableRandom random = new SplittableRandom(SEED);
    List<Tensor> batches = List.of(batch(random), batch(random));
    VirtualClock clock = VirtualClock.start();
    try (Engine engine = Engine.of(List.of(device(0, clock)));
        State state = engine.newState();
        State other = engine.newState()) {
      state.set("w", weights());
      other.set("w", weights());
      Plan plan = engine.compile(step(), state);
      plan.start(Map.of("x", batches.get(0)));
      plan.start(Map.of("x", batches.get(1)));
      Tensor got = state.get("w");
      Plan again = engine.compile(step(), other);
      again.run(Map.of("x", batches.get(0)));
      again.run(Map.of("x", batches.get(1)));
      assertEquals(other.get("w"), got);
    }
  }

  @Test
  void aRunThatNobodyAwaitsEndsWithThePlan() {
    VirtualClock clock = VirtualClock.start();
    SimulatedDevice device = device(0, clock);
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      state.set("w", weights());
      Plan plan = engine.compile(step(), state);
      Run run = plan.start(Map.of("x", batch(new SplittableRandom(SEED))));
      plan.close();
      assertTrue(run.isDone());
      assertEquals(1, run.await().size());
    }
    assertEquals(0, device.allocatedBytes());
  }

  @Test
  void aFailureToStartIsTold() {
    VirtualClock clock = VirtualClock.start();
    SimulatedDevice device = device(0, clock);
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      state.set("w", weights());
      Plan plan = engine.compile(step(), state);
      device.close();
      DeviceException e =
          assertThrows(
              DeviceException.class,
              () -> plan.start(Map.of("x", batch(new SplittableRandom(SEED)))));
      assertTrue(e.getMessage().contains("\n  try: "), e.getMessage());
    }
  }
}
