package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;

/// One model for any number of examples, from models for several fixed numbers: what differs
/// between them must be extents and lists of whole numbers that grow with the number of examples in
/// a straight line, and is computed from the extent of an input.
final class AnyBatch {
  /// Numbers that no extent has by accident. Two determine a line, the third is to be on it.
  static final List<Long> SIZES = List.of(1009L, 1013L, 1019L);

  private static final String BATCH = "batch";

  /// What grows: `start + slope * examples`.
  private record Line(long start, long slope) {
    /// The line through values for [#SIZES]; null if there is none.
    static @Nullable Line of(List<Long> values) {
      long slope = (values.get(1) - values.get(0)) / (SIZES.get(1) - SIZES.get(0));
      Line line = new Line(values.get(0) - slope * SIZES.get(0), slope);
      for (int i = 0; i < SIZES.size(); i++) {
        if (line.start + slope * SIZES.get(i) != values.get(i)) {
          return null;
        }
      }
      return line;
    }
  }

  private final List<GraphDef> graphs;
  private final List<String> problems = new ArrayList<>();
  private final List<NodeDef> first = new ArrayList<>();
  private final List<TensorDef> initializers = new ArrayList<>();

  private AnyBatch(List<GraphDef> graphs) {
    this.graphs = graphs;
  }

  /// @param models one for each of [#SIZES]
  static ModelDef of(List<ModelDef> models) {
    AnyBatch all = new AnyBatch(models.stream().map(ModelDef::graph).toList());
    GraphDef graph = all.unified();
    if (!all.problems.isEmpty()) {
      throw OnnxExport.refused(graph.name() + " for any number of examples", all.problems);
    }
    ModelDef model = models.getFirst();
    return new ModelDef(
        model.irVersion(),
        model.producer(),
        model.opsets(),
        graph,
        model.functions(),
        model.metadata());
  }

  private GraphDef unified() {
    GraphDef one = graphs.getFirst();
    List<ValueDef> inputs = values(graphs.stream().map(GraphDef::inputs).toList());
    List<ValueDef> outputs = values(graphs.stream().map(GraphDef::outputs).toList());
    if (graphs.stream().anyMatch(graph -> graph.nodes().size() != one.nodes().size())
        || graphs.stream()
            .anyMatch(graph -> graph.initializers().size() != one.initializers().size())) {
      problems.add("graphs for different numbers of examples have different nodes; need the same");
      return one;
    }
    for (int i = 0; i < one.nodes().size(); i++) {
      NodeDef node = one.nodes().get(i);
      for (GraphDef other : graphs) {
        if (!node.equals(other.nodes().get(i))) {
          problems.add(
              "node %s: what it says depends on the number of examples; need inputs alone to"
                  .formatted(node.label()));
          break;
        }
      }
    }
    for (int i = 0; i < one.initializers().size(); i++) {
      int at = i;
      initializer(graphs.stream().map(graph -> graph.initializers().get(at)).toList());
    }
    if (!first.isEmpty()) {
      counted(inputs);
    }
    List<NodeDef> nodes = new ArrayList<>(first);
    nodes.addAll(one.nodes());
    return new GraphDef(one.name(), nodes, initializers, inputs, outputs);
  }

  private List<ValueDef> values(List<List<ValueDef>> each) {
    List<ValueDef> out = new ArrayList<>();
    for (int i = 0; i < each.getFirst().size(); i++) {
      int at = i;
      List<List<ValueDef.Extent>> shapes =
          each.stream().map(values -> values.get(at).shape().orElseThrow()).toList();
      List<ValueDef.Extent> extents = new ArrayList<>();
      for (int axis = 0; axis < shapes.getFirst().size(); axis++) {
        int along = axis;
        List<Long> values = shapes.stream().map(shape -> shape.get(along).value()).toList();
        extents.add(
            values.equals(SIZES)
                ? new ValueDef.Extent(-1, BATCH)
                : Set.copyOf(values).size() == 1
                    ? shapes.getFirst().get(axis)
                    : new ValueDef.Extent(-1, ""));
      }
      ValueDef value = each.getFirst().get(i);
      out.add(new ValueDef(value.name(), value.kind(), value.elementType(), Optional.of(extents)));
    }
    return out;
  }

