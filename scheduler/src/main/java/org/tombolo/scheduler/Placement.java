package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// A device for every operation, chosen so that computing and moving take the least time by the
/// estimates at hand.
///
/// The cost of a placement is the time of each operation on its device, plus the transfers, see
/// [PlacementProblem]. On two devices the minimum is exact, a single [ExpansionMove]. On more, the
/// best of several starts is improved by moves to each device in turn until none helps; each move
/// is exact, their end is the minimum on nearly all graphs that are small enough to try everything,
/// but nothing is promised. Variables stay with their assignments; those without one, constants,
/// counters and [Replicas] are wherever they are read.
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
    int[] best =
        cheapest(problem)
            .orElseThrow(() ->
                new PlacementException(
                    "placement of %s: the devices cannot run every operation:%s"
                        .formatted(request.graph().name(), refusals(request, estimates)),
                    "an engine with a device that runs them, such as cpu"));
    long bound = problem.devices() > 2 ? LowerBound.of(problem).orElseThrow() : problem.cost(best);
    MemoryUse memory = new MemoryUse(request.graph(), problem);
    List<Long> limits = request.rules().limits();
    if (!fits(memory.peaks(best), limits)) {
      MemorySearch.Found found =
          MemorySearch.of(problem, memory, best, bound, limits, Placement::cheapest);
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

  /// The cheapest placement that is found for a problem, memory apart; on two devices there is no
  /// cheaper one. Empty if there is none.
  private static Optional<int[]> cheapest(PlacementProblem problem) {
    int[] best = null;
    for (int[] start : starts(problem)) {
      int[] end = problem.devices() > 2 ? improved(problem, start) : start;
      best = best == null || problem.cost(end) < problem.cost(best) ? end : best;
    }
    return Optional.ofNullable(best);
  }

  /// The placement that a list of homes stands for, beside the bound that holds without regard to
  /// memory.
  ///
  /// @param homes device of each operation of the problem, in order
  static Placement of(
      PlacementRequest request, PlacementProblem problem, Estimates estimates, int[] homes) {
    long bound = LowerBound.of(problem).orElseThrow();
    MemoryUse memory = new MemoryUse(request.graph(), problem);
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
        PlacementProblem.seconds(problem.cost(homes)),
        PlacementProblem.seconds(bound),
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

  /// Legal placements: the best on each pair of devices, and where there are more, each operation
  /// where it runs fastest.
  private static List<int[]> starts(PlacementProblem problem) {
    List<int[]> starts = new ArrayList<>();
    for (int first = 0; first < problem.devices(); first++) {
      int[] all = new int[problem.nodes().size()];
      Arrays.fill(all, first);
      for (int second = first; second < problem.devices(); second++) {
        if (first != second || problem.devices() == 1) {
          ExpansionMove.best(problem, all, second).ifPresent(starts::add);
        }
      }
    }
    if (problem.devices() > 2) {
      fastest(problem).ifPresent(starts::add);
    }
    return starts;
  }

  /// Each group of operations that stay together on the device that runs it in the least time.
  private static Optional<int[]> fastest(PlacementProblem problem) {
    int[] homes = new int[problem.nodes().size()];
    for (List<Integer> group : problem.groups()) {
      long least = Long.MAX_VALUE;
      for (int device = 0; device < problem.devices(); device++) {
        long cost = problem.cost(group, device);
        if (cost != PlacementProblem.IMPOSSIBLE && cost < least) {
          least = cost;
          for (int operation : group) {
            homes[operation] = device;
          }
        }
      }
      if (least == Long.MAX_VALUE) {
        return Optional.empty();
      }
    }
    return Optional.of(homes);
  }

  private static int[] improved(PlacementProblem problem, int[] start) {
    int[] homes = start;
    int idle = 0;
    for (int target = 0; idle < problem.devices(); target = (target + 1) % problem.devices()) {
      int[] moved = ExpansionMove.best(problem, homes, target).orElse(homes);
      boolean better = problem.cost(moved) < problem.cost(homes);
      homes = better ? moved : homes;
      idle = better ? 0 : idle + 1;
    }
    return homes;
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
