package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
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

/// Placements of random graphs on random devices, against trying every one.
class PlacementProofTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final UnaryFn[] FUNCTIONS = {UnaryFn.TANH, UnaryFn.EXP, UnaryFn.SIN, UnaryFn.COS};

  private static List<Device> devices(SplittableRandom random, int count) {
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

  /// About as many operations as asked, with shared values, state and control flow among them.
  private static Graph graph(SplittableRandom random, int operations) {
    GraphBuilder g = new GraphBuilder("random");
    List<Node> pool = new ArrayList<>();
    long extent = random.nextInt(1, 60);
    TensorType type = TensorType.f32(extent, extent);
    pool.add(g.input("x", type));
    boolean stateful = random.nextInt(3) == 0;
    if (stateful) {
      pool.add(g.variable("v", type));
    }
    int left = operations - (stateful ? 2 : 0);
    for (; left > 0; left--) {
      Node a = pool.get(random.nextInt(pool.size()));
      Node b = pool.get(random.nextInt(pool.size()));
      UnaryFn fn = FUNCTIONS[random.nextInt(FUNCTIONS.length)];
      int kind = random.nextInt(left > 3 ? 9 : 8);
      if (kind < 4) {
        pool.add(a.unary(fn));
      } else if (kind < 6) {
        pool.add(a.matmul(b));
      } else if (kind < 7) {
        pool.add(a.binary(BinaryFn.MUL, b));
      } else if (kind == 7) {
        pool.add(g.concat(0, a, b).slice(0, 0, type.dim(0)));
        left--;
      } else {
        Node condition =
            a.slice(new long[] {0, 0}, new long[] {1, 1}, new long[] {1, 1})
                .reshape()
                .compare(CompareFn.GT, 0);
        pool.addAll(
            g.ifElse(
                condition, List.of(a, b), in -> List.of(in.get(0).unary(fn), in.get(1)), in -> in));
        left -= 3;
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

  /// The least cost of all legal placements, by trying them; negative if there is none.
  private static long exhaustive(PlacementProblem problem) {
    int[] homes = new int[problem.nodes().size()];
    long[] best = {-1};
    List<List<Integer>> groups = List.copyOf(problem.groups());
    tryAll(problem, groups, 0, homes, best);
    return best[0];
  }

  private static void tryAll(
      PlacementProblem problem, List<List<Integer>> groups, int at, int[] homes, long[] best) {
    if (at == groups.size()) {
      long cost = problem.cost(homes);
      best[0] = best[0] < 0 ? cost : Math.min(best[0], cost);
      return;
    }
    for (int device = 0; device < problem.devices(); device++) {
      if (problem.cost(groups.get(at), device) != PlacementProblem.IMPOSSIBLE) {
        for (int operation : groups.get(at)) {
          homes[operation] = device;
        }
        tryAll(problem, groups, at + 1, homes, best);
      }
    }
  }

  /// What came of random graphs.
  ///
  /// @param ratios to the least cost, ascending
  /// @param spread how many placements use two devices, or more than two where there are more
  @SuppressWarnings("ArrayRecordComponent")
  private record Outcome(double[] ratios, int spread) {
    double worst() {
      return ratios[ratios.length - 1];
    }

    double mean() {
      return Arrays.stream(ratios).average().orElse(1);
    }
  }

  private static Outcome outcome(int deviceCount, int most, int graphs) {
    List<Double> ratios = new ArrayList<>();
    int spread = 0;
    for (int round = 0; ratios.size() < graphs; round++) {
      SplittableRandom random = new SplittableRandom(SEED + 1_000_003L * deviceCount + round);
      List<Device> devices = devices(random, deviceCount);
      Graph graph = graph(random, random.nextInt(2, most));
      PlacementRequest request = PlacementRequest.plain(graph, devices, Map.of());
      PlacementProblem problem = new PlacementProblem(request, new Estimates(request));
      if (problem.groups().size() > most) {
        continue;
      }
      long best = exhaustive(problem);
      try {
        Placement placement = Placement.of(PlacementRequest.plain(graph, devices, Map.of()));
        double least = PlacementProblem.seconds(best);
        ratios.add(least == 0 ? 1 : placement.seconds() / least);
        int[] homes =
            problem.nodes().stream().mapToInt(node -> placement.devices().get(node)).toArray();
        for (List<Integer> group : problem.groups()) {
          int home = homes[group.getFirst()];
          assertTrue(group.stream().allMatch(i -> homes[i] == home), "round " + round);
          assertTrue(problem.cost(group, home) != PlacementProblem.IMPOSSIBLE, "round " + round);
        }
        spread += Arrays.stream(homes).distinct().count() >= Math.min(3, deviceCount) ? 1 : 0;
        if (ControlRun.of(graph).isEmpty()) {
          double plainly = PlacementTest.cost(graph, devices, placement.devices());
          assertEquals(plainly, placement.seconds(), 1e-10, "round " + round);
        }
        assertEquals(
            placement.seconds(), PlacementProblem.seconds(problem.cost(homes)), 1e-15, "cost");
      } catch (PlacementException e) {
        assertEquals(-1, best, "no placement though there is one, round " + round + "\n" + graph);
      }
    }
    return new Outcome(ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray(), spread);
  }

  @Test
  void onTwoDevicesEveryPlacementIsTheBest() {
    Outcome outcome = outcome(2, 14, 2000);
    assertEquals(1, outcome.worst(), 1e-12, "seed " + SEED);
    assertTrue(outcome.spread() > 300, "both devices are used in " + outcome.spread());
  }

  @Test
  void onThreeAndFourDevicesPlacementsAreNearlyTheBest() {
    for (int[] sizes : new int[][] {{3, 10, 500}, {4, 8, 300}}) {
      Outcome outcome = outcome(sizes[0], sizes[1], sizes[2]);
      System.out.printf(
          "%d devices, %d graphs, three or more used in %d: mean ratio to the best %.6f, worst %.4f%n",
          sizes[0], outcome.ratios().length, outcome.spread(), outcome.mean(), outcome.worst());
      assertTrue(outcome.mean() <= 1.005, "mean ratio " + outcome.mean() + ", seed " + SEED);
      assertTrue(outcome.spread() > 20, "three devices are used in " + outcome.spread());
    }
  }
}
