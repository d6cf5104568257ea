package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// The rows that prices are put on: those of crowded steps, and those that follow from them.
final class MemoryRows {
  /// Rows that there may be.
  private static final int MOST_ROWS = 400;

  /// How far below a limit a step may be to have rows that follow from its own, as a share.
  private static final double SLACK = 0.05;

  /// Largest sum of prices, so that costs still add up exactly.
  private static final long MOST_PRICE = 1L << 50;

  private final List<MemoryUse.Tenant> tenants;
  private final long[] bytes;
  private final int steps;
  private final List<Long> limits;

  /// Devices whose limit says anything.
  private final int[] limited;

  private final List<MemoryRow> all = new ArrayList<>();

  /// The rows of steps, by device.
  private final List<Map<Integer, MemoryRow>> ofSteps = new ArrayList<>();

  MemoryRows(MemoryUse memory, List<Long> limits) {
    this.tenants = memory.tenants();
    this.bytes = tenants.stream().mapToLong(MemoryUse.Tenant::bytes).toArray();
    this.steps = memory.steps();
    this.limits = limits;
    long sum = Arrays.stream(bytes).sum();
    this.limited =
        IntStream.range(0, limits.size()).filter(device -> sum > limits.get(device)).toArray();
    limits.forEach(_ -> ofSteps.add(new TreeMap<>()));
  }

  /// Devices whose limit says anything.
  int[] limited() {
    return limited;
  }

  /// Bytes of each tenant.
  long[] bytes() {
    return bytes;
  }

  /// Bytes on a device at each step.
  ///
  /// @param presence of tenants there
  double[] loads(double[] presence) {
    double[] loads = new double[steps + 1];
    for (int i = 0; i < bytes.length; i++) {
      loads[tenants.get(i).from()] += presence[i] * bytes[i];
      loads[tenants.get(i).to() + 1] -= presence[i] * bytes[i];
    }
    // One after the other: how a parallel sum is rounded depends on the machine's other work.
    for (int step = 1; step < loads.length; step++) {
      loads[step] += loads[step - 1];
    }
    return loads;
  }

  /// By how much a mixture of placements has more than each row allows.
  double[] excess(double[][] presence) {
    return all.stream().mapToDouble(row -> row.excess(presence[row.device()])).toArray();
  }

  /// Adds rows of steps at which there is too much.
  void addSteps(double[][] presence) {
    for (int device : limited) {
      for (int step : MemoryUse.crowded(loads(presence[device]), limits.get(device))) {
        if (all.size() < MOST_ROWS && !ofSteps.get(device).containsKey(step)) {
          MemoryRow row = MemoryRow.of(tenants, device, step, limits.get(device));
          ofSteps.get(device).put(step, row);
          all.add(row);
        }
      }
    }
  }

  /// Adds rows that follow from those of steps, and that a mixture breaks.
  void addCuts(BitSet[] counted, double[][] presence) {
    for (int device : limited) {
      for (MemoryRow row : ofSteps.get(device).values()) {
        if (all.size() < MOST_ROWS && row.excess(presence[device]) > -SLACK * row.most()) {
          row.cut(bytes, limits.get(device), presence[device], i -> !counted[device].get(i))
              .ifPresent(all::add);
        }
      }
    }
  }

  /// Forgets rows without a price.
  MemoryPart withoutIdle(MemoryPart part) {
    List<MemoryRow> before = List.copyOf(all);
    all.clear();
    double[] prices = new double[before.size()];
    for (int i = 0; i < part.prices().length; i++) {
      if (part.prices()[i] > 0) {
        prices[all.size()] = part.prices()[i];
        all.add(before.get(i));
      }
    }
    ofSteps.forEach(ofDevice -> ofDevice.values().retainAll(new HashSet<>(all)));
    return part.withPrices(Arrays.copyOf(prices, all.size()));
  }

  /// What prices of rows come to.
  ///
  /// @param ofTenants price of each tenant on each device, rounded down, by device and tenant
  /// @param free what the rows allow is worth, rounded up
  @SuppressWarnings("ArrayRecordComponent")
  record Sum(long[][] ofTenants, long free) {}

  /// Adds prices of rows up.
  ///
  /// @param counted tenants that are paid for whether they are there or not
  Sum sum(double[] prices, BitSet[] counted) {
    double[][] sums = new double[limits.size()][bytes.length];
    double free = 0;
    for (int i = 0; i < prices.length; i++) {
      if (prices[i] > 0) {
        MemoryRow row = all.get(i);
        free += prices[i] * row.most();
        for (int j = 0; j < row.tenants().length; j++) {
          double price = prices[i] * row.weights()[j];
          if (counted[row.device()].get(row.tenants()[j])) {
            free -= price;
          } else {
            sums[row.device()][row.tenants()[j]] += price;
          }
        }
      }
    }
    long most = MOST_PRICE / Math.max(1, bytes.length);
    long[][] ofTenants = new long[sums.length][];
    for (int device = 0; device < sums.length; device++) {
      ofTenants[device] =
          Arrays.stream(sums[device]).mapToLong(sum -> Math.min(most, (long) sum)).toArray();
    }
    return new Sum(ofTenants, (long) Math.ceil(free) + 1);
  }
}
