package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.assignment.LowerBound;

class LowerBoundTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void noPlacementCostsLess(int devices) {
    int compared = 0;
    int reached = 0;
    double ratios = 0;
    for (int round = 0; round < 250; round++) {
      SplittableRandom random = new SplittableRandom(SEED + 7919L * devices + round);
      List<Device> machine = RandomPlacements.devices(random, devices);
      Graph graph = RandomPlacements.graph(random, random.nextInt(2, 10));
      PlacementRequest request = PlacementRequest.plain(graph, machine, Map.of());
      PlacementProblem problem = new PlacementProblem(request, new Estimates(request));
      if (problem.assignment().groups().size() > 9) {
        continue;
      }
      long best = PlacementProofTest.exhaustive(problem);
      Optional<Double> bound = LowerBound.seconds(problem.assignment());
      if (best >= 0 && devices <= 2) {
        assertEquals(AssignmentProblem.seconds(best), bound.orElseThrow(), 0, "round " + round);
      } else if (best >= 0) {
        assertTrue(bound.orElseThrow() <= AssignmentProblem.seconds(best), "round " + round);
      } else if (devices <= 2) {
        assertTrue(bound.isEmpty(), "round " + round);
      }
      if (best > 0) {
        compared++;
        double ratio = bound.orElseThrow() / AssignmentProblem.seconds(best);
        reached += ratio >= 1 - 1e-9 ? 1 : 0;
        ratios += ratio;
      }
    }
    System.out.printf(
        "%d devices: the bound is reached in %d of %d graphs, on average %.4f of the best, seed %d%n",
        devices, reached, compared, ratios / compared, SEED);
    assertTrue(compared > 20, compared + " graphs");
    assertTrue(ratios / compared > 0.5, "mean " + ratios / compared);
  }
}
