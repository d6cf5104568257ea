package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The assignment of least cost, memory apart.
///
/// On two devices the minimum is exact, a single [ExpansionMove]. On more, the best of several
/// starts is improved by moves to each device in turn until none helps; each move is exact, their
/// end is the minimum on nearly all problems that are small enough to try everything, but nothing
/// is promised.
public final class CheapestAssignment {
  private CheapestAssignment() {}

  /// The cheapest assignment that is found, memory apart; on two devices there is no cheaper one.
  /// Empty if there is none.
  public static Optional<int[]> of(AssignmentProblem problem) {
    int[] best = null;
    for (int[] start : starts(problem)) {
      int[] end = problem.devices() > 2 ? improved(problem, start) : start;
      best = best == null || problem.cost(end) < problem.cost(best) ? end : best;
    }
    return Optional.ofNullable(best);
  }

  /// Legal assignments: the best on each pair of devices, and where there are more, each operation
  /// where it runs fastest.
  private static List<int[]> starts(AssignmentProblem problem) {
    List<int[]> starts = new ArrayList<>();
    for (int first = 0; first < problem.devices(); first++) {
      int[] all = new int[problem.operations()];
      Arrays.fill(all, first);
      for (int second = first; second < problem.devices(); second++) {
        if (first != second || problem.devices() == 1) {
          ExpansionMove.best(problem, all, second).ifPresent(starts::add);
        }
      }
    }
    if (problem.devices() > 2) {
      fastest(problem).ifPresent(starts::add);
    }
    return starts;
  }

  /// Each group of operations that stay together on the device that runs it in the least time.
  private static Optional<int[]> fastest(AssignmentProblem problem) {
    int[] homes = new int[problem.operations()];
    for (List<Integer> group : problem.groups()) {
      long least = Long.MAX_VALUE;
      for (int device = 0; device < problem.devices(); device++) {
        long cost = problem.cost(group, device);
        if (cost != AssignmentProblem.IMPOSSIBLE && cost < least) {
          least = cost;
          for (int operation : group) {
            homes[operation] = device;
          }
        }
      }
      if (least == Long.MAX_VALUE) {
        return Optional.empty();
      }
    }
    return Optional.of(homes);
  }

  private static int[] improved(AssignmentProblem problem, int[] start) {
    int[] homes = start;
    int idle = 0;
    for (int target = 0; idle < problem.devices(); target = (target + 1) % problem.devices()) {
      int[] moved = ExpansionMove.best(problem, homes, target).orElse(homes);
      boolean better = problem.cost(moved) < problem.cost(homes);
      homes = better ? moved : homes;
      idle = better ? 0 : idle + 1;
    }
    return homes;
  }
}
