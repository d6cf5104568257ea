package org.tombolo.onnx;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.ValueDef;

/// Cuts a model off after a value.
final class ModelCut {
  private ModelCut() {}

  /// @param name of the model, for messages
  static ModelDef at(String name, ModelDef model, String value) {
    GraphDef graph = model.graph();
    Set<String> needed = new HashSet<>(Set.of(value));
    List<NodeDef> kept = new ArrayList<>();
    for (NodeDef node : graph.nodes().reversed()) {
      if (node.outputs().stream().anyMatch(needed::contains)) {
        kept.addFirst(node);
        use(node, needed);
      }
    }
    if (kept.isEmpty()) {
      List<String> computed =
          graph.nodes().stream().flatMap(node -> node.outputs().stream()).toList();
      throw new OnnxException(
          "%s: no node computes \"%s\"; need one of %s".formatted(name, value, computed),
          "the last of these before the layers that are to be left out");
    }
    ValueDef output = new ValueDef(value, ValueDef.Kind.TENSOR, Optional.empty(), Optional.empty());
    GraphDef cut =
        new GraphDef(
            graph.name(),
            kept,
            graph.initializers().stream().filter(tensor -> needed.contains(tensor.name())).toList(),
            graph.inputs().stream().filter(input -> needed.contains(input.name())).toList(),
            List.of(output));
    return new ModelDef(
        model.irVersion(),
        model.producer(),
        model.opsets(),
        cut,
        model.functions(),
        model.metadata());
  }

  /// What a node and the graphs within it look at.
  private static void use(NodeDef node, Set<String> needed) {
    needed.addAll(node.inputs());
    for (Attribute attribute : node.attributes().values()) {
      if (attribute instanceof Attribute.GraphValue(GraphDef body)) {
        body.nodes().forEach(inner -> use(inner, needed));
        body.outputs().forEach(output -> needed.add(output.name()));
      }
    }
  }
}
