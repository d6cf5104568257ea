package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.tombolo.scheduler.assignment.AssignmentProblem;

/// Heterogeneous earliest finish time (Topcuoglu, Hariri and Wu, *Performance-effective and
/// low-complexity task scheduling for heterogeneous computing*, IEEE TPDS 13(3), 2002): operations
/// by falling upward rank, each on the device where it ends first, in a gap between others where it
/// fits.
///
/// Two things are as they are here: a value comes down once and goes up once to each device,
/// whoever reads it there; and a variable, with what costs nothing to make of it, is where it is
/// read first. Copies do not wait for each other, as in the paper.
final class Heft {
  /// When a device works.
  private record Busy(long start, long end) {}

  private final PlacementProblem problem;
  private final Groups groups;
  private final List<Integer> devices;
  private final List<List<Integer>> made = new ArrayList<>();
  private final List<List<Integer>> read = new ArrayList<>();
  private final List<List<Busy>> busy = new ArrayList<>();
  private final long[] ends;

  /// Operations without cost on nothing but variables and each other.
  private final boolean[] free;

  /// When a value is on a device where it was not made, by crossing and device.
  private final Map<List<Integer>, Long> arrivals = new HashMap<>();

  private Heft(PlacementRequest request, PlacementProblem problem) {
    this.problem = problem;
    this.groups = new Groups(request, problem);
    this.devices = IntStream.range(0, problem.assignment().devices()).boxed().toList();
    this.ends = new long[problem.nodes().size()];
    devices.forEach(_ -> busy.add(new ArrayList<>()));
    problem
        .nodes()
        .forEach(_ -> {
          made.add(new ArrayList<>());
          read.add(new ArrayList<>());
        });
    for (int i = 0; i < problem.assignment().crossings().size(); i++) {
      int crossing = i;
      AssignmentProblem.Crossing value = problem.assignment().crossings().get(i);
      value.readers().forEach(reader -> read.get(reader).add(crossing));
      if (value.maker() >= 0) {
        made.get(value.maker()).add(crossing);
      }
    }
    this.free = new boolean[ends.length];
    for (int i = 0; i < free.length; i++) {
      int operation = i;
      free[i] =
          devices.stream().noneMatch(device -> problem.assignment().cost(operation, device) > 0)
              && read.get(i).stream()
                  .map(crossing -> problem.assignment().crossings().get(crossing).maker())
                  .allMatch(maker -> maker >= 0 && free[maker]);
    }
  }

  static Placement place(PlacementRequest request) {
    Estimates estimates = new Estimates(request);
    PlacementProblem problem = new PlacementProblem(request, estimates);
    Heft heft = new Heft(request, problem);
    heft.order().forEach(heft::schedule);
    return Placement.of(request, problem, estimates, heft.groups.homes(heft.devices));
  }

  private List<Integer> order() {
    double[] ranks = new double[ends.length];
    for (int i = ends.length - 1; i >= 0; i--) {
      double after = 0;
      for (int crossing : made.get(i)) {
        double moving = meanMove(problem.assignment().crossings().get(crossing));
        for (int reader : problem.assignment().crossings().get(crossing).readers()) {
          after = Math.max(after, moving + ranks[reader]);
        }
      }
      int operation = i;
      ranks[i] =
          after
              + devices.stream()
                  .mapToLong(device -> problem.assignment().cost(operation, device))
                  .filter(cost -> cost != AssignmentProblem.IMPOSSIBLE)
                  .average()
                  .orElse(0);
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, ends.length).boxed().toList());
    order.sort(Comparator.comparingDouble(operation -> -ranks[operation]));
    return order;
  }

  /// Time to move a value, averaged over all pairs of devices, the same one twice included.
  private double meanMove(AssignmentProblem.Crossing crossing) {
    double down = crossing.down().stream().mapToLong(Long::longValue).average().orElse(0);
    double up = crossing.up().stream().mapToLong(Long::longValue).average().orElse(0);
    return (down + up) * (problem.assignment().devices() - 1) / problem.assignment().devices();
  }

  private void schedule(int operation) {
    if (free[operation]) {
      return; // goes where it is read first
    }
    int best = Groups.NONE;
    Busy earliest = new Busy(0, Long.MAX_VALUE);
    for (int device : groups.allowed(operation, devices)) {
      Busy slot =
          slot(device, ready(operation, device), problem.assignment().cost(operation, device));
      if (slot.end() < earliest.end()) {
        earliest = slot;
        best = device;
      }
    }
    if (best == Groups.NONE) {
      return; // has no device at all, which is reported in the end
    }
    for (int crossing : read.get(operation)) {
      settle(problem.assignment().crossings().get(crossing).maker(), best);
      arrivals.put(List.of(crossing, best), arrival(crossing, best));
    }
    groups.put(operation, best);
    ends[operation] = earliest.end();
    if (earliest.end() > earliest.start()) {
      List<Busy> lane = busy.get(best);
      int place = Collections.binarySearch(lane, earliest, Comparator.comparingLong(Busy::start));
      lane.add(place < 0 ? -place - 1 : place, earliest);
    }
  }

  /// Puts what is free, and all that it is made of, where it is read first.
  private void settle(int maker, int device) {
    boolean open = maker >= 0 && free[maker] && groups.home(maker) == Groups.NONE;
    if (open && groups.allows(maker, device)) {
      groups.put(maker, device);
      read.get(maker)
          .forEach(
              crossing -> settle(problem.assignment().crossings().get(crossing).maker(), device));
    }
  }

  private long ready(int operation, int device) {
    return read.get(operation).stream()
        .mapToLong(crossing -> arrival(crossing, device))
        .max()
        .orElse(0);
  }

  private long arrival(int crossing, int device) {
    AssignmentProblem.Crossing value = problem.assignment().crossings().get(crossing);
    Long known = arrivals.get(List.of(crossing, device));
    if (known != null) {
      return known;
    }
    if (value.maker() < 0) {
      return value.up().get(device);
    }
    int home = groups.home(value.maker());
    if (home == device || (home == Groups.NONE && groups.allows(value.maker(), device))) {
      return ends[value.maker()];
    }
    int from =
        home == Groups.NONE
            ? groups.allowed(value.maker(), devices).stream().findFirst().orElse(device)
            : home;
    return ends[value.maker()] + value.down().get(from) + value.up().get(device);
  }

  /// The first gap on a device that is long enough.
  private Busy slot(int device, long ready, long cost) {
    List<Busy> lane = Objects.requireNonNull(busy.get(device));
    int next =
        Collections.binarySearch(
            lane, new Busy(ready, ready), Comparator.comparingLong(Busy::start));
    next = next < 0 ? -next - 1 : next;
    long start = next > 0 ? Math.max(ready, lane.get(next - 1).end()) : ready;
    while (next < lane.size() && lane.get(next).start() < start + cost) {
      start = Math.max(start, lane.get(next).end());
      next++;
    }
    return new Busy(start, start + cost);
  }
}
