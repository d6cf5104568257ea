package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// A placement problem in which being in memory has a price instead of a limit: what [MemorySearch]
/// solves again and again with other prices.
interface Relaxation {
  /// A cheap placement, prices included, and what none costs less than.
  @SuppressWarnings("ArrayRecordComponent")
  record Solved(int[] homes, long least) {}

  /// Solves the problem; empty if there is no placement.
  ///
  /// @param allowed devices that each operation may be on, as bits
  /// @param prices of each tenant on each device, by device and tenant
  Optional<Solved> solve(long[] allowed, long[][] prices);

  /// A relaxation that is solved exactly on two devices, and on more by moves beside a bound.
  ///
  /// @param solver a cheap placement of a problem on more than two devices
  static Relaxation of(
      AssignmentProblem problem,
      MemoryUse memory,
      Function<AssignmentProblem, Optional<int[]>> solver) {
    if (problem.devices() == 2) {
      return new PricedCut(problem, memory);
    }
    return (allowed, prices) -> {
      List<AssignmentProblem.Crossing> more = new ArrayList<>();
      for (int i = 0; i < memory.tenants().size(); i++) {
        int tenant = i;
        List<Long> own = Arrays.stream(prices).map(ofDevice -> ofDevice[tenant]).toList();
        if (own.stream().anyMatch(price -> price > 0)) {
          more.add(AssignmentProblem.Crossing.price(memory.tenants().get(i).users(), own));
        }
      }
      AssignmentProblem priced = problem.with(allowed, more);
      return solver
          .apply(priced)
          .map(homes -> new Solved(homes, LowerBound.of(priced).orElseThrow()));
    };
  }
}
