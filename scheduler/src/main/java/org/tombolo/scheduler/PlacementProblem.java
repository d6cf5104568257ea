package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tombolo.device.Link;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.regions.ControlRun;
import org.tombolo.scheduler.regions.Movement;

/// What there is to decide where a graph is placed, and what it costs: an [AssignmentProblem] whose
/// operations are nodes.
///
/// Variables that nobody assigns, and operations that are cheaper made than moved ([Replicas]), are
/// on each device that reads them.
final class PlacementProblem {
  private final PlacementRequest request;
  private final int devices;
  private final List<Node> nodes;
  private final Map<Node, Integer> numbers;
  private final List<long[]> costs;
  private final List<AssignmentProblem.Crossing> crossings;
  private final List<int[]> ties;
  private final AssignmentProblem assignment;

  /// The operations that read a node, themselves or through what is made where it is read.
  private final Map<Node, Set<Integer>> readers;

  /// What the host gets anyway: outputs, and what branches are decided by.
  private final Set<Node> fetched;

  /// Variables that are wherever they are read, with the seconds that bringing them there costs.
  private final Map<Node, double[]> mirrored;

  /// Operations that are repeated wherever they are read, with the seconds that making them costs.
  private final Map<Node, double[]> replicas;

  /// @throws IllegalArgumentException if operations that stay together are held to several devices
  PlacementProblem(PlacementRequest request, Estimates estimates) {
    this.request = request;
    this.devices = request.devices().size();
    this.nodes = new ArrayList<>();
    this.numbers = new HashMap<>();
    this.costs = new ArrayList<>();
    this.crossings = new ArrayList<>();
    this.ties = new ArrayList<>();
    this.readers = new HashMap<>();
    this.mirrored = new HashMap<>();
    Graph graph = request.graph();
    this.fetched = fetched(graph);
    Set<Node> bound = new HashSet<>(fetched);
    bound.addAll(request.rules().pins().keySet());
    request.rules().groups().forEach(bound::addAll);
    findMirrored(bound);
    this.replicas = Replicas.of(request, estimates, mirrored, bound);
    for (Node node : graph.nodes()) {
      boolean isAnywhere = mirrored.containsKey(node) || replicas.containsKey(node);
      if (!isAnywhere && !Placement.isEverywhere(node) && !(node.op() instanceof Op.Input)) {
        numbers.put(node, nodes.size());
        nodes.add(node);
        costs.add(costs(node, estimates));
      }
    }
    tie(graph);
    applyRules();
    addCrossings(graph);
    this.assignment = new AssignmentProblem(devices, costs, crossings, ties);
  }

  private static Set<Node> fetched(Graph graph) {
    Set<Node> fetched = new HashSet<>(graph.outputs().values());
    for (ControlRun run : ControlRun.of(graph).keySet()) {
      if (run.flow() instanceof ControlFlow.If) {
        Node condition = run.operands().getFirst();
        fetched.add(condition);
        while (Movement.is(condition)) { // which may be another name for a variable
          condition = condition.input(0);
          fetched.add(condition);
        }
      }
    }
    return fetched;
  }

