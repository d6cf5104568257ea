package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.assignment.MemoryUse;

/// Placements of graphs that are too large to try everything, against an integer program.
class IntegerProgramTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final long PATIENCE_MILLISECONDS = 2000;

  /// A graph that can be placed.
  private record Case(
      int round, PlacementRequest request, PlacementProblem problem, Placement free) {
    int[] homes() {
      return problem.nodes().stream().mapToInt(node -> free.devices().get(node)).toArray();
    }
  }

  private static List<Case> cases(int devices, int count, int least, int most) {
    List<Case> cases = new ArrayList<>();
    for (int round = 0; cases.size() < count; round++) {
      SplittableRandom random = new SplittableRandom(SEED + 7_000_003L * devices + round);
      List<Device> machine = RandomPlacements.devices(random, devices);
      Graph graph = RandomPlacements.graph(random, random.nextInt(least, most));
      PlacementRequest request = PlacementRequest.plain(graph, machine, Map.of());
      try {
        Placement free = Placement.of(request);
        if (free.devices().values().stream().distinct().count() > 1) {
          cases.add(
              new Case(
                  round, request, new PlacementProblem(request, new Estimates(request)), free));
        }
      } catch (PlacementException e) {
        assertTrue(e.getMessage().contains("cannot run every operation"), e.getMessage());
      }
    }
    return cases;
  }

  @Test
  void findsNothingCheaperOnTwoDevices() {
    int operations = 0;
    int proven = 0;
    for (Case c : cases(2, 20, 60, 100)) {
      Optional<Double> least =
          IntegerProgram.leastCost(c.problem(), null, List.of(), PATIENCE_MILLISECONDS);
      String where = "round " + c.round() + ", seed " + SEED;
      if (least.isPresent()) {
        proven++;
        double cost = AssignmentProblem.seconds(c.problem().assignment().cost(c.homes())) * 1e12;
        assertEquals(1, cost / least.get(), 1e-6, where);
      }
      operations = Math.max(operations, c.problem().nodes().size());
    }
    System.out.printf(
        "integer programs, two devices: equal on %d of 20 graphs of up to %d operations, the others took too long%n",
        proven, operations);
    assertTrue(proven >= 15, "proven " + proven);
  }

  @Test
  void findsLittleCheaperUnderALimitToMemory() {
    List<Double> ratios = new ArrayList<>();
    List<Double> gaps = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    int operations = 0;
    for (Case c : cases(2, 30, 30, 80)) {
      SplittableRandom random = new SplittableRandom(SEED + c.round());
      MemoryUse memory = MemoryEstimate.of(c.request().graph(), c.problem());
      List<MemoryUse.Peak> peaks = memory.peaks(c.homes());
      int full = random.nextInt(2);
      long limit = (long) (peaks.get(full).bytes() * random.nextDouble(0.4, 0.95));
      List<Long> limits = new ArrayList<>(List.of(1L << 40, 1L << 40));
      limits.set(full, limit);
      long start = System.nanoTime();
      Placement placement = Placement.of(c.request().limited(limits));
      seconds.add((System.nanoTime() - start) / 1e9);
      if (!placement.fits(limits)) {
        continue;
      }
      String where = "round " + c.round() + ", seed " + SEED + ", limit " + limit;
      gaps.add(placement.gap());
      operations = Math.max(operations, c.problem().nodes().size());
      Optional<Double> least =
          IntegerProgram.leastCost(c.problem(), memory, limits, PATIENCE_MILLISECONDS);
      if (least.isPresent()) {
        double best = least.get() / 1e12;
        ratios.add(placement.seconds() / best);
        assertTrue(placement.seconds() >= best * (1 - 1e-6), where);
        assertTrue(placement.lowerBound() <= best * (1 + 1e-6), where);
      }
    }
    double mean = ratios.stream().mapToDouble(r -> r).average().orElseThrow();
    double gap = gaps.stream().mapToDouble(r -> r).average().orElseThrow();
    System.out.printf(
        "integer programs, limited memory: %d of %d graphs of up to %d operations proven; mean ratio to the best %.5f, worst %.4f; mean gap that is shown %.5f, worst %.4f; placed in %.2f s on average, at most %.2f s%n",
        ratios.size(),
        gaps.size(),
        operations,
        mean,
        ratios.stream().mapToDouble(r -> r).max().orElseThrow(),
        gap,
        gaps.stream().mapToDouble(r -> r).max().orElseThrow(),
        seconds.stream().mapToDouble(s -> s).average().orElseThrow(),
        seconds.stream().mapToDouble(s -> s).max().orElseThrow());
    assertTrue(ratios.size() >= 8, "proven " + ratios.size());
    assertTrue(mean <= 1.02, "mean ratio " + mean);
    assertTrue(gap <= 0.02, "mean gap " + gap);
  }
}
