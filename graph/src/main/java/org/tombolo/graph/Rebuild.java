package org.tombolo.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Builds a graph anew, node by node, with some nodes replaced.
final class Rebuild {
  private Rebuild() {}

  /// What stands for a node in the new graph.
  @FunctionalInterface
  interface Replacement {
    /// @param original a node of the old graph; not an input, variable or assign
    /// @param operands what stands for its operands in the new graph
    /// @param to builder of the new graph
    /// @return a node of the new graph, of the same type; null to keep the operation
    @Nullable Node of(Node original, List<Node> operands, GraphBuilder to);
  }

  /// The graph with replacements and without what nothing depends on; the same object if that
  /// changes nothing.
  static Graph of(Graph graph, Replacement replacement) {
    GraphBuilder to = new GraphBuilder(graph.name());
    Map<Node, Node> standIns = new HashMap<>();
    boolean changed = false;
    for (Node node : graph.nodes()) {
      List<Node> operands = new ArrayList<>();
      node.inputs().forEach(operand -> operands.add(Objects.requireNonNull(standIns.get(operand))));
      Node standIn =
          switch (node.op()) {
            case Op.Input _, Op.Variable _, Op.Assign _ -> null;
            default -> replacement.of(node, operands, to);
          };
      Node kept = standIn == null ? to.copy(node, operands) : standIn;
      changed |= !kept.op().equals(node.op()) || !kept.inputs().equals(operands);
      standIns.put(node, kept);
    }
    graph
        .outputs()
        .forEach((name, node) -> to.output(name, Objects.requireNonNull(standIns.get(node))));
    Graph built = to.build();
    return changed || built.nodes().size() != graph.nodes().size() ? built : graph;
  }
}
