package org.tombolo.onnx.export;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.ValueDef;
import org.tombolo.onnx.proto.ModelWriter;

/// Writes graphs as ONNX models, with the values of their variables as initializers.
///
/// ```java
/// Graph graph = ModelGraph.prediction(model, loss, TensorType.of(DType.U8, 1, 8, 8, 1));
/// OnnxExport.write(graph, trainer.variables(), Path.of("digits.onnx"));
/// ```
///
/// Models are of version 17 of ONNX's operators, or 18 where there are bitwise operations on whole
/// numbers, which version 17 lacks. What ONNX cannot say is refused, all of it at once.
public final class OnnxExport {
  /// Version of the file format that goes with the versions of the operators.
  private static final long IR_VERSION = 8;

  private OnnxExport() {}

  /// Writes a graph.
  ///
  /// @param graph what to write; its inputs and outputs keep their names
  /// @param variables values of its variables, and maybe of others
  /// @param file is replaced if it is there. Where tensors take 2 GiB or nearly so, they go to a
  ///   second file, whose name has `.data` at the end
  /// @throws OnnxException listing all that ONNX cannot say, or if the file cannot be written
  public static void write(Graph graph, Map<String, Tensor> variables, Path file) {
    ModelWriter.write(model(graph, variables), file);
  }

  /// Writes a model that takes any number of examples.
  ///
  /// @param graphs the graph for a number of examples; for all numbers the same operations, with
  ///   extents that grow with the number
  /// @param variables values of its variables, and maybe of others
  /// @param file as for [#write]
  /// @throws OnnxException listing all that ONNX cannot say, or not for any number of examples, or
  ///   if the file cannot be written
  public static void writeForAnyBatch(
      LongFunction<Graph> graphs, Map<String, Tensor> variables, Path file) {
    List<ModelDef> models = new ArrayList<>();
    for (long size : AnyBatch.SIZES) {
      models.add(model(graphs.apply(size), variables));
    }
    ModelWriter.write(AnyBatch.of(models), file);
  }

  /// The model of a graph, as [#write] writes it.
  ///
  /// @throws OnnxException listing all that ONNX cannot say
  public static ModelDef model(Graph graph, Map<String, Tensor> variables) {
    ModelDef model = model(graph, variables, Draft.OPSET);
    long needed = model.opsets().getOrDefault("", Draft.OPSET);
    return needed == Draft.OPSET ? model : model(graph, variables, needed);
  }

  private static ModelDef model(Graph graph, Map<String, Tensor> variables, long opset) {
    List<String> problems = new ArrayList<>();
    Draft draft = new Draft(opset);
    GraphWriter writer = new GraphWriter(draft, problems, "");
    List<ValueDef> inputs = new ArrayList<>();
    for (Node node : graph.inputs()) {
      if (node.op() instanceof Op.Input(String name, TensorType type)) {
        requireName(draft, name, "input", problems);
        Ref input = new Ref(name, type);
        inputs.add(FlowNodes.value(input));
        writer.bind(node, input);
      }
    }
    Map<Node, String> wanted = new HashMap<>();
    graph
        .outputs()
        .forEach((name, node) -> {
          requireName(draft, name, "output", problems);
          wanted.putIfAbsent(node, name);
        });
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType type)) {
        writer.bind(node, variable(draft, name, type, variables.get(name), problems));
      }
    }
    List<Ref> results = writer.write(graph, wanted);
    List<ValueDef> outputs = new ArrayList<>();
    for (String name : graph.outputs().keySet()) {
      Ref result = results.get(outputs.size());
      if (!result.name().equals(name)) {
        draft.within("");
        draft.renamedIfLast(draft.node("Identity", result.type(), result), name);
      }
      outputs.add(FlowNodes.value(new Ref(name, result.type())));
    }
    if (!problems.isEmpty()) {
      throw refused(graph.name(), problems);
    }
    GraphDef definition =
        new GraphDef(label(graph), draft.nodes(), draft.initializers(), inputs, outputs);
    return new ModelDef(
        IR_VERSION, "tombolo", Map.of("", draft.opset()), definition, List.of(), Map.of());
  }

  private static String label(Graph graph) {
    return graph.name().isEmpty() ? "graph" : graph.name();
  }

  static OnnxException refused(String graph, List<String> problems) {
    return new OnnxException(
        problems.stream()
            .collect(
                Collectors.joining(
                    "\n  ",
                    "graph %s: %d things that ONNX cannot say; need none\n  "
                        .formatted(graph, problems.size()),
                    "")),
        "the graph of a prediction instead of a training step, with all its variables");
  }

  private static void requireName(Draft draft, String name, String what, List<String> problems) {
    if (!draft.take(name)) {
      problems.add(
          "%s \"%s\": the name is empty, or another input or output has it; need one of its own"
              .formatted(what, name));
    }
  }

  private static Ref variable(
      Draft draft, String name, TensorType type, @Nullable Tensor value, List<String> problems) {
    if (value == null || !value.type().equals(type)) {
      problems.add(
          "variable \"%s\": %s; need a value of type %s"
              .formatted(
                  name, value == null ? "no value is given" : "given is " + value.type(), type));
      return new Ref(name, type);
    }
    return draft.initializer(draft.take(name) ? name : draft.fresh(name), value);
  }
}
