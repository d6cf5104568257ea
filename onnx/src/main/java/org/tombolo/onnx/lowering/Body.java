package org.tombolo.onnx.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A function that was lowered into a graph of its own.
///
/// @param graph its inputs are the operands, then what it captured
/// @param captured nodes of the graph around
record Body(Graph graph, List<Node> captured) {
  /// Most bytes of values that a loop collects: there is room for all trips that it may make.
  private static final long MOST_COLLECTED = 1L << 28;

  /// Runs the body until there were enough trips or it says so. Operands of the body: the number of
  /// the trip `i64[]`, a condition `bool[]`, what is carried; results: the number of the next trip,
  /// whether there is one, what is carried, what is collected.
  ///
  /// @param g the graph around
  /// @param limit most trips
  /// @param first first values: the condition, then what is carried
  Looped loop(GraphBuilder g, long limit, List<Node> first) {
    List<Node> operands = new ArrayList<>(List.of(scalar(g, 0)));
    operands.addAll(first);
    int carried = operands.size();
    operands.addAll(captured);
    List<TensorType> types = operands.stream().map(Node::type).toList();
    Graph condition =
        GraphBuilder.function(
            "condition",
            types,
            in ->
                List.of(
                    in.get(0)
                        .compare(CompareFn.LT, scalar(in.get(0).builder(), limit))
                        .and(in.get(1))));
    boolean collects = graph.outputs().size() > carried;
    for (Node row :
        List.copyOf(graph.outputs().values()).subList(carried, graph.outputs().size())) {
      if (row.type().bytes() > 0 && limit > MOST_COLLECTED / row.type().bytes()) {
        throw new NotStaticException("room for the values of all trips that there may be");
      }
    }
    ControlFlow.While flow =
        new ControlFlow.While(
            condition, graph, carried, collects ? OptionalLong.of(limit) : OptionalLong.empty());
    List<Node> results = g.control(flow, operands);
    return new Looped(
        results.getFirst(), results.subList(2, carried), results.subList(carried, results.size()));
  }

  private static Node scalar(GraphBuilder g, long value) {
    return g.constant(Tensor.wholes(new TensorType(DType.I64, Shape.SCALAR), _ -> value));
  }
}