  private void initializer(List<TensorDef> tensors) {
    TensorDef one = tensors.getFirst();
    if (tensors.stream()
        .allMatch(other ->
            other.type() == one.type()
                && other.shape().equals(one.shape())
                && other.data().mismatch(one.data()) == -1)) {
      initializers.add(one);
      return;
    }
    boolean wholes =
        tensors.stream()
            .allMatch(other ->
                other.type() == ElementType.INT64
                    && other.shape().rank() == 1
                    && other.shape().equals(one.shape()));
    List<Line> lines = new ArrayList<>();
    List<Tensor> values = wholes ? tensors.stream().map(TensorDef::tensor).toList() : List.of();
    for (long i = 0; wholes && i < one.shape().size(); i++) {
      long at = i;
      Line line = Line.of(values.stream().map(value -> value.longAt(at)).toList());
      wholes = line != null;
      if (line != null) {
        lines.add(line);
      }
    }
    if (!wholes) {
      problems.add(
          "constant %s%s of %s: depends on the number of examples; need one that does not"
              .formatted(one.type(), one.shape(), users(one.name())));
      return;
    }
    List<Line> growing = lines.stream().filter(line -> line.slope() != 0).toList();
    boolean rest = growing.size() == 1 && isOnlyReshapedTo(one.name());
    if (rest) {
      initializers.add(
          tensor(
              one.name(), lines.stream().mapToLong(line -> line.slope() != 0 ? -1 : line.start())));
      return;
    }
    initializers.add(tensor(one.name() + "/slope", lines.stream().mapToLong(Line::slope)));
    initializers.add(tensor(one.name() + "/start", lines.stream().mapToLong(Line::start)));
    first.add(node("Mul", List.of(BATCH + "/count", one.name() + "/slope"), one.name() + "/grown"));
    first.add(node("Add", List.of(one.name() + "/grown", one.name() + "/start"), one.name()));
  }

  /// A reshape works one extent out by itself.
  private boolean isOnlyReshapedTo(String name) {
    Set<String> operators = new HashSet<>();
    for (NodeDef node : graphs.getFirst().nodes()) {
      if (node.inputs().contains(name)) {
        operators.add(node.operator() + node.attributes());
      }
    }
    return operators.equals(Set.of("Reshape{}"));
  }

  private List<String> users(String name) {
    return graphs.getFirst().nodes().stream()
        .filter(node -> node.inputs().contains(name))
        .map(NodeDef::label)
        .toList();
  }

  /// How many examples there are, from an input.
  private void counted(List<ValueDef> inputs) {
    for (ValueDef input : inputs) {
      List<ValueDef.Extent> extents = input.shape().orElseThrow();
      for (int axis = 0; axis < extents.size(); axis++) {
        if (extents.get(axis).name().equals(BATCH)) {
          initializers.add(tensor(BATCH + "/axis", LongStream.of(axis)));
          first.addFirst(
              new NodeDef(
                  BATCH + "/count",
                  "",
                  "Gather",
                  List.of(BATCH + "/shape", BATCH + "/axis"),
                  List.of(BATCH + "/count"),
                  Map.of("axis", new Attribute.IntValue(0))));
          first.addFirst(node("Shape", List.of(input.name()), BATCH + "/shape"));
          return;
        }
      }
    }
    problems.add("no input counts the examples; need one with an axis for them");
  }

  private static NodeDef node(String operator, List<String> in, String out) {
    return new NodeDef(out, "", operator, in, List.of(out), Map.of());
  }

  private static TensorDef tensor(String name, LongStream values) {
    long[] all = values.toArray();
    TensorType type = new TensorType(DType.I64, Shape.of(all.length));
    Tensor tensor = Tensor.wholes(type, i -> all[(int) i]);
    return new TensorDef(name, ElementType.INT64, tensor.shape(), tensor.data(), List.of());
  }
}
