package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.regions.ControlRun;

/// Rewrites a graph for the devices that run it: composites that a device has no kernel for become
/// their decomposition, and what has no home, such as constants, is repeated on each device that
/// reads it.
final class Lowering {
  /// A graph in which every node has a device.
  ///
  /// @param graph the rewritten graph
  /// @param devices index of the device of each node but the inputs, which are on all of them, and
  ///   the mirrored variables
  /// @param mirrors variables that are on each device that reads them, with these devices
  /// @param origins the node of the placed graph that each node comes from
  record Placed(
      Graph graph,
      Map<Node, Integer> devices,
      Map<Node, SortedSet<Integer>> mirrors,
      Map<Node, Node> origins) {}

  private Lowering() {}

  /// Replaces composites that satisfy a test by their decomposition, down to the last one.
  static Graph decompose(Graph graph, Predicate<Node> refused) {
    Graph current = graph;
    while (current.nodes().stream().anyMatch(node -> isRefused(node, refused))) {
      current = decomposeOnce(current, refused);
    }
    return current;
  }

  private static boolean isRefused(Node node, Predicate<Node> refused) {
    return node.op() instanceof Op.Call && refused.test(node);
  }

  private static Graph decomposeOnce(Graph graph, Predicate<Node> refused) {
    GraphBuilder builder = new GraphBuilder(graph.name());
    Map<Node, Node> made = new HashMap<>();
    for (Node node : graph.nodes()) {
      List<Node> operands = node.inputs().stream().map(made::get).toList();
      made.put(
          node,
          isRefused(node, refused)
              ? expand(builder, node, operands)
              : builder.copy(node, operands));
    }
    graph
        .outputs()
        .forEach((name, node) -> builder.output(name, Objects.requireNonNull(made.get(node))));
    return builder.build();
  }

  private static Node expand(GraphBuilder builder, Node node, List<Node> operands) {
    Op.Call call = (Op.Call) node.op();
    String scope = node.scope().isEmpty() ? call.mnemonic() : node.scope() + "/" + call.mnemonic();
    try (GraphBuilder.Scope _ = builder.scope(scope)) {
      return call.function().decompose(operands);
    }
  }

  /// Whether a device has no kernel for a composite.
  static boolean refuses(Device device, Node node) {
    return device.refusal(node.op(), node.inputs().stream().map(Node::type).toList()).isPresent();
  }

  /// Rewrites a placed graph.
  ///
  /// @param graph what was placed
  /// @param placement where
  /// @param devices the devices, by index
  static Placed place(Graph graph, Placement placement, List<Device> devices) {
    return new Rewriter(graph, placement, devices).run();
  }

  private static final class Rewriter {
    private record Copy(Node node, int device) {}

    private final Graph graph;
    private final Placement placement;
    private final List<Device> devices;
    private final GraphBuilder builder;
    private final Map<Node, Node> made = new HashMap<>();
    private final Map<Copy, Node> copies = new HashMap<>();
    private final Map<Node, Integer> homes = new HashMap<>();
    private final Map<Node, Node> origins = new HashMap<>();

    Rewriter(Graph graph, Placement placement, List<Device> devices) {
      this.graph = graph;
      this.placement = placement;
      this.devices = devices;
      this.builder = new GraphBuilder(graph.name());
    }

    Placed run() {
      for (Node node : graph.nodes()) {
        if (!isRepeated(node)) {
          made.put(node, rewrite(node));
        }
      }
      graph.outputs().forEach((name, node) -> builder.output(name, operand(node, 0)));
      Graph rewritten = builder.build();
      homes.keySet().removeIf(node -> !rewritten.contains(node));
      origins.keySet().removeIf(node -> !rewritten.contains(node));
      return new Placed(rewritten, Map.copyOf(homes), mirrors(rewritten), Map.copyOf(origins));
    }

    private Node rewrite(Node node) {
      Integer home = placement.devices().get(node);
      if (home == null) {
        Node input = builder.copy(node, List.of());
        origins.put(input, node);
        return input;
      }
      List<Node> operands = new ArrayList<>();
      for (Node operand : node.inputs()) {
        operands.add(operand(operand, home));
      }
      Node result;
      if (isRefused(node, call -> refuses(devices.get(home), call))) {
        result = expand(builder, node, operands);
      } else {
        result = builder.copy(node, operands);
      }
      settle(result, home, node);
      return result;
    }

    /// Whether a node is made on each device that reads it.
    private boolean isRepeated(Node node) {
      return !placement.devices().containsKey(node)
          && !(node.op() instanceof Op.Input || node.op() instanceof Op.Variable);
    }

    private Node operand(Node node, int reader) {
      if (!isRepeated(node)) {
        return Objects.requireNonNull(made.get(node));
      }
      Copy key = new Copy(node, reader);
      Node known = copies.get(key);
      if (known != null) {
        return known;
      }
      List<Node> operands = new ArrayList<>();
      for (Node operand : node.inputs()) {
        operands.add(operand(operand, reader));
      }
      Node copy = builder.copy(node, operands);
      copies.put(key, copy);
      settle(copy, reader, node);
      return copy;
    }

    /// Gives a node and everything below it that is new the same home and origin.
    private void settle(Node node, int home, Node origin) {
      if (origins.putIfAbsent(node, origin) == null) {
        homes.put(node, home);
        node.inputs().forEach(operand -> settle(operand, home, origin));
      }
    }

    /// The devices that read variables without a home.
    private Map<Node, SortedSet<Integer>> mirrors(Graph rewritten) {
      Map<Node, SortedSet<Integer>> mirrors = new HashMap<>();
      for (Node node : rewritten.variables()) {
        if (!homes.containsKey(node)) {
          mirrors.put(node, new TreeSet<>());
        }
      }
      for (Node node : rewritten.nodes()) {
        for (Node operand : ControlRun.moved(node)) {
          SortedSet<Integer> readers = mirrors.get(operand);
          if (readers != null) {
            readers.add(Objects.requireNonNull(homes.get(node)));
          }
        }
      }
      return mirrors;
    }
  }
}
