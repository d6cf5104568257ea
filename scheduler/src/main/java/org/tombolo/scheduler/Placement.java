package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// A device for every operation, chosen so that computing and moving take the least time by the
/// estimates at hand.
///
/// The cost of a placement is the time of each operation on its device, plus the transfers, see
/// [PlacementProblem]. On two devices the minimum is exact, a single [ExpansionMove]. On more, the
/// best of several starts is improved by moves to each device in turn until none helps; each move
/// is exact, their end is the minimum on nearly all graphs that are small enough to try everything,
/// but nothing is promised. Variables stay with their assignments. Constants and counters are made
/// where they are used.
///
/// @param devices index of the device of each node; none for what is made wherever it is used
/// @param seconds estimated cost
record Placement(Map<Node, Integer> devices, double seconds) {

  /// The best placement.
  ///
  /// @param graph what to place
  /// @param devices where
  /// @param homes variables that have a device already, as indices
  /// @throws PlacementException if an operation can run nowhere, or the homes leave no choice
  static Placement of(Graph graph, List<Device> devices, Map<String, Integer> homes) {
    Estimates estimates = new Estimates(graph, devices);
    PlacementProblem problem = new PlacementProblem(graph, devices, estimates, homes);
    int[] best = null;
    for (int[] start : starts(problem)) {
      int[] end = devices.size() > 2 ? improved(problem, start) : start;
      best = best == null || problem.cost(end) < problem.cost(best) ? end : best;
    }
    if (best == null) {
      throw new PlacementException(
          "placement of %s: the devices cannot run every operation:%s"
              .formatted(graph.name(), refusals(graph, devices, estimates, homes)),
          "an engine with a device that runs them, such as cpu");
    }
    Map<Node, Integer> placed = new HashMap<>();
    for (int i = 0; i < best.length; i++) {
      placed.put(problem.nodes().get(i), best[i]);
    }
    return new Placement(placed, PlacementProblem.seconds(problem.cost(best)));
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

  /// Whether a node is made on every device that uses it.
  static boolean isEverywhere(Node node) {
    return node.op() instanceof Op.Constant || node.op() instanceof Op.Iota;
  }

  private static String refusals(
      Graph graph, List<Device> devices, Estimates estimates, Map<String, Integer> homes) {
    StringBuilder all = new StringBuilder();
    new TreeSet<>(homes.values())
        .forEach(home -> all.append("\n  variables on ").append(devices.get(home).info().id()));
    for (Node node : graph.nodes()) {
      List<String> reasons = new ArrayList<>();
      for (int i = 0; i < devices.size(); i++) {
        String id = devices.get(i).info().id();
        estimates.refusal(i, node).ifPresent(why -> reasons.add(id + ": " + why));
      }
      if (reasons.size() == devices.size()) {
        all.append("\n  ").append(node).append(" (").append(String.join("; ", reasons)).append(')');
      }
    }
    return all.toString();
  }
}
