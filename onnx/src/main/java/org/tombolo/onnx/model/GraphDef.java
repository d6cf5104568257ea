package org.tombolo.onnx.model;

import java.util.List;

/// A graph, of a model or of an attribute.
///
/// @param name a label
/// @param nodes in topological order
/// @param initializers values that the file has
/// @param inputs what is fed; an input with an initializer of its name has a default
/// @param outputs what is computed
public record GraphDef(
    String name,
    List<NodeDef> nodes,
    List<TensorDef> initializers,
    List<ValueDef> inputs,
    List<ValueDef> outputs) {
  /// Copies the lists.
  public GraphDef {
    nodes = List.copyOf(nodes);
    initializers = List.copyOf(initializers);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
