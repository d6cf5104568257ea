package org.tombolo.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A function that is given as a graph, and differentiated by another one if that is wished: where
/// the gradient of the body overflows, is too slow, or is not what is meant (straight-through
/// estimators).
///
/// Two functions are equal if their names and the texts of their graphs are.
///
/// @param label what it is called
/// @param body one input for each operand, in order, and one output; no variables
/// @param gradient the operands and the gradient of the result as inputs, in that order; as outputs
///   the gradient of each float operand, in order; no variables. Without it the body is
///   differentiated
public record GraphFunction(String label, Graph body, Optional<Graph> gradient)
    implements Composite {
  /// A function that is differentiated by its body.
  public GraphFunction(String label, Graph body) {
    this(label, body, Optional.empty());
  }

  /// A function with a gradient of its own.
  public GraphFunction(String label, Graph body, Graph gradient) {
    this(label, body, Optional.of(gradient));
  }

  /// Checks that the graphs fit each other.
  ///
  /// @throws ShapeException if they do not
  public GraphFunction {
    requireThat(
        !body.inputs().isEmpty() && body.outputs().size() == 1 && isPure(body),
        "call: body of \"%s\" has %d inputs, outputs %s and %d variables; need inputs, one output and no variables"
            .formatted(
                label, body.inputs().size(), body.outputs().keySet(), body.variables().size()),
        "an operand in place of each variable");
    gradient.ifPresent(graph -> requireGradient(label, body, graph));
  }

  private static void requireGradient(String label, Graph body, Graph gradient) {
    List<TensorType> operands = types(body.inputs());
    List<TensorType> in = new ArrayList<>(operands);
    in.add(result(body));
    List<TensorType> out = operands.stream().filter(type -> type.dtype().isFloat()).toList();
    List<TensorType> seenIn = types(gradient.inputs());
    List<TensorType> seenOut = types(List.copyOf(gradient.outputs().values()));
    requireThat(
        seenIn.equals(in) && seenOut.equals(out) && isPure(gradient),
        "call: gradient of \"%s\" takes %s and gives %s; need %s, %s and no variables"
            .formatted(label, seenIn, seenOut, in, out),
        "the operands and the result's gradient as inputs, a gradient per float operand as outputs");
  }

  private static boolean isPure(Graph graph) {
    return graph.variables().isEmpty() && graph.assigns().isEmpty();
  }

  private static TensorType result(Graph body) {
    return body.outputs().firstEntry().getValue().type();
  }

  private static List<TensorType> types(List<Node> nodes) {
    return nodes.stream().map(Node::type).toList();
  }

  @Override
  public String name() {
    return "call";
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    List<TensorType> wanted = types(body.inputs());
    requireThat(
        in.equals(wanted),
        "call: operands of \"%s\" are %s; need %s".formatted(label, in, wanted),
        "a function of a body for these types");
    return result(body);
  }

  @Override
  public Node decompose(List<Node> in) {
    return inlined(body, in).getFirst();
  }

  /// The gradient of an operand by the function's own gradient, if it has one.
  @Nullable Node toOperand(Node y, Node dy, int operand) {
    if (gradient.isEmpty()) {
      return Gradients.through(y, this::decompose, dy, operand);
    }
    List<Node> in = new ArrayList<>(y.inputs());
    in.add(dy);
    long before =
        y.inputs().subList(0, operand).stream().filter(node -> node.dtype().isFloat()).count();
    return inlined(gradient.get(), in).get((int) before);
  }

  /// The outputs of a graph with these nodes in place of its inputs.
  private static List<Node> inlined(Graph graph, List<Node> in) {
    GraphBuilder g = in.getFirst().builder();
    Map<Node, Node> copies = new HashMap<>();
    for (int i = 0; i < in.size(); i++) {
      copies.put(graph.inputs().get(i), in.get(i));
    }
    for (Node node : graph.nodes()) {
      if (!copies.containsKey(node)) {
        List<Node> operands = node.inputs().stream().map(operand -> copy(copies, operand)).toList();
        copies.put(node, g.add(node.op(), operands));
      }
    }
    return graph.outputs().values().stream().map(output -> copy(copies, output)).toList();
  }

  private static Node copy(Map<Node, Node> copies, Node node) {
    return Objects.requireNonNull(copies.get(node));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GraphFunction function
        && label.equals(function.label)
        && body.toString().equals(function.body.toString())
        && gradient.map(Graph::toString).equals(function.gradient.map(Graph::toString));
  }

  @Override
  public int hashCode() {
    return Objects.hash(label, body.toString());
  }

  @Override
  public String toString() {
    return "call \"%s\"".formatted(label);
  }

  private static void requireThat(boolean fits, String problem, String remedy) {
    if (!fits) {
      throw new ShapeException(problem, remedy);
    }
  }
}
