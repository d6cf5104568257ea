package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ValueDef;

/// Control flow as nodes, whose graphs see the operands where they are.
final class FlowNodes {
  private static final TensorType CONDITION = TensorType.of(DType.BOOL);

  private final Draft draft;
  private final List<String> problems;

  FlowNodes(Draft draft, List<String> problems) {
    this.draft = draft;
    this.problems = problems;
  }

  /// All results.
  List<Ref> write(ControlFlow flow, List<Ref> in) {
    return switch (flow) {
      case ControlFlow.If branch -> branch(branch, in);
      case ControlFlow.While loop -> loop(loop, in);
    };
  }

  private List<Ref> branch(ControlFlow.If branch, List<Ref> in) {
    List<Ref> operands = in.subList(1, in.size());
    Map<String, Attribute> bodies = new HashMap<>();
    bodies.put("then_branch", new Attribute.GraphValue(branchBody(branch.then(), operands)));
    bodies.put("else_branch", new Attribute.GraphValue(branchBody(branch.otherwise(), operands)));
    List<TensorType> types = branch.infer(in.stream().map(Ref::type).toList());
    return draft.node("If", types, bodies, List.of(in.getFirst().name()));
  }

  private GraphDef branchBody(Graph graph, List<Ref> operands) {
    Draft body = draft.body();
    List<Ref> results = GraphWriter.inline(body, problems, graph.name(), graph, operands);
    return graph(body, graph.name(), List.of(), results);
  }

  /// ONNX looks at the condition of the next trip at the end of a trip; of the first, before.
  private List<Ref> loop(ControlFlow.While loop, List<Ref> in) {
    List<Ref> constant = in.subList(loop.carried(), in.size());
    Ref first = GraphWriter.inline(draft, problems, "condition", loop.condition(), in).getFirst();
    Draft body = draft.body();
    List<Ref> arguments = new ArrayList<>();
    arguments.add(new Ref(draft.fresh("trip"), TensorType.of(DType.I64)));
    arguments.add(new Ref(draft.fresh("more"), CONDITION));
    for (Ref carried : in.subList(0, loop.carried())) {
      arguments.add(new Ref(draft.fresh("carried"), carried.type()));
    }
    List<Ref> operands = new ArrayList<>(arguments.subList(2, arguments.size()));
    operands.addAll(constant);
    List<Ref> next = GraphWriter.inline(body, problems, "body", loop.body(), operands);
    List<Ref> after = new ArrayList<>(next.subList(0, loop.carried()));
    after.addAll(constant);
    List<Ref> results = new ArrayList<>();
    results.add(
        GraphWriter.inline(body, problems, "condition", loop.condition(), after).getFirst());
    results.addAll(next);
    Map<String, Attribute> attributes =
        Map.of("body", new Attribute.GraphValue(graph(body, "body", arguments, results)));
    List<String> names = new ArrayList<>();
    names.add(
        loop.limit().isPresent()
            ? draft.constant(Tensor.of(new long[] {loop.limit().getAsLong()})).name()
            : "");
    names.add(first.name());
    in.subList(0, loop.carried()).forEach(carried -> names.add(carried.name()));
    List<TensorType> types = loop.infer(in.stream().map(Ref::type).toList());
    List<Ref> out = new ArrayList<>(draft.node("Loop", types, attributes, names));
    for (int i = loop.carried(); i < out.size(); i++) {
      out.set(i, filled(out.get(i), types.get(i)));
    }
    return out;
  }

  /// ONNX collects as many rows as there were trips; the rest of the limit is zero.
  private Ref filled(Ref rows, TensorType type) {
    if (type.size() == 0) {
      return rows;
    }
    Ref longer =
        draft.concat(
            0, type.withShape(type.shape().withDim(0, 2 * type.dim(0))), rows, draft.full(type, 0));
    return draft.slice(longer, 0, 0, type.dim(0));
  }

  private static GraphDef graph(Draft body, String name, List<Ref> inputs, List<Ref> results) {
    List<ValueDef> outputs = new ArrayList<>();
    for (Ref result : results) {
      outputs.add(value(body.node("Identity", result.type(), result)));
    }
    return new GraphDef(
        name, body.nodes(), List.of(), inputs.stream().map(FlowNodes::value).toList(), outputs);
  }

  /// What a graph declares of a value.
  static ValueDef value(Ref value) {
    return new ValueDef(
        value.name(),
        ValueDef.Kind.TENSOR,
        Optional.of(ElementType.of(value.dtype())),
        Optional.of(extents(value.shape())));
  }

  private static List<ValueDef.Extent> extents(Shape shape) {
    return shape.toList().stream().map(extent -> new ValueDef.Extent(extent, "")).toList();
  }
}
