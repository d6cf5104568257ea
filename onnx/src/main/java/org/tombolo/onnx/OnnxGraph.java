package org.tombolo.onnx;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Lowering;
import org.tombolo.onnx.lowering.Oracle;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.ValueDef;

/// A model for inputs of known types, as a graph to train or to build on.
///
/// @param graph has the inputs and outputs of the model, by name, and its parameters as variables
/// @param variables values of the variables
public record OnnxGraph(Graph graph, Map<String, Tensor> variables) {
  /// Copies the map.
  public OnnxGraph {
    variables = Map.copyOf(variables);
  }

  static OnnxGraph of(OnnxModel model, Map<String, TensorType> inputs) {
    Map<String, Value> values = new HashMap<>();
    for (ValueDef input : model.inputs()) {
      TensorType type = inputs.get(input.name());
      if (type == null) {
        throw new OnnxException(
            "%s: no type for input \"%s\", given are %s; need %s"
                .formatted(model.name(), input.name(), inputs, input.type()),
            "a type under this name");
      }
      values.put(input.name(), blank(model, input, type));
    }
    long largest = Long.MAX_VALUE;
    Lowering lowering =
        new Lowering(model.definition(), model.registry(), unasked(model), largest, true);
    Lowering.Lowered lowered = lowering.lower(values);
    return new OnnxGraph(named(lowered, lowering), lowered.variables());
  }

  private static Value blank(OnnxModel model, ValueDef input, TensorType type) {
    ElementType element = input.elementType().orElse(ElementType.of(type.dtype()));
    if (!element.carrier().filter(type.dtype()::equals).isPresent()) {
      throw new OnnxException(
          "%s: type for input \"%s\" is %s; need one that carries %s"
              .formatted(model.name(), input.name(), type, input.type()),
          "%s".formatted(element.carrier().map(type::withDType)));
    }
    return Value.Dense.of(element, Tensor.full(type, 0));
  }

  private static Oracle unasked(OnnxModel model) {
    return (_, _) -> {
      throw new OnnxException(
          "%s: shapes depend on values that are fed; need those of the inputs to be enough"
              .formatted(model.name()),
          "upTo(..) a value before that, or an OnnxSession, which finds out as it runs");
    };
  }

  /// The graph with the model's own names for its outputs.
  private static Graph named(Lowering.Lowered lowered, Lowering lowering) {
    GraphBuilder g = new GraphBuilder(lowered.graph().name());
    Map<Node, Node> copies = new HashMap<>();
    for (Node node : lowered.graph().nodes()) {
      copies.put(
          node,
          g.copy(
              node,
              node.inputs().stream().map(in -> Objects.requireNonNull(copies.get(in))).toList()));
    }
    lowered
        .outputs()
        .forEach((name, value) -> {
          if (!(value instanceof Value.Dense dense)) {
            throw new OnnxException(
                "output \"%s\" is a %s; need a tensor".formatted(name, value.describe()),
                "upTo(..) a value that is one");
          }
          Tensor known = dense.tensor();
          Node node =
              known != null
                  ? g.constant(known)
                  : Objects.requireNonNull(
                      copies.get(lowered.graph().outputs().get(lowering.nameOf(dense))));
          g.output(name, node);
        });
    return g.build();
  }
}
