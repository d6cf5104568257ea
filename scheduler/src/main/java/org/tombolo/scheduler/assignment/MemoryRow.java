package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What every placement that fits obeys: the tenants that are on a device, weighted, are no more
/// than something.
///
/// What is on the device at one step is such a row. Tenants are there or not, so a row implies
/// others that a mixture of placements may violate while it obeys the row itself: of ten values of
/// 3 KiB three fit into 10 KiB, not three and a third. They come of rounding (Marchand, Wolsey,
/// *Aggregation and mixed integer rounding to solve MIPs*, Operations Research 49(3), 2001):
/// weights are divided by one of them and rounded down, tenants that are mostly there count by
/// their absence. With those this includes that not all of a set that is too large can be there.
///
/// Weights are quotients in double precision. What they are off by is covered by the unit by which
/// a sum of prices is rounded, as long as prices stay below some 2^45 of these units.
///
/// @param device where
/// @param tenants which
/// @param weights of each of them, 0 or more, at most about 1
/// @param most that they come to
@SuppressWarnings("ArrayRecordComponent")
record MemoryRow(int device, int[] tenants, double[] weights, double most) {
  /// Different divisors that are tried.
  private static final int MOST_DIVISORS = 12;

  /// From which presence on a tenant may count by its absence.
  private static final double[] MOSTLY = {0.5, 0.9, 1 - 1e-9, 2};

  private static final double LEAST_VIOLATION = 1e-3;

  /// How far from a whole number a quotient has to be.
  private static final double LEAST_PART = 1e-3;

  /// The row of a step: what is on a device then stays within the limit.
  static MemoryRow of(List<MemoryUse.Tenant> all, int device, int step, long limit) {
    int[] there =
        IntStream.range(0, all.size())
            .filter(i -> all.get(i).from() <= step && step <= all.get(i).to())
            .toArray();
    double[] weights = Arrays.stream(there).mapToDouble(i -> all.get(i).bytes()).toArray();
    return scaled(device, there, weights, limit);
  }

  private static MemoryRow scaled(int device, int[] tenants, double[] weights, double most) {
    double scale = Math.max(Math.abs(most), Arrays.stream(weights).max().orElse(1));
    return new MemoryRow(
        device, tenants, Arrays.stream(weights).map(w -> w / scale).toArray(), most / scale);
  }

  /// By how much the tenants of a mixture of placements are more than the row allows.
  ///
  /// @param presence of each tenant on the device, from 0 to 1
  double excess(double[] presence) {
    double sum = 0;
    for (int i = 0; i < tenants.length; i++) {
      sum += weights[i] * presence[tenants[i]];
    }
    return sum - most;
  }

  /// The row that follows from this one of a step and that a mixture of placements violates most;
  /// empty if none does.
  ///
  /// @param bytes of each tenant
  /// @param presence of each tenant on the device, from 0 to 1
  /// @param isFree whether a tenant may be there and may not be there
  Optional<MemoryRow> cut(long[] bytes, long limit, double[] presence, IntPredicate isFree) {
    double[] divisors =
        Arrays.stream(tenants)
            .filter(i -> isFree.test(i) && presence[i] > 1e-6)
            .mapToDouble(i -> bytes[i])
            .distinct()
            .sorted()
            .toArray();
    List<Double> tried = new ArrayList<>();
    for (int i = divisors.length - 1; i >= 0 && tried.size() < MOST_DIVISORS; i--) {
      tried.add(divisors[i]);
    }
    MemoryRow best = null;
    double bestViolation = LEAST_VIOLATION;
    for (double mostly : MOSTLY) {
      boolean[] absent = new boolean[tenants.length];
      double left = limit;
      for (int i = 0; i < tenants.length; i++) {
        absent[i] = presence[tenants[i]] > mostly;
        left -= absent[i] ? bytes[tenants[i]] : 0;
      }
      for (double divisor : tried) {
        MemoryRow row = rounded(bytes, absent, left, divisor);
        if (row != null) {
          double norm = Math.sqrt(Arrays.stream(row.weights).map(w -> w * w).sum());
          double violation = row.excess(presence) / norm;
          if (norm > 0 && violation > bestViolation) {
            bestViolation = violation;
            best = row;
          }
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /// Mixed integer rounding: with what is there less what is not no more than `left`, both divided.
  private @Nullable MemoryRow rounded(long[] bytes, boolean[] absent, double left, double divisor) {
    double floor = Math.floor(left / divisor);
    double part = left / divisor - floor;
    if (part < LEAST_PART || part > 1 - LEAST_PART) {
      return null; // it says little, or is not exact enough
    }
    double most = floor;
    double[] weights = new double[tenants.length];
    for (int i = 0; i < tenants.length; i++) {
      double share = (absent[i] ? -1.0 : 1.0) * bytes[tenants[i]] / divisor;
      double down = Math.floor(share);
      double weight = down + Math.max(0, share - down - part) / (1 - part);
      weights[i] = absent[i] ? -weight : weight;
      most -= absent[i] ? weight : 0;
    }
    return scaled(device, tenants, weights, most);
  }
}
