package org.tombolo.onnx.lowering;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;

/// Some nodes of a builder and all that they need, as a graph of its own.
final class Subgraph {
  private Subgraph() {}

  /// @param outputs nodes of one builder, by the names that they get
  static Graph of(String name, SequencedMap<String, Node> outputs) {
    GraphBuilder to = new GraphBuilder(name);
    Map<Node, Node> copies = new HashMap<>();
    outputs.values().forEach(node -> copy(node, to, copies));
    outputs.forEach((output, node) -> to.output(output, at(copies, node)));
    return to.build();
  }

  /// Without recursion: chains may be as long as the model.
  private static void copy(Node last, GraphBuilder to, Map<Node, Node> copies) {
    Deque<Node> pending = new ArrayDeque<>();
    pending.push(last);
    while (!pending.isEmpty()) {
      Node node = pending.peek();
      boolean ready = true;
      for (Node operand : node.inputs()) {
        if (!copies.containsKey(operand)) {
          pending.push(operand);
          ready = false;
        }
      }
      if (ready) {
        pending.pop();
        if (!copies.containsKey(node)) {
          copies.put(
              node, to.copy(node, node.inputs().stream().map(in -> at(copies, in)).toList()));
        }
      }
    }
  }

  private static Node at(Map<Node, Node> copies, Node node) {
    return Objects.requireNonNull(copies.get(node));
  }
}
