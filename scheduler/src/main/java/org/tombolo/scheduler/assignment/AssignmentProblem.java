package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Operations that each run on one device, values that go between them through the host, and
/// operations that stay together: the task assignment problem of Stone (*Multiprocessor scheduling
/// with the aid of network flow algorithms*, IEEE TSE SE-3(1), 1977) for any number of devices,
/// with each value charged once for each device that needs it.
///
/// A value comes down from its device once if it is a result or anybody elsewhere reads it, and
/// goes up once to each other device with a reader. Costs are whole picoseconds, so that sums are
/// exact.
public final class AssignmentProblem {
  /// The cost of running an operation where it cannot run.
  public static final long IMPOSSIBLE = -1;

  private static final double UNITS_PER_SECOND = 1e12;

  /// A value that may have to move.
  ///
  /// @param maker operation that makes it; -1 if it is fed, or wherever it is read
  /// @param readers operations that read it on their device, themselves or through what is made
  ///   there
  /// @param fetched whether the host gets it anyway
  /// @param down cost of bringing it down from each device
  /// @param up cost of bringing it up to each device, or of having it there
  public record Crossing(
      int maker, Set<Integer> readers, boolean fetched, List<Long> down, List<Long> up) {

    /// A price for having something on the devices of some operations.
    ///
    /// @param prices of it on each device
    static Crossing price(int[] users, List<Long> prices) {
      Set<Integer> readers = new TreeSet<>();
      for (int user : users) {
        readers.add(user);
      }
      return new Crossing(-1, readers, false, prices, prices);
    }
  }

  private final int devices;
  private final List<long[]> costs;
  private final List<Crossing> crossings;
  private final List<int[]> ties;

  /// The readers of each crossing.
  private final int[][] readers;

  /// @param devices how many there are
  /// @param costs of each operation on each device, or [#IMPOSSIBLE]
  /// @param crossings values that may have to move
  /// @param ties pairs of operations that run on one device
  public AssignmentProblem(
      int devices, List<long[]> costs, List<Crossing> crossings, List<int[]> ties) {
    this.devices = devices;
    this.costs = costs;
    this.crossings = crossings;
    this.ties = ties;
    this.readers =
        crossings.stream()
            .map(crossing -> crossing.readers().stream().mapToInt(Integer::intValue).toArray())
            .toArray(int[][]::new);
  }

  /// The same problem with less choice and more to pay.
  ///
  /// @param allowed devices that each operation may be on, as bits
  /// @param more prices on top
  public AssignmentProblem with(long[] allowed, List<Crossing> more) {
    List<long[]> fewer = new ArrayList<>();
    for (int i = 0; i < costs.size(); i++) {
      long[] cost = costs.get(i).clone();
      for (int device = 0; device < devices; device++) {
        cost[device] = (allowed[i] >> device & 1) == 1 ? cost[device] : IMPOSSIBLE;
      }
      fewer.add(cost);
    }
    List<Crossing> all = new ArrayList<>(crossings);
    all.addAll(more);
    return new AssignmentProblem(devices, fewer, all, ties);
  }

  /// A time in the units of costs.
  public static long units(double seconds) {
    return Math.round(seconds * UNITS_PER_SECOND);
  }

  /// A cost in seconds.
  public static double seconds(long units) {
    return units / UNITS_PER_SECOND;
  }

  /// How many devices there are.
  public int devices() {
    return devices;
  }

  /// How many operations there are.
  public int operations() {
    return costs.size();
  }

  /// Cost of an operation on a device, or [#IMPOSSIBLE].
  public long cost(int operation, int device) {
    return costs.get(operation)[device];
  }

  /// Values that may have to move.
  public List<Crossing> crossings() {
    return crossings;
  }

  /// Pairs of operations that run on one device.
  public List<int[]> ties() {
    return ties;
  }

  /// Groups of operations that run on one device, each operation in one of them.
  public Collection<List<Integer>> groups() {
    return groups(costs.size(), ties);
  }

  /// Groups of operations that are tied, each operation in one of them.
  ///
  /// @param operations how many there are
  public static Collection<List<Integer>> groups(int operations, List<int[]> ties) {
    int[] leaders = IntStream.range(0, operations).toArray();
    for (int[] tie : ties) {
      int a = leader(leaders, tie[0]);
      int b = leader(leaders, tie[1]);
      leaders[Math.max(a, b)] = Math.min(a, b);
    }
    return IntStream.range(0, leaders.length)
        .boxed()
        .collect(Collectors.groupingBy(i -> leader(leaders, i), TreeMap::new, Collectors.toList()))
        .values();
  }

  private static int leader(int[] leaders, int operation) {
    int leader = operation;
    while (leaders[leader] != leader) {
      leaders[leader] = leaders[leaders[leader]];
      leader = leaders[leader];
    }
    return leader;
  }

  /// Cost of operations on one device, or [#IMPOSSIBLE].
  public long cost(List<Integer> operations, int device) {
    return operations.stream().anyMatch(i -> cost(i, device) == IMPOSSIBLE)
        ? IMPOSSIBLE
        : operations.stream().mapToLong(i -> cost(i, device)).sum();
  }

  /// What a legal placement costs.
  ///
  /// @param homes device of each operation
  public long cost(int[] homes) {
    long total = 0;
    for (int i = 0; i < homes.length; i++) {
      total += cost(i, homes[i]);
    }
    for (int i = 0; i < readers.length; i++) {
      total += cost(crossings.get(i), readers[i], homes);
    }
    return total;
  }

  /// What the transfers of a value cost.
  ///
  /// @param homes device of each operation
  public long cost(Crossing crossing, int[] homes) {
    return cost(crossing, crossing.readers().stream().mapToInt(Integer::intValue).toArray(), homes);
  }

  private static long cost(Crossing crossing, int[] readers, int[] homes) {
    long total = 0;
    long places = 0;
    for (int reader : readers) {
      places |= 1L << homes[reader];
    }
    if (crossing.maker() >= 0) {
      int home = homes[crossing.maker()];
      places &= ~(1L << home);
      total += crossing.fetched() || places != 0 ? crossing.down().get(home) : 0;
    }
    for (; places != 0; places &= places - 1) {
      total += crossing.up().get(Long.numberOfTrailingZeros(places));
    }
    return total;
  }
}
