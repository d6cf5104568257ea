package org.tombolo.scheduler.assignment;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The cheapest placement that fits of all that a search has met, or made of those by [Repair].
final class Incumbent {
  /// Groups up to which there is time to look at pairs of them, to repair every placement that is
  /// met, and to close the gap.
  private static final int FEW = 80;

  /// Gap that is left where there are more: to close it takes longer than it is worth.
  private static final double TOLERANCE = 0.005;

  private final AssignmentProblem problem;
  private final MemoryUse memory;
  private final List<Long> limits;
  private final Repair repair;
  private final boolean hasMany;
  private final Set<List<Integer>> met = new HashSet<>();
  private int @Nullable [] homes;
  private long cost = Long.MAX_VALUE;

  Incumbent(AssignmentProblem problem, MemoryUse memory, List<Long> limits) {
    this.problem = problem;
    this.memory = memory;
    this.limits = limits;
    this.hasMany = problem.groups().size() > FEW;
    this.repair =
        hasMany
            ? new ChainRepair(problem, memory, limits)
            : new PairRepair(problem, memory, limits);
  }

  /// Device of each operation; null if nothing that fits was met yet.
  int @Nullable [] homes() {
    return homes;
  }

  /// What it costs; the largest number if there is none.
  long cost() {
    return cost;
  }

  /// The bound from which nothing is worth a look any more.
  long enough() {
    return hasMany ? cost - (long) (TOLERANCE * cost) : cost;
  }

  /// Whether there are so many groups that only some of what is met can be repaired.
  boolean hasMany() {
    return hasMany;
  }

  /// The nearest to fitting of all that were met and could not be repaired.
  int[] leastExcess() {
    return repair.leastExcess();
  }

  /// Takes note of a placement and of what it can be repaired to.
  void meet(int[] placement) {
    if (!met.add(Arrays.stream(placement).boxed().toList())) {
      return;
    }
    Optional<int[]> repaired = repair.repaired(placement);
    if (repaired.isPresent()) {
      long found = problem.cost(repaired.get());
      if (found < cost) {
        homes = repaired.get();
        cost = found;
      }
    }
  }

  /// Takes note of a placement, where there are many groups if it is better as it is.
  void meetInPassing(int[] placement) {
    if (!hasMany || (problem.cost(placement) < cost && fits(placement))) {
      meet(placement);
    }
  }

  boolean fits(int[] placement) {
    List<MemoryUse.Peak> peaks = memory.peaks(placement);
    for (int device = 0; device < limits.size(); device++) {
      if (peaks.get(device).bytes() > limits.get(device)) {
        return false;
      }
    }
    return true;
  }
}
