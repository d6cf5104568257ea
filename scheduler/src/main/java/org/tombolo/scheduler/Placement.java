package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.assignment.CheapestAssignment;
import org.tombolo.scheduler.assignment.LowerBound;
import org.tombolo.scheduler.assignment.MemorySearch;
import org.tombolo.scheduler.assignment.MemoryUse;

/// A device for every operation, chosen so that computing and moving take the least time by the
/// estimates at hand.
///
/// The cost of a placement is the time of each operation on its device, plus the transfers, see
/// [PlacementProblem]. [CheapestAssignment] finds it, and [MemorySearch] where memory is short.
/// Variables stay with their assignments; those without one, constants, counters and [Replicas] are
/// wherever they are read.
///
/// @param devices index of the device of each node; none for what is wherever it is read
/// @param seconds estimated cost
/// @param lowerBound cost that no placement undercuts, by the same estimates
/// @param memory estimated bytes on each device when most are in use, see [MemoryUse]
/// @param detours operations that cannot run where they were asked to
record Placement(
    Map<Node, Integer> devices,
    double seconds,
    double lowerBound,
    List<Long> memory,
    List<Detour> detours) {
  private static final int MOST_LISTED = 20;

  /// An operation that runs where it does because of what devices refuse.
  ///
  /// @param node the operation
  /// @param home where it runs
  /// @param refused where it does not, though it is pinned there or could have been
  /// @param reason what that device says
  record Detour(Node node, int home, int refused, String reason) {}

  /// The best placement; if by the estimate of memory none fits, the one that goes over the limits
  /// least.
  ///
  /// @throws PlacementException if an operation can run nowhere, or what is asked for leaves no
  ///   choice, or the options are strict and there are detours
  static Placement of(PlacementRequest request) {
    Estimates estimates = new Estimates(request);
    PlacementProblem problem = new PlacementProblem(request, estimates);
    AssignmentProblem assignment = problem.assignment();
    int[] best =
        CheapestAssignment.of(assignment)
            .orElseThrow(() ->
                new PlacementException(
                    "placement of %s: the devices cannot run every operation:%s"
                        .formatted(request.graph().name(), refusals(request, estimates)),
                    "an engine with a device that runs them, such as cpu"));
    long bound =
        assignment.devices() > 2 ? LowerBound.of(assignment).orElseThrow() : assignment.cost(best);
    MemoryUse memory = MemoryEstimate.of(request.graph(), problem);
    List<Long> limits = request.rules().limits();
    if (!fits(memory.peaks(best), limits)) {
      MemorySearch.Found found =
          MemorySearch.of(assignment, memory, best, bound, limits, CheapestAssignment::of);
      best = found.homes();
      bound = found.bound();
    }
    return of(request, problem, estimates, best, bound, memory);
  }

  /// How good it is, in one line.
  ///
  /// @param ids of the devices, in order
  String claim(List<String> ids) {
    String all = String.join(", ", ids);
    if (ids.size() == 1) {
      return "everything on " + all + ", the only device";
    }
    return gap() == 0
        ? "least estimated cost of all placements on " + all
        : "%.2f %% above the least that any placement on %s could cost, %.3f ms"
            .formatted(100 * gap(), all, lowerBound * 1e3);
  }

  /// Whether the memory that it is estimated to take stays within limits.
  boolean fits(List<Long> limits) {
    return IntStream.range(0, limits.size()).allMatch(i -> memory.get(i) <= limits.get(i));
  }

  private static boolean fits(List<MemoryUse.Peak> peaks, List<Long> limits) {
    return IntStream.range(0, limits.size())
        .allMatch(device -> peaks.get(device).bytes() <= limits.get(device));
  }

  /// The placement that a list of homes stands for, beside the bound that holds without regard to
  /// memory.
  ///
  /// @param homes device of each operation of the problem, in order
  static Placement of(
      PlacementRequest request, PlacementProblem problem, Estimates estimates, int[] homes) {
    long bound = LowerBound.of(problem.assignment()).orElseThrow();
    MemoryUse memory = MemoryEstimate.of(request.graph(), problem);
    return of(request, problem, estimates, homes, bound, memory);
  }

  /// The placement that a list of homes stands for.
  ///
  /// @param homes device of each operation of the problem, in order
  /// @param bound cost that no placement undercuts, in the units of the problem
  private static Placement of(
      PlacementRequest request,
      PlacementProblem problem,
      Estimates estimates,
      int[] homes,
      long bound,
      MemoryUse memory) {
    Map<Node, Integer> placed = new HashMap<>();
    for (int i = 0; i < homes.length; i++) {
      placed.put(problem.nodes().get(i), homes[i]);
    }
    List<Detour> detours = detours(request, estimates, placed);
    if (request.rules().options().strict() && !detours.isEmpty()) {
      throw new PlacementException(
          "placement of %s: the options are strict, and not everything can run as asked:%s"
              .formatted(
                  request.graph().name(),
                  detours.stream()
                      .limit(MOST_LISTED)
                      .map(detour ->
                          "\n  %s (%s: %s)"
                              .formatted(
                                  detour.node(), request.id(detour.refused()), detour.reason()))
                      .collect(Collectors.joining())),
          "a pin to a device that runs them, or options that are not strict");
    }
    List<MemoryUse.Peak> peaks = memory.peaks(homes);
    return new Placement(
        placed,
        AssignmentProblem.seconds(problem.assignment().cost(homes)),
        AssignmentProblem.seconds(bound),
        peaks.stream().map(MemoryUse.Peak::bytes).toList(),
        detours);
  }

  /// How much dearer it is than the least that any placement could cost, as a share of that; 0 if
  /// it is the best there is, infinite if nothing is known.
  double gap() {
    return seconds <= lowerBound ? 0 : (seconds - lowerBound) / lowerBound;
  }

  private static List<Detour> detours(
      PlacementRequest request, Estimates estimates, Map<Node, Integer> placed) {
    List<Detour> detours = new ArrayList<>();
    for (Node node : request.graph().nodes()) {
      Integer home = placed.get(node);
      PlacementRules.Pin pin = request.rules().pins().get(node);
      for (int i = 0; home != null && i < request.devices().size(); i++) {
        if (i != home && (pin == null || pin.device() == i)) {
          int device = i;
          estimates
              .refusal(device, node)
              .ifPresent(reason -> detours.add(new Detour(node, home, device, reason)));
        }
      }
    }
    return detours;
  }

  /// Whether a node is made on every device that reads it, in every placement.
  static boolean isEverywhere(Node node) {
    return node.op() instanceof Op.Constant || node.op() instanceof Op.Iota;
  }

  private static String refusals(PlacementRequest request, Estimates estimates) {
    StringBuilder all = new StringBuilder();
    new TreeSet<>(request.homes().values())
        .forEach(home -> all.append("\n  variables on ").append(request.id(home)));
    for (Node node : request.graph().nodes()) {
      List<String> reasons = new ArrayList<>();
      for (int i = 0; i < request.devices().size(); i++) {
        String id = request.id(i);
        estimates.refusal(i, node).ifPresent(why -> reasons.add(id + ": " + why));
      }
      if (reasons.size() == request.devices().size()) {
        all.append("\n  ").append(node).append(" (").append(String.join("; ", reasons)).append(')');
      }
    }
    return all.toString();
  }
}
