package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A placement that operations are moved in, with its cost and its use of memory kept up to date: a
/// move takes the time of what it changes, not that of the whole graph.
final class MemoryMoves {
  private final AssignmentProblem problem;
  private final List<MemoryUse.Tenant> tenants;
  private final long[] limits;
  private final int devices;
  private final long[][] up;
  private final long[][] down;
  private final int[] makers;
  private final boolean[] fetched;

  /// Whether a maker reads what it makes.
  private final boolean[] readsOwn;

  /// By operation: the crossings that it makes or reads, and the tenants that are where it is.
  private final int[][] crossingsOf;

  private final int[][] tenantsOf;

  private final int[] homes;

  /// How many readers of a crossing, and users of a tenant, are on each device.
  private final int[][] readers;

  private final int[][] users;

  private final long[][] load;
  private long cost;
  private long excess;
  private long work;

  /// @param limits most bytes on each device
  /// @param start device of each operation
  MemoryMoves(AssignmentProblem problem, MemoryUse memory, List<Long> limits, int[] start) {
    this.problem = problem;
    this.devices = problem.devices();
    this.limits = limits.stream().mapToLong(Long::longValue).toArray();
    this.tenants = memory.tenants();
    this.homes = start.clone();
    this.load = memory.loads(start);
    this.cost = problem.cost(start);
    List<AssignmentProblem.Crossing> crossings = problem.crossings();
    int count = crossings.size();
    this.up = new long[count][];
    this.down = new long[count][];
    this.makers = new int[count];
    this.fetched = new boolean[count];
    this.readsOwn = new boolean[count];
    this.readers = new int[count][devices];
    this.users = new int[tenants.size()][devices];
    List<List<Integer>> crossingsBy = lists(start.length);
    List<List<Integer>> tenantsBy = lists(start.length);
    for (int i = 0; i < count; i++) {
      AssignmentProblem.Crossing crossing = crossings.get(i);
      up[i] = crossing.up().stream().mapToLong(Long::longValue).toArray();
      down[i] = crossing.down().stream().mapToLong(Long::longValue).toArray();
      makers[i] = crossing.maker();
      fetched[i] = crossing.fetched();
      readsOwn[i] = crossing.readers().contains(crossing.maker());
      for (int reader : crossing.readers()) {
        readers[i][start[reader]]++;
        crossingsBy.get(reader).add(i);
      }
      if (makers[i] >= 0 && !readsOwn[i]) {
        crossingsBy.get(makers[i]).add(i);
      }
    }
    for (int i = 0; i < tenants.size(); i++) {
      for (int user : tenants.get(i).users()) {
        users[i][start[user]]++;
        tenantsBy.get(user).add(i);
      }
    }
    this.crossingsOf = arrays(crossingsBy);
    this.tenantsOf = arrays(tenantsBy);
    for (int device = 0; device < devices; device++) {
      for (long bytes : load[device]) {
        excess += Math.max(0, bytes - this.limits[device]);
      }
    }
  }

  private static List<List<Integer>> lists(int count) {
    List<List<Integer>> lists = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  private static int[][] arrays(List<List<Integer>> lists) {
    return lists.stream()
        .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
        .toArray(int[][]::new);
  }

  /// Moves operations that stay together to a device that can run them.
  void move(List<Integer> group, int to) {
    for (int operation : group) {
      move(operation, to);
    }
  }

  private void move(int operation, int to) {
    int from = homes[operation];
    if (from == to) {
      return;
    }
    cost += problem.cost(operation, to) - problem.cost(operation, from);
    for (int crossing : crossingsOf[operation]) {
      cost -= cost(crossing);
    }
    homes[operation] = to;
    for (int crossing : crossingsOf[operation]) {
      if (makers[crossing] != operation || readsOwn[crossing]) {
        readers[crossing][from]--;
        readers[crossing][to]++;
      }
      cost += cost(crossing);
    }
    for (int tenant : tenantsOf[operation]) {
      if (--users[tenant][from] == 0) {
        add(tenants.get(tenant), from, -1);
      }
      if (users[tenant][to]++ == 0) {
        add(tenants.get(tenant), to, 1);
      }
    }
    work += crossingsOf[operation].length;
  }

  private long cost(int crossing) {
    long total = 0;
    boolean moves = fetched[crossing];
    int home = makers[crossing] < 0 ? -1 : homes[makers[crossing]];
    for (int device = 0; device < devices; device++) {
      if (device != home && readers[crossing][device] > 0) {
        total += up[crossing][device];
        moves = true;
      }
    }
    return home >= 0 && moves ? total + down[crossing][home] : total;
  }

  private void add(MemoryUse.Tenant tenant, int device, int sign) {
    long[] bytes = load[device];
    long limit = limits[device];
    long change = sign * tenant.bytes();
    for (int step = tenant.from(); step <= tenant.to(); step++) {
      long before = Math.max(0, bytes[step] - limit);
      bytes[step] += change;
      excess += Math.max(0, bytes[step] - limit) - before;
    }
    work += tenant.to() - tenant.from() + 1;
  }

  /// Cost of the placement.
  long cost() {
    return cost;
  }

  /// Bytes beyond the limits, summed over steps and devices.
  long excess() {
    return excess;
  }

  /// How much was looked at in all moves.
  long work() {
    return work;
  }

  /// Device of an operation.
  int home(int operation) {
    return homes[operation];
  }

  /// Device of each operation.
  int[] homes() {
    return homes.clone();
  }

  /// Bytes beyond the limits at the fullest step of each device, in all.
  long peakExcess() {
    long all = 0;
    for (int device = 0; device < devices; device++) {
      all += Math.max(0, Arrays.stream(load[device]).max().orElse(0) - limits[device]);
    }
    return all;
  }

  /// Operations on the device with most too much, that have something there when that is so; none
  /// if nothing is too much.
  List<Integer> crowding() {
    int worstDevice = -1;
    int worstStep = -1;
    long worst = 0;
    for (int device = 0; device < devices; device++) {
      for (int step = 0; step < load[device].length; step++) {
        if (load[device][step] - limits[device] > worst) {
          worst = load[device][step] - limits[device];
          worstDevice = device;
          worstStep = step;
        }
      }
    }
    List<Integer> found = new ArrayList<>();
    for (int i = 0; worstDevice >= 0 && i < tenants.size(); i++) {
      MemoryUse.Tenant tenant = tenants.get(i);
      if (users[i][worstDevice] > 0 && tenant.from() <= worstStep && worstStep <= tenant.to()) {
        for (int user : tenant.users()) {
          if (homes[user] == worstDevice) {
            found.add(user);
          }
        }
      }
    }
    work += tenants.size() + (long) devices * load[0].length;
    return found;
  }
}
