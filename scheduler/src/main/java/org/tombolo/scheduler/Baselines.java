package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.assignment.AssignmentProblem;

/// Simple methods of placement, as they are in wide use, to compare with: ideas made anew, not
/// copies of any program. All of them leave a variable where its device has room for it, and keep
/// together what has to be.
final class Baselines {
  /// What an operation reads.
  ///
  /// @param maker operation that makes it
  /// @param bytes its size
  private record Read(int maker, long bytes) {}

  private final PlacementProblem problem;
  private final Groups groups;
  private final List<List<Read>> reads = new ArrayList<>();

  /// All devices, the fastest first.
  private final List<Integer> preferred;

  /// How many of them are not the slowest; the only one counts.
  private final int accelerators;

  private Baselines(PlacementRequest request, PlacementProblem problem) {
    this.problem = problem;
    this.groups = new Groups(request, problem);
    Comparator<Integer> slowness =
        Comparator.comparingDouble(
            device -> -request.devices().get(device).info().speed().flopsPerSecond());
    this.preferred =
        IntStream.range(0, problem.assignment().devices()).boxed().sorted(slowness).toList();
    this.accelerators = Math.max(1, problem.assignment().devices() - 1);
    problem.nodes().forEach(_ -> reads.add(new ArrayList<>()));
    for (AssignmentProblem.Crossing crossing : problem.assignment().crossings()) {
      if (crossing.maker() >= 0) {
        long bytes = problem.nodes().get(crossing.maker()).type().bytes();
        crossing
            .readers()
            .forEach(reader -> reads.get(reader).add(new Read(crossing.maker(), bytes)));
      }
    }
  }

  private interface Method {
    void decide(Baselines state);
  }

  private static Placement place(PlacementRequest request, Method method) {
    Estimates estimates = new Estimates(request);
    PlacementProblem problem = new PlacementProblem(request, estimates);
    Baselines state = new Baselines(request, problem);
    method.decide(state);
    return Placement.of(request, problem, estimates, state.groups.homes(state.preferred));
  }

  /// Every operation on the fastest device that runs it.
  static Placement accelerator(PlacementRequest request) {
    return place(request, _ -> {});
  }

  /// Every operation where the largest of its operands is; where it has none, or cannot run there,
  /// on the fastest device that runs it.
  static Placement heaviestInput(PlacementRequest request) {
    return place(request, Baselines::followHeaviest);
  }

  private void followHeaviest() {
    for (int operation = 0; operation < reads.size(); operation++) {
      if (groups.home(operation) != Groups.NONE) {
        continue;
      }
      int reader = operation;
      reads.get(operation).stream()
          .sorted(Comparator.comparingLong(read -> -read.bytes()))
          .map(read -> groups.home(read.maker()))
          .filter(home -> home != Groups.NONE && groups.allows(reader, home))
          .findFirst()
          .or(() -> groups.allowed(reader, preferred).stream().findFirst())
          .ifPresent(home -> groups.put(reader, home));
    }
  }

  /// Seeds first: operations with a single device to run on, and variables, on the fastest device
  /// that has room. Then devices spread from the seeds over the operations in order, forwards and
  /// backwards, accelerators before the rest, as far as they can run what comes next.
  static Placement seedAndSweep(PlacementRequest request) {
    return place(request, Baselines::sweep);
  }

  private void sweep() {
    for (int operation = 0; operation < reads.size(); operation++) {
      List<Integer> allowed = groups.allowed(operation, preferred);
      boolean isVariable = problem.nodes().get(operation).op() instanceof Op.Variable;
      if (!allowed.isEmpty() && (allowed.size() == 1 || isVariable)) {
        groups.put(operation, allowed.getFirst());
      }
    }
    List<Integer> fast = preferred.subList(0, accelerators);
    int last = reads.size() - 1;
    for (List<Integer> spreading : List.of(fast, preferred)) {
      spread(0, 1, spreading);
      spread(last, -1, spreading);
    }
  }

  private void spread(int from, int step, List<Integer> spreading) {
    int current = Groups.NONE;
    for (int i = from; i >= 0 && i < reads.size(); i += step) {
      int home = groups.home(i);
      if (home != Groups.NONE) {
        current = spreading.contains(home) ? home : Groups.NONE;
      } else if (current != Groups.NONE && groups.allows(i, current)) {
        groups.put(i, current);
      }
    }
  }
}
