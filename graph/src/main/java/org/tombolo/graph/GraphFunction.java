package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A function that is given as a graph, and differentiated by another one if that is wished: where
/// the gradient of the body overflows, is too slow, or is not what is meant (straight-through
/// estimators).
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
        !body.inputs().isEmpty() && body.outputs().size() == 1 && body.isPure(),
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
        seenIn.equals(in) && seenOut.equals(out) && gradient.isPure(),
        "call: gradient of \"%s\" takes %s and gives %s; need %s, %s and no variables"
            .formatted(label, seenIn, seenOut, in, out),
        "the operands and the result's gradient as inputs, a gradient per float operand as outputs");
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
    return in.getFirst().builder().inline(body, in).getFirst();
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
    return y.builder().inline(gradient.get(), in).get((int) before);
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
