package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Device;
import org.tombolo.device.Devices;
import org.tombolo.device.RegionLimits;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Whatever is fused, computed again or moved to another region: results have the bits that they
/// have with one operation in each region.
class FusedBitsTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final TensorType ROWS = TensorType.f32(37, 19);

  /// A step of training with functions, masks, values of several regions, and reductions.
  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("training");
    Node y = g.input("x", ROWS);
    List<Node> weights = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      weights.add(g.input("w" + i, TensorType.f32(19, 19)));
      Node z = y.matmul(weights.getLast());
      y = i % 2 == 0 ? z.tanh() : z.compare(CompareFn.GT, 0).select(z, z.mul(0.1));
      Node centred = y.sub(0.25).mul(y);
      g.output("rows" + i, centred.sum(1));
      g.output("columns" + i, centred.sum(0));
    }
    List<Node> gradients = Gradients.of(y.mul(y).sum(0, 1), weights);
    for (int i = 0; i < weights.size(); i++) {
      g.output("d" + i, gradients.get(i));
    }
    return g.build();
  }

  private static Device unfused(Device device) {
    return (Device)
        Proxy.newProxyInstance(
            Device.class.getClassLoader(),
            new Class<?>[] {Device.class},
            (_, method, arguments) -> {
              if (method.getName().equals("regionLimits")) {
                return new RegionLimits(RegionLimits.USUAL.operands(), 1);
              }
              try {
                return method.invoke(device, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Map<String, byte[]> run(List<Device> devices, Graph graph, int[] regions) {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, Tensor> feeds = new TreeMap<>();
    feeds.put("x", Tensor.filled(ROWS, _ -> random.nextDouble(-1, 1)));
    for (int i = 0; i < 4; i++) {
      feeds.put("w" + i, Tensor.filled(TensorType.f32(19, 19), _ -> random.nextDouble(-1, 1)));
    }
    Map<String, byte[]> bits = new TreeMap<>();
    try (Engine engine = Engine.of(devices);
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      regions[0] = plan.statistics().launches();
      plan.run(feeds)
          .forEach((name, value) -> bits.put(name, value.data().toArray(ValueLayout.JAVA_BYTE)));
    }
    return bits;
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void areThoseOfSingleOperations(String driver) {
    TestEngines.open(driver).close(); // skips where there is none
    Graph graph = graph();
    int[] few = new int[1];
    int[] many = new int[1];
    Map<String, byte[]> fused = run(List.of(Devices.open(driver).getFirst()), graph, few);
    Map<String, byte[]> single =
        run(List.of(unfused(Devices.open(driver).getFirst())), graph, many);
    assertTrue(few[0] < many[0], few[0] + " regions, else " + many[0]);
    fused.forEach((name, bits) ->
        assertArrayEquals(single.get(name), bits, name + " on " + driver + ", seed " + SEED));
  }
}
