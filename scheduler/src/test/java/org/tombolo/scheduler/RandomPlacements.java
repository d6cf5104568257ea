package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Random devices and random graphs to place on them.
final class RandomPlacements {
  private static final UnaryFn[] FUNCTIONS = {UnaryFn.TANH, UnaryFn.EXP, UnaryFn.SIN, UnaryFn.COS};

  private RandomPlacements() {}

  /// Devices that differ in speed, link, and in the functions that they lack.
  static List<Device> devices(SplittableRandom random, int count) {
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Set<Op> lacking = new HashSet<>();
      for (UnaryFn fn : FUNCTIONS) {
        if (random.nextInt(5) < 3) {
          lacking.add(new Op.Unary(fn));
        }
      }
      double bandwidth = Math.pow(10, random.nextDouble(8, 11));
      devices.add(
          SimulatedDevice.of("simulated:" + i, 1 << 20)
              .withSpeed(
                  new DeviceInfo.Speed(
                      Math.pow(10, random.nextDouble(8, 11)),
                      Math.pow(10, random.nextDouble(8, 11)),
                      random.nextDouble(1e-6)))
              .withLink(
                  new Link(
                      Link.Mode.DIRECT,
                      random.nextDouble(1e-6),
                      bandwidth,
                      bandwidth * random.nextDouble(0.3, 1)))
              .refusing(
                  (op, types) -> lacking.contains(op) ? Optional.of("lacking") : Optional.empty()));
    }
    return devices;
  }

  /// About as many operations as asked, with shared values, state, masks and control flow among
  /// them, in four scopes.
  static Graph graph(SplittableRandom random, int operations) {
    GraphBuilder g = new GraphBuilder("random");
    List<Node> pool = new ArrayList<>();
    long extent = random.nextInt(1, 60);
    TensorType type = TensorType.f32(extent, extent);
    pool.add(g.input("x", type));
    boolean stateful = random.nextInt(3) == 0;
    if (stateful) {
      pool.add(g.variable("v", type));
    }
    if (random.nextInt(3) == 0) {
      pool.add(g.variable("w", type));
    }
    int left = operations - (stateful ? 2 : 0);
    for (; left > 0; left--) {
      try (GraphBuilder.Scope _ = g.scope("s" + random.nextInt(4))) {
        left -= add(g, pool, random, left);
      }
    }
    if (stateful) {
      g.assign("v", pool.getLast());
    }
    Set<Node> used = new HashSet<>();
    pool.forEach(node -> used.addAll(node.inputs()));
    for (Node node : pool) {
      if (!used.contains(node) || random.nextInt(8) == 0) {
        g.output("y" + pool.indexOf(node), node);
      }
    }
    return g.build();
  }

  /// Adds an operation or a few, and says how many more than one.
  private static int add(GraphBuilder g, List<Node> pool, SplittableRandom random, int left) {
    Node a = pool.get(random.nextInt(pool.size()));
    Node b = pool.get(random.nextInt(pool.size()));
    UnaryFn fn = FUNCTIONS[random.nextInt(FUNCTIONS.length)];
    switch (random.nextInt(left > 3 ? 12 : 10)) {
      case 0, 1, 2, 3 -> pool.add(a.unary(fn));
      case 4, 5 -> pool.add(a.matmul(b));
      case 6 -> pool.add(a.binary(BinaryFn.MUL, b));
      case 7 -> {
        pool.add(g.concat(0, a, b).slice(0, 0, a.shape().dim(0)));
        return 1;
      }
      case 8 -> pool.add(a.transpose());
      case 9 ->
          pool.add(
              g.iota(a.type(), random.nextInt(2))
                  .binary(BinaryFn.MUL, g.scalar(a.dtype(), random.nextInt(3))));
      case 10 -> {
        pool.add(a.sum(0).broadcastTo(a.shape()));
        return 1;
      }
      default -> {
        Node condition =
            a.slice(new long[] {0, 0}, new long[] {1, 1}, new long[] {1, 1})
                .reshape()
                .compare(CompareFn.GT, 0);
        pool.addAll(
            g.ifElse(
                condition, List.of(a, b), in -> List.of(in.get(0).unary(fn), in.get(1)), in -> in));
        return 3;
      }
    }
    return 0;
  }
}
