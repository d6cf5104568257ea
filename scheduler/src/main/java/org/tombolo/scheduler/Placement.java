package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A device for every operation, chosen so that computing and moving take the least time by the
/// estimates at hand.
///
/// The cost of a placement is the time of each operation on its device, plus, for each tensor and
/// each device that needs it from elsewhere, one transfer through the host. For two devices the
/// minimum is exact, see [TwoWayCut]; among more than two, the best pair is used. Variables stay
/// with their assignments. Constants and counters are made where they are used.
///
/// @param devices index of the device of each node; none for what is made wherever it is used
/// @param seconds estimated cost, which no other placement on the same two devices undercuts
record Placement(Map<Node, Integer> devices, double seconds) {
  /// Costs are counted in whole picoseconds.
  private static final double UNITS_PER_SECOND = 1e12;

  /// The best placement.
  ///
  /// @param graph what to place
  /// @param devices where
  /// @param homes variables that have a device already, as indices
  /// @throws PlacementException if an operation can run nowhere, or the homes leave no choice
  static Placement of(Graph graph, List<Device> devices, Map<String, Integer> homes) {
    Set<Integer> needed = new TreeSet<>(homes.values());
    Estimates estimates = new Estimates(graph, devices);
    Placement best = null;
    for (int first = 0; first < devices.size(); first++) {
      for (int second = first; second < devices.size(); second++) {
        if ((first != second || devices.size() == 1) && covers(first, second, needed)) {
          Placement candidate = new Pair(graph, devices, estimates, homes, first, second).solve();
          if (candidate != null && (best == null || candidate.seconds < best.seconds)) {
            best = candidate;
          }
        }
      }
    }
    if (best == null) {
      throw new PlacementException(
          "placement of %s: no two of the devices run every operation:%s"
              .formatted(graph.name(), refusals(graph, devices, estimates, needed)),
          "an engine with a device that runs them, such as cpu");
    }
    return best;
  }

  private static boolean covers(int first, int second, Set<Integer> needed) {
    return needed.stream().allMatch(home -> home == first || home == second);
  }

  /// Whether a node is made on every device that uses it.
  static boolean isEverywhere(Node node) {
    return node.op() instanceof Op.Constant || node.op() instanceof Op.Iota;
  }

  private static String refusals(
      Graph graph, List<Device> devices, Estimates estimates, Set<Integer> needed) {
    StringBuilder all = new StringBuilder();
    needed.forEach(home -> all.append("\n  variables on ").append(devices.get(home).info().id()));
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

  /// The problem for two devices, which may be the same one.
  private static final class Pair {
    private final Graph graph;
    private final Estimates estimates;
    private final Map<String, Integer> homes;
    private final int first;
    private final int second;
    private final Device one;
    private final Device two;
    private final Map<Node, Integer> numbers = new HashMap<>();
    private final Map<Node, Set<Integer>> users = new HashMap<>();

    Pair(
        Graph graph,
        List<Device> devices,
        Estimates estimates,
        Map<String, Integer> homes,
        int first,
        int second) {
      this.graph = graph;
      this.estimates = estimates;
      this.homes = homes;
      this.first = first;
      this.second = second;
      this.one = devices.get(first);
      this.two = devices.get(second);
    }

    @Nullable Placement solve() {
      for (Node node : graph.nodes()) {
        if (!isEverywhere(node) && !(node.op() instanceof Op.Input)) {
          numbers.put(node, numbers.size());
        }
      }
      for (Node node : graph.nodes()) {
        for (Node operand : ControlRun.moved(node)) {
          users.computeIfAbsent(operand, key -> new HashSet<>()).add(numbers.get(node));
        }
      }
      TwoWayCut cut = new TwoWayCut(numbers.size());
      for (Node node : graph.nodes()) {
        if (!addOperation(cut, node)) {
          return null;
        }
        addTransfers(cut, node);
      }
      for (Node output : Set.copyOf(graph.outputs().values())) {
        addDownload(cut, output);
      }
      ControlRun.of(graph).forEach((run, results) -> addControl(cut, run, results));
      TwoWayCut.Division division = cut.solve();
      Map<Node, Integer> devices = new HashMap<>();
      numbers.forEach((node, number) ->
          devices.put(node, division.onSecond().contains(number) ? second : first));
      return new Placement(devices, division.cost() / UNITS_PER_SECOND);
    }

    private void addDownload(TwoWayCut cut, Node node) {
      Integer number = numbers.get(node);
      if (number != null) {
        long bytes = node.type().bytes();
        cut.price(
            number,
            units(one.hostLink().downSeconds(bytes)),
            units(two.hostLink().downSeconds(bytes)));
      }
    }

    /// The results of one run come from one device, and the host needs the condition of a choice.
    private void addControl(TwoWayCut cut, ControlRun run, List<Node> results) {
      for (Node result : results.subList(1, results.size())) {
        cut.together(
            Objects.requireNonNull(numbers.get(results.getFirst())),
            Objects.requireNonNull(numbers.get(result)));
      }
      if (run.flow() instanceof ControlFlow.If) {
        addDownload(cut, run.operands().getFirst());
      }
    }

    private boolean addOperation(TwoWayCut cut, Node node) {
      Integer number = numbers.get(node);
      if (number == null) {
        return true;
      }
      boolean refusedByOne = estimates.refusal(first, node).isPresent();
      boolean refusedByTwo =
          first == second ? refusedByOne : estimates.refusal(second, node).isPresent();
      if (refusedByOne && refusedByTwo) {
        return false;
      }
      if (first == second || refusedByTwo) {
        cut.pin(number, false);
      } else if (refusedByOne) {
        cut.pin(number, true);
      }
      cut.price(
          number, units(estimates.seconds(first, node)), units(estimates.seconds(second, node)));
      switch (node.op()) {
        case Op.Variable(String name, TensorType _) -> {
          Integer home = homes.get(name);
          if (home != null && first != second) {
            cut.pin(number, home == second);
          }
        }
        case Op.Assign(String name) -> {
          for (Node variable : graph.variables()) {
            if (variable.op() instanceof Op.Variable v && v.name().equals(name)) {
              cut.together(number, Objects.requireNonNull(numbers.get(variable)));
            }
          }
        }
        default -> {}
      }
      return true;
    }

    private void addTransfers(TwoWayCut cut, Node node) {
      Set<Integer> readers = users.getOrDefault(node, Set.of());
      if (first == second || readers.isEmpty() || isEverywhere(node)) {
        return;
      }
      long bytes = node.type().bytes();
      double upToOne = one.hostLink().upSeconds(bytes);
      double upToTwo = two.hostLink().upSeconds(bytes);
      Integer maker = numbers.get(node);
      if (maker == null) {
        cut.fed(readers, units(upToOne), units(upToTwo));
      } else {
        cut.tensor(
            maker,
            readers,
            units(one.hostLink().downSeconds(bytes) + upToTwo),
            units(two.hostLink().downSeconds(bytes) + upToOne));
      }
    }

    private static long units(double seconds) {
      return Math.round(seconds * UNITS_PER_SECOND);
    }
  }
}
