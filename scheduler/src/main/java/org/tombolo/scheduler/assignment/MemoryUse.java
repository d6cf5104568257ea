package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How much memory an assignment takes on each device at each step of a sequence.
public final class MemoryUse {
  /// Something in memory for a while.
  ///
  /// @param users operations on whose devices it is
  /// @param from first step while it is there
  /// @param to last one
  @SuppressWarnings("ArrayRecordComponent")
  public record Tenant(int[] users, long bytes, int from, int to) {}

  /// Stretches that are looked at one by one.
  private static final int MOST_CROWDED = 50;

  private final int devices;
  private final int steps;
  private final List<Tenant> tenants;

  /// @param devices how many there are
  /// @param steps at which memory is looked at
  /// @param tenants what there is to count
  public MemoryUse(int devices, int steps, List<Tenant> tenants) {
    this.devices = devices;
    this.steps = steps;
    this.tenants = List.copyOf(tenants);
  }

  /// When most memory is in use, and how much.
  ///
  /// @param step at which
  public record Peak(int step, long bytes) {}

  /// The peak of each device.
  ///
  /// @param homes device of each operation
  public List<Peak> peaks(int[] homes) {
    return Arrays.stream(changes(homes)).map(MemoryUse::peak).toList();
  }

  /// Bytes on each device at each step.
  long[][] loads(int[] homes) {
    long[][] loads = changes(homes);
    Arrays.stream(loads).forEach(ofDevice -> Arrays.parallelPrefix(ofDevice, Long::sum));
    return loads;
  }

  /// The steps at which a device has more than it should: of each stretch of the graph the worst.
  ///
  /// @param loads bytes on the device at each step
  static List<Integer> crowded(double[] loads, long limit) {
    List<Integer> crowded = new ArrayList<>();
    int stretch = Math.max(1, loads.length / MOST_CROWDED);
    for (int from = 0; from < loads.length; from += stretch) {
      int worst = from;
      for (int step = from; step < Math.min(loads.length, from + stretch); step++) {
        worst = loads[step] > loads[worst] ? step : worst;
      }
      if (loads[worst] > limit + 1e-6) {
        crowded.add(worst);
      }
    }
    return crowded;
  }

  private long[][] changes(int[] homes) {
    long[][] changes = new long[devices][steps + 1];
    for (Tenant tenant : tenants) {
      for (long places = places(tenant, homes); places != 0; places &= places - 1) {
        long[] ofDevice = changes[Long.numberOfTrailingZeros(places)];
        ofDevice[tenant.from()] += tenant.bytes();
        ofDevice[tenant.to() + 1] -= tenant.bytes();
      }
    }
    return changes;
  }

  private static Peak peak(long[] changes) {
    long bytes = 0;
    Peak peak = new Peak(0, 0);
    for (int step = 0; step < changes.length; step++) {
      bytes += changes[step];
      if (bytes > peak.bytes()) {
        peak = new Peak(step, bytes);
      }
    }
    return peak;
  }

  private static long places(Tenant tenant, int[] homes) {
    long places = 0;
    for (int user : tenant.users()) {
      places |= 1L << homes[user];
    }
    return places;
  }

  /// Steps at which memory is looked at.
  int steps() {
    return steps;
  }

  /// What there is to count.
  public List<Tenant> tenants() {
    return tenants;
  }
}
