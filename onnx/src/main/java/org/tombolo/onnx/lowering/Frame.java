package org.tombolo.onnx.lowering;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;

/// A graph that is being built: that of the model, or a function within it. A function sees nodes
/// around it by capturing them: they become operands.
///
/// @param builder of the graph
/// @param outer the graph around; null for that of the model
/// @param captured nodes of the graph around, with the inputs that stand for them here
record Frame(GraphBuilder builder, @Nullable Frame outer, SequencedMap<Node, Node> captured) {

  static Frame model(GraphBuilder builder) {
    return new Frame(builder, null, new LinkedHashMap<>());
  }

  Frame inner(GraphBuilder function) {
    return new Frame(function, this, new LinkedHashMap<>());
  }

  /// What stands for a node here.
  @SuppressWarnings("ReferenceEquality") // a builder is equal to itself alone
  Node resolve(Node node) {
    if (node.builder() == builder || outer == null) {
      return node;
    }
    Node around = outer.resolve(node);
    Node known = captured.get(around);
    if (known == null) {
      known = builder.input("captured" + captured.size(), around.type());
      captured.put(around, known);
    }
    return known;
  }
}
