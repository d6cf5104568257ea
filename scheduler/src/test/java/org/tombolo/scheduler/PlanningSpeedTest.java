package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;

/// Prints how long planning takes. The bounds are far above, for machines with other work to do.
class PlanningSpeedTest {
  private static Graph large() {
    SplittableRandom random = new SplittableRandom(1);
    GraphBuilder g = new GraphBuilder("large");
    List<Node> pool = new ArrayList<>(List.of(g.input("x", TensorType.f32(64, 64))));
    while (pool.size() < 5001) {
      Node a = pool.get(random.nextInt(Math.max(0, pool.size() - 20), pool.size()));
      Node b = pool.get(random.nextInt(Math.max(0, pool.size() - 200), pool.size()));
      pool.add(
          switch (random.nextInt(4)) {
            case 0 -> a.matmul(b);
            case 1 -> a.tanh();
            case 2 -> a.add(b);
            default -> a.mul(b);
          });
    }
    Set<Node> used = new HashSet<>();
    pool.forEach(node -> used.addAll(node.inputs()));
    pool.stream()
        .filter(node -> !used.contains(node))
        .forEach(node -> g.output("y" + pool.indexOf(node), node));
    return g.build();
  }

  private static List<Device> devices() {
    return List.of(
        SimulatedDevice.of("simulated:0", 1 << 30)
            .withSpeed(new DeviceInfo.Speed(1e10, 1e10, 1e-6))
            .withLink(new Link(Link.Mode.SHARED, 1e-6, 1e10, 1e10)),
        SimulatedDevice.of("simulated:1", 1 << 30));
  }

  @Test
  void ofFiveThousandOperationsInLittleMemory() {
    Graph graph = large();
    PlacementRequest request = PlacementRequest.plain(graph, devices(), Map.of());
    Placement free = Placement.of(request);
    List<Long> limits = new ArrayList<>(free.memory());
    int full = free.memory().get(0) > free.memory().get(1) ? 0 : 1;
    limits.set(full, free.memory().get(full) * 7 / 10);
    limits.set(1 - full, 1L << 30);
    long start = System.nanoTime();
    Placement tight = Placement.of(request.limited(limits));
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "5,000 operations, 70 %% of the memory: placed in %.3f s, cost %.4f of the free one, gap %.4f%n",
        seconds, tight.seconds() / free.seconds(), tight.gap());
    assertTrue(tight.fits(limits), tight.memory() + " of " + limits);
    assertTrue(tight.lowerBound() >= free.seconds() - 1e-12, "bound");
    assertTrue(tight.gap() < 0.4, "gap " + tight.gap());
    assertTrue(seconds < 120, "placed in " + seconds);
  }

  @Test
  void ofFiveThousandOperations() {
    Graph graph = large();
    List<Device> devices = devices();
    double placing = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 4; i++) {
      long start = System.nanoTime();
      Placement placement = Placement.of(PlacementRequest.plain(graph, devices, Map.of()));
      placing = Math.min(placing, (System.nanoTime() - start) / 1e9);
      assertEquals(5000, placement.devices().size());
    }
    double planning = Double.POSITIVE_INFINITY;
    try (Engine engine = Engine.of(devices);
        State state = engine.newState()) {
      for (int i = 0; i < 4; i++) {
        long start = System.nanoTime();
        engine.compile(graph, state).close();
        planning = Math.min(planning, (System.nanoTime() - start) / 1e9);
      }
    }
    System.out.printf("5,000 operations: placed in %.3f s, planned in %.3f s%n", placing, planning);
    assertTrue(placing < 2, "placed in " + placing);
    assertTrue(planning < 15, "planned in " + planning);
  }
}
