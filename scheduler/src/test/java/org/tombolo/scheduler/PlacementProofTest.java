package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.regions.ControlRun;

/// Placements of random graphs on random devices, against trying every one.
class PlacementProofTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// Wishes of any kind, for half of the graphs.
  private static PlanOptions options(SplittableRandom random, Graph graph, int devices) {
    PlanOptions options = PlanOptions.defaults().withExpectedSteps(random.nextInt(1, 100));
    List<String> scopes =
        graph.nodes().stream().map(Node::scope).filter(s -> !s.isEmpty()).distinct().toList();
    if (scopes.isEmpty() || random.nextBoolean()) {
      return options;
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      String scope = scopes.get(random.nextInt(scopes.size()));
      if (!options.pins().containsKey(scope)) {
        options = options.withPin(scope, "simulated:" + random.nextInt(devices));
      }
    }
    return random.nextBoolean()
        ? options
        : options.withGroup(
            scopes.get(random.nextInt(scopes.size())), graph.outputs().firstEntry().getKey());
  }

  private static Map<String, Integer> homes(SplittableRandom random, Graph graph, int devices) {
    Map<String, Integer> homes = new TreeMap<>();
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType _) && random.nextInt(4) == 0) {
        homes.put(name, random.nextInt(devices));
      }
    }
    return homes;
  }

  /// The least cost of all legal placements, by trying them; negative if there is none.
  static long exhaustive(PlacementProblem problem) {
    int[] homes = new int[problem.nodes().size()];
    long[] best = {-1};
    List<List<Integer>> groups = List.copyOf(problem.assignment().groups());
    tryAll(problem, groups, 0, homes, best);
    return best[0];
  }

  private static void tryAll(
      PlacementProblem problem, List<List<Integer>> groups, int at, int[] homes, long[] best) {
    if (at == groups.size()) {
      long cost = problem.assignment().cost(homes);
      best[0] = best[0] < 0 ? cost : Math.min(best[0], cost);
      return;
    }
    for (int device = 0; device < problem.assignment().devices(); device++) {
      if (problem.assignment().cost(groups.get(at), device) != AssignmentProblem.IMPOSSIBLE) {
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
  /// @param plain how many were compared with all placements on sets of devices, written out
  ///   plainly
  /// @param replicas how many have operations that are repeated
  /// @param mirrors how many have variables on several devices
  /// @param held how many have operations that are pinned or grouped
  /// @param spread how many placements use two devices, or more than two where there are more
  @SuppressWarnings("ArrayRecordComponent")
  private record Outcome(
      double[] ratios, int plain, int replicas, int mirrors, int held, int spread) {
    double worst() {
      return ratios[ratios.length - 1];
    }

    double mean() {
      return Arrays.stream(ratios).average().orElse(1);
    }
  }

  private static Outcome outcome(int deviceCount, int most, int graphs) {
    List<Double> ratios = new ArrayList<>();
    int plain = 0;
    int replicas = 0;
    int mirrors = 0;
    int held = 0;
    int spread = 0;
    for (int round = 0; ratios.size() < graphs; round++) {
      SplittableRandom random = new SplittableRandom(SEED + 1_000_003L * deviceCount + round);
      List<Device> devices = RandomPlacements.devices(random, deviceCount);
      Graph graph = RandomPlacements.graph(random, random.nextInt(2, most));
      PlacementRequest request =
          PlacementRequest.with(
              graph,
              devices,
              homes(random, graph, deviceCount),
              options(random, graph, deviceCount));
      String where = "round " + round + ", seed " + SEED + "\n" + request + graph;
      PlacementProblem problem;
      try {
        problem = new PlacementProblem(request, new Estimates(request));
      } catch (IllegalArgumentException e) {
        assertTrue(e.getMessage().contains("held to several devices"), e.getMessage());
        continue;
      }
      if (problem.assignment().groups().size() > most) {
        continue;
      }
      long best = exhaustive(problem);
      try {
        Placement placement = Placement.of(request);
        double least = AssignmentProblem.seconds(best);
        ratios.add(least == 0 ? 1 : placement.seconds() / least);
        int[] homes =
            problem.nodes().stream().mapToInt(node -> placement.devices().get(node)).toArray();
        for (List<Integer> group : problem.assignment().groups()) {
          int home = homes[group.getFirst()];
          assertTrue(group.stream().allMatch(i -> homes[i] == home), where);
          assertTrue(problem.assignment().cost(group, home) != AssignmentProblem.IMPOSSIBLE, where);
        }
        spread += Arrays.stream(homes).distinct().count() >= Math.min(3, deviceCount) ? 1 : 0;
        replicas += problem.replicas().isEmpty() ? 0 : 1;
        held += request.rules().pins().isEmpty() && request.rules().groups().isEmpty() ? 0 : 1;
        if (ControlRun.of(graph).isEmpty()) {
          PlainPlacements all = new PlainPlacements(request);
          int[] sites = all.sites(placement.devices());
          mirrors +=
              problem.mirrored().stream()
                      .anyMatch(node -> Integer.bitCount(sites[graph.position(node)]) > 1)
                  ? 1
                  : 0;
          assertEquals(all.cost(sites), placement.seconds(), 1e-10, where);
          double bestOfAll = all.best(problem.replicas(), 1 << 13);
          if (bestOfAll >= 0) {
            plain++;
            assertEquals(bestOfAll, least, 1e-10, where);
          }
        }
        assertEquals(
            placement.seconds(),
            AssignmentProblem.seconds(problem.assignment().cost(homes)),
            1e-15,
            where);
      } catch (PlacementException e) {
        assertEquals(-1, best, "no placement though there is one, " + where);
      }
    }
    double[] sorted = ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    Outcome outcome = new Outcome(sorted, plain, replicas, mirrors, held, spread);
    System.out.printf(
        "%d devices, %d graphs (%d with pins or groups, %d with repeated operations, %d with variables on several devices, %d also compared plainly): %d use %d devices; mean ratio to the best %.6f, worst %.4f%n",
        deviceCount,
        graphs,
        held,
        replicas,
        mirrors,
        plain,
        spread,
        Math.min(3, deviceCount),
        outcome.mean(),
        outcome.worst());
    return outcome;
  }

  @Test
  void onTwoDevicesEveryPlacementIsTheBest() {
    Outcome outcome = outcome(2, 14, 2000);
    assertEquals(1, outcome.worst(), 1e-12, "seed " + SEED);
    assertTrue(outcome.spread() > 300, "both devices are used in " + outcome.spread());
    assertTrue(outcome.held() > 300, "pins or groups in " + outcome.held());
    assertTrue(outcome.replicas() > 300, "repeated operations in " + outcome.replicas());
    assertTrue(outcome.mirrors() > 50, "mirrored variables in " + outcome.mirrors());
    assertTrue(outcome.plain() > 500, "compared plainly " + outcome.plain());
  }

  @Test
  void onThreeAndFourDevicesPlacementsAreNearlyTheBest() {
    for (int[] sizes : new int[][] {{3, 10, 500}, {4, 8, 300}}) {
      Outcome outcome = outcome(sizes[0], sizes[1], sizes[2]);
      assertTrue(outcome.mean() <= 1.005, "mean ratio " + outcome.mean() + ", seed " + SEED);
      assertTrue(outcome.spread() > 20, "three devices are used in " + outcome.spread());
    }
  }
}
