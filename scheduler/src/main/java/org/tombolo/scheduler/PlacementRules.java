package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// What [PlanOptions] ask of a placement, in terms of the nodes of a graph and of numbers of
/// devices.
///
/// @param pins nodes that belong to one device, with the name that says so
/// @param groups nodes that stay together
/// @param limits most bytes on each device
/// @param options what all this comes from
record PlacementRules(
    Map<Node, Pin> pins, List<List<Node>> groups, List<Long> limits, PlanOptions options) {

  /// A device that something is held to.
  ///
  /// @param name what was pinned
  /// @param device index of the device
  record Pin(String name, int device) {}

  /// Looks up names and devices.
  ///
  /// @param original the graph as the user wrote it, whose names count
  /// @param graph what is to be placed: the same, simplified
  /// @param homes variables that have a device already, as indices
  /// @throws IllegalArgumentException if a name or a device is unknown, or pins contradict
  static PlacementRules of(
      Graph original,
      Graph graph,
      List<Device> devices,
      Map<String, Integer> homes,
      PlanOptions options) {
    List<String> ids = devices.stream().map(device -> device.info().id()).toList();
    options.memoryLimits().keySet().forEach(id -> index(original, ids, id, "a memory limit"));
    for (String name : options.names()) {
      requireKnown(original, name);
    }
    Map<Node, Pin> pins = new LinkedHashMap<>();
    options
        .pins()
        .forEach((name, id) -> {
          Pin pin = new Pin(name, index(original, ids, id, "the pin of \"" + name + '"'));
          requireHome(original, ids, homes, pin);
          for (Node node : called(graph, name, homes, Optional.of(pin.device()))) {
            Pin known = pins.putIfAbsent(node, pin);
            if (known != null && known.device() != pin.device()) {
              throw new IllegalArgumentException(
                  "plan of %s: \"%s\" is pinned to %s and \"%s\" to %s, both hold %s; need one device\n  try: pins of scopes that do not contain each other"
                      .formatted(
                          original.name(), known.name(), ids.get(known.device()), name, id, node));
            }
          }
        });
    List<List<Node>> groups = new ArrayList<>();
    for (Set<String> names : options.groups()) {
      List<Node> group = new ArrayList<>();
      names.forEach(name -> group.addAll(called(graph, name, Map.of(), Optional.empty())));
      groups.add(List.copyOf(group));
    }
    List<Long> limits = devices.stream().map(device -> options.memoryLimit(device.info())).toList();
    return new PlacementRules(new HashMap<>(pins), List.copyOf(groups), limits, options);
  }

  private static int index(Graph graph, List<String> ids, String id, String use) {
    int index = ids.indexOf(id);
    if (index < 0) {
      throw new IllegalArgumentException(
          "plan of %s: no device \"%s\" for %s; there are %s\n  try: one of these, or an engine with that device"
              .formatted(graph.name(), id, use, ids));
    }
    return index;
  }

  private static void requireKnown(Graph graph, String name) {
    SortedSet<String> scopes = new TreeSet<>();
    SortedSet<String> variables = new TreeSet<>();
    for (Node node : graph.nodes()) {
      if (!node.scope().isEmpty()) {
        scopes.add(node.scope());
      }
      if (node.op() instanceof Op.Variable(String variable, TensorType _)) {
        variables.add(variable);
      }
    }
    boolean known =
        variables.contains(name)
            || graph.outputs().containsKey(name)
            || name.isEmpty()
            || scopes.stream().anyMatch(scope -> PlanOptions.covers(name, scope));
    if (!known) {
      throw new IllegalArgumentException(
          "plan of %s: nothing is called \"%s\"; there are variables %s, outputs %s and scopes %s\n  try: one of these"
              .formatted(
                  graph.name(),
                  name,
                  some(variables),
                  some(new TreeSet<>(graph.outputs().keySet())),
                  some(scopes)));
    }
  }

  /// The first few of many names.
  private static String some(SortedSet<String> names) {
    List<String> first = names.stream().limit(8).toList();
    return names.size() > first.size()
        ? "[%s and %d more]".formatted(String.join(", ", first), names.size() - first.size())
        : first.toString();
  }

  private static void requireHome(
      Graph graph, List<String> ids, Map<String, Integer> homes, Pin pin) {
    Integer home = homes.get(pin.name());
    if (home != null && home != pin.device()) {
      throw new IllegalArgumentException(
          "plan of %s: variable \"%s\" is pinned to %s, but lives on %s since an earlier plan; need a variable without a home\n  try: a new state, or this plan first"
              .formatted(graph.name(), pin.name(), ids.get(pin.device()), ids.get(home)));
    }
  }

  /// The nodes that a name stands for. A scope stands for what is computed in it and for its
  /// variables, unless they live elsewhere; where a variable goes, its assignment goes with it.
  private static List<Node> called(
      Graph graph, String name, Map<String, Integer> homes, Optional<Integer> device) {
    List<Node> nodes = new ArrayList<>();
    Node output = graph.outputs().get(name);
    for (Node node : graph.nodes()) {
      boolean inScope = PlanOptions.covers(name, node.scope());
      boolean is =
          switch (node.op()) {
            case Op.Input _, Op.Constant _, Op.Iota _, Op.Assign _ -> false;
            case Op.Variable(String variable, TensorType _) ->
                variable.equals(name)
                    || ((inScope || node == output) && isFree(variable, homes, device));
            default -> node == output || inScope;
          };
      if (is) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  private static boolean isFree(
      String variable, Map<String, Integer> homes, Optional<Integer> device) {
    Optional<Integer> home = Optional.ofNullable(homes.get(variable));
    return home.isEmpty() || home.equals(device);
  }
}
