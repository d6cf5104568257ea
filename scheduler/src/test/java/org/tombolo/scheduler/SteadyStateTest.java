package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.ByteMeter.Purpose;
import org.tombolo.device.ByteMeter.Route;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.device.simulated.VirtualClock;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// What crosses the bridge in a training step once variables are at home: two dense layers with
/// momentum, on one device and split between the layers.
class SteadyStateTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final long BATCH = 3;
  private static final long IN = 20;
  private static final long HIDDEN = 10;
  private static final long OUT = 12;

  private static Graph step() {
    GraphBuilder g = new GraphBuilder("step");
    Node x = g.input("x", TensorType.f32(BATCH, IN));
    Node y = g.input("y", TensorType.f32(BATCH, OUT));
    Node first = g.variable("first", TensorType.f32(IN, HIDDEN));
    Node second = g.variable("second", TensorType.f32(HIDDEN, OUT));
    Node hidden = x.matmul(first).tanh();
    Node loss = hidden.matmul(second).sub(y).square().mean(0, 1);
    List<Node> gradients = Gradients.of(loss, List.of(first, second));
    for (int i = 0; i < 2; i++) {
      Node weights = List.of(first, second).get(i);
      String name = List.of("first", "second").get(i);
      Node velocity = g.variable(name + "/velocity", weights.type());
      Node next = velocity.mul(0.9).add(gradients.get(i));
      g.assign(name + "/velocity", next);
      g.assign(name, weights.sub(next.mul(0.1)));
    }
    g.output("loss", loss);
    return g.build();
  }

  private static Tensor random(SplittableRandom random, TensorType type) {
    return Tensor.filled(type, _ -> random.nextDouble(-1, 1));
  }

  /// Steps on simulated devices that agree with the reference.
  ///
  /// @return what each step moved
  private static List<Map<Route, Long>> train(int devices, PlanOptions options) {
    VirtualClock clock = VirtualClock.start();
    List<Device> machine = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      machine.add(
          SimulatedDevice.of("simulated:" + i, 1 << 20)
              .withClock(clock)
              .withSpeed(new DeviceInfo.Speed(1e12, 1e12, 1e-9))
              .withLink(new Link(Link.Mode.DIRECT, 1e-9, 1e9, 1e9)));
    }
    Graph graph = step();
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, Tensor> expected = new TreeMap<>();
    graph
        .variables()
        .forEach(
            node -> expected.put(((Op.Variable) node.op()).name(), random(random, node.type())));
    List<Map<Route, Long>> moved = new ArrayList<>();
    try (Engine engine = Engine.of(machine);
        State state = engine.newState()) {
      expected.forEach(state::set);
      try (Plan plan = engine.compile(graph, state, options)) {
        for (int i = 0; i < 5; i++) {
          Map<String, Tensor> feeds =
              Map.of(
                  "x", random(random, TensorType.f32(BATCH, IN)),
                  "y", random(random, TensorType.f32(BATCH, OUT)));
          Map<Route, Long> before = engine.meter().snapshot();
          double loss = plan.run(feeds).get("loss").at(0);
          Map<Route, Long> step = new TreeMap<>(engine.meter().snapshot());
          before.forEach((route, bytes) -> step.merge(route, -bytes, Long::sum));
          step.values().removeIf(bytes -> bytes == 0);
          moved.add(step);
          assertEquals(plan.traffic(), step, "metered is planned");
          Reference.Result result = Reference.run(graph, feeds, expected);
          assertEquals(result.outputs().get("loss").at(0), loss, 1e-5, "seed " + SEED);
          expected.putAll(result.variables());
        }
      }
      expected.forEach((name, tensor) -> {
        for (int i = 0; i < tensor.shape().size(); i++) {
          assertEquals(tensor.at(i), state.get(name).at(i), 1e-5, name + ", seed " + SEED);
        }
      });
    }
    return moved;
  }

  private static Route up(int device, Purpose purpose) {
    return new Route(ByteMeter.HOST, "simulated:" + device, purpose);
  }

  private static Route down(int device, Purpose purpose) {
    return new Route("simulated:" + device, ByteMeter.HOST, purpose);
  }

  @Test
  void onOneDeviceTheBatchGoesUpAndTheLossComesDown() {
    Map<Route, Long> expected =
        Map.of(up(0, Purpose.INPUT), 4 * BATCH * (IN + OUT), down(0, Purpose.FETCH), 4L);
    for (Map<Route, Long> step : train(1, PlanOptions.defaults())) {
      assertEquals(expected, step);
    }
  }

  /// What the first layer gives goes to the second device, and its gradient comes back: each once
  /// down and once up, whatever else reads it.
  @Test
  void splitBetweenTheLayersTheCutMovesAndNothingElse() {
    PlanOptions split =
        PlanOptions.defaults().withPin("first", "simulated:0").withPin("second", "simulated:1");
    long cut = 4 * BATCH * HIDDEN;
    Map<Route, Long> expected =
        Map.of(
            up(0, Purpose.INPUT), 4 * BATCH * IN,
            up(1, Purpose.INPUT), 4 * BATCH * OUT,
            down(0, Purpose.BRIDGE), cut,
            up(1, Purpose.BRIDGE), cut,
            down(1, Purpose.BRIDGE), cut,
            up(0, Purpose.BRIDGE), cut,
            down(1, Purpose.FETCH), 4L);
    List<Map<Route, Long>> steps = train(2, split);
    assertTrue(steps.size() > 2);
    for (Map<Route, Long> step : steps) {
      assertEquals(expected, step);
    }
  }
}