  /// Variables that nobody assigns can be on several devices: the first upload is spread over the
  /// expected steps, and later ones are none.
  private void findMirrored(Set<Node> bound) {
    Set<String> assigned = new HashSet<>();
    request.graph().assigns().forEach(node -> assigned.add(((Op.Assign) node.op()).variable()));
    for (Node node : request.graph().variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType type)
          && request.copies().containsKey(name)
          && !assigned.contains(name)
          && !bound.contains(node)) {
        Set<Integer> present = Objects.requireNonNull(request.copies().get(name));
        Integer home = request.homes().get(name);
        double down = home == null ? 0 : link(home).downSeconds(type.bytes());
        double[] seconds = new double[devices];
        for (int device = 0; device < devices; device++) {
          double whole = down + link(device).upSeconds(type.bytes());
          seconds[device] = present.contains(device) ? 0 : whole / steps();
        }
        mirrored.put(node, seconds);
      }
    }
  }

  private Link link(int device) {
    return request.speeds().get(device).link();
  }

  private double steps() {
    return request.rules().options().expectedSteps();
  }

  /// Cost of an operation on each device.
  private long[] costs(Node node, Estimates estimates) {
    Integer home =
        node.op() instanceof Op.Variable(String name, TensorType _)
            ? request.homes().get(name)
            : null;
    long[] costs = new long[devices];
    for (int device = 0; device < devices; device++) {
      boolean isElsewhere = home != null && home != device;
      costs[device] =
          isElsewhere || estimates.refusal(device, node).isPresent()
              ? AssignmentProblem.IMPOSSIBLE
              : AssignmentProblem.units(seconds(node, device, estimates));
    }
    return costs;
  }

  private double seconds(Node node, int device, Estimates estimates) {
    return node.op() instanceof Op.Variable(String name, TensorType type)
        ? request.homes().containsKey(name) ? 0 : link(device).upSeconds(type.bytes()) / steps()
        : estimates.seconds(device, node);
  }

  /// Ties results of one branch, loop or launch, and assignments to their variables.
  private void tie(Graph graph) {
    Map<List<?>, Node> launches = new HashMap<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Op.Custom(CustomFunction function, int _)) {
        Node first = launches.putIfAbsent(List.of(function, node.inputs()), node);
        if (first != null) {
          tie(first, node);
        }
      }
    }
    ControlRun.of(graph)
        .values()
        .forEach(results -> results.forEach(result -> tie(results.getFirst(), result)));
    Map<String, Node> variables = new HashMap<>();
    graph.variables().forEach(node -> variables.put(((Op.Variable) node.op()).name(), node));
    for (Node node : graph.assigns()) {
      if (node.op() instanceof Op.Assign(String name)) {
        tie(node, Objects.requireNonNull(variables.get(name)));
      }
    }
  }

  private void addCrossings(Graph graph) {
    for (Node node : graph.nodes().reversed()) {
      Set<Integer> users =
          numbers.containsKey(node) ? Set.of(numberOf(node)) : readers.getOrDefault(node, Set.of());
      for (Node operand : ControlRun.moved(node)) {
        readers.computeIfAbsent(operand, _ -> new TreeSet<>()).addAll(users);
      }
    }
    for (Node node : graph.nodes()) {
      boolean comesDown = fetched.contains(node) && numbers.containsKey(node);
      Set<Integer> users = readers.getOrDefault(node, Set.of());
      if (!Placement.isEverywhere(node) && (comesDown || !users.isEmpty())) {
        long bytes = node.type().bytes();
        double[] made = mirrored.getOrDefault(node, replicas.get(node));
        List<Long> down = new ArrayList<>();
        List<Long> up = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
          down.add(AssignmentProblem.units(link(device).downSeconds(bytes)));
          up.add(
              AssignmentProblem.units(made == null ? link(device).upSeconds(bytes) : made[device]));
        }
        crossings.add(
            new AssignmentProblem.Crossing(
                numbers.getOrDefault(node, -1), users, comesDown, down, up));
      }
    }
  }

  /// Holds operations to the devices that they are pinned to, where these can run them.
  private void applyRules() {
    for (List<Node> group : request.rules().groups()) {
      List<Node> placed = group.stream().filter(numbers::containsKey).toList();
      placed.forEach(node -> tie(placed.getFirst(), node));
    }
    Map<Node, PlacementRules.Pin> pins = request.rules().pins();
    for (List<Integer> group : AssignmentProblem.groups(nodes.size(), ties)) {
      Map<Integer, String> holds = new TreeMap<>();
      for (int operation : group) {
        Node node = nodes.get(operation);
        PlacementRules.Pin pin = pins.get(node);
        if (pin != null) {
          holds.putIfAbsent(
              pin.device(), "%s is pinned to %s".formatted(node, request.id(pin.device())));
        }
        if (node.op() instanceof Op.Variable(String name, TensorType _)
            && request.homes().containsKey(name)) {
          int home = Objects.requireNonNull(request.homes().get(name));
          holds.putIfAbsent(home, "%s lives on %s".formatted(node, request.id(home)));
        }
      }
      if (holds.size() > 1) {
        throw new IllegalArgumentException(
            "plan of %s: operations that stay together are held to several devices: %s; need one\n  try: %s"
                .formatted(
                    request.graph().name(),
                    String.join(", ", holds.values()),
                    "pins that agree, or smaller groups"));
      }
    }
    pins.forEach((node, pin) -> {
      if (numbers.containsKey(node)
          && costs.get(numberOf(node))[pin.device()] != AssignmentProblem.IMPOSSIBLE) {
        hold(node, pin.device());
      }
    });
  }

  private void hold(Node node, int home) {
    long[] cost = costs.get(numberOf(node));
    for (int device = 0; device < cost.length; device++) {
      cost[device] = device == home ? cost[device] : AssignmentProblem.IMPOSSIBLE;
    }
  }

  private void tie(Node a, Node b) {
    if (a != b) {
      ties.add(new int[] {numberOf(a), numberOf(b)});
    }
  }

  private int numberOf(Node node) {
    return Objects.requireNonNull(numbers.get(node));
  }

  /// The operations, by number.
  List<Node> nodes() {
    return nodes;
  }

  /// The number of a node; empty if it is on no device of its own.
  Optional<Integer> number(Node node) {
    return Optional.ofNullable(numbers.get(node));
  }

  /// The operations that read a node on their device, themselves or through what is made there.
  Set<Integer> readers(Node node) {
    return readers.getOrDefault(node, Set.of());
  }

  /// Operations that are made wherever they are read; they are none of [#nodes].
  Set<Node> replicas() {
    return replicas.keySet();
  }

  /// Variables that are wherever they are read; they are none of [#nodes].
  Set<Node> mirrored() {
    return mirrored.keySet();
  }

  /// What there is to decide, and what it costs.
  AssignmentProblem assignment() {
    return assignment;
  }
}
