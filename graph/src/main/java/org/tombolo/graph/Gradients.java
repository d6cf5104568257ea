package org.tombolo.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Reverse-mode differentiation, graph to graph: adds nodes that compute gradients to the builder
/// of the differentiated node.
///
/// The rules of the operations emit operations of the same set, so gradients can be differentiated
/// again. Only floats carry gradients: integers, bools, comparisons and steps are constant almost
/// everywhere and pass nothing on. Where a function has a kink or several equal candidates the
/// choice is:
///
/// | function                          | gradient there                                          |
/// |-----------------------------------|---------------------------------------------------------|
/// | `abs` at 0                        | 0                                                       |
/// | `max(a, b)`, `min(a, b)`, `a == b` | all to `b`; so `relu`, which is `max(x, 0)`, has 0 at 0 |
/// | reduction to max or min           | shared equally among the equals                         |
/// | window max or min                 | all to the earliest of the equals                       |
/// | `floor`, `sign`                   | 0 everywhere                                            |
/// | `rem(a, b)`                       | 1 for `a`, minus the truncated quotient for `b`         |
/// | `pow(x, p)` for `p` at `x == 0`   | 0 unless `p < 0`; NaN at `x < 0`                        |
///
/// Cost: a gradient takes about two to three times the arithmetic of what is differentiated. What
/// the requested gradients do not need is left out when the graph is built.
public final class Gradients {
  private Gradients() {}

  /// Gradients of a scalar.
  ///
  /// @param y float scalar
  /// @param wrt float nodes of the same builder, anywhere in its graph
  /// @return for each of `wrt` a node of its type; zeros where `y` does not depend on it
  /// @throws ShapeException if `y` is no float scalar or one of `wrt` no float of this builder
  public static List<Node> of(Node y, List<Node> wrt) {
    requireThat(
        y.rank() == 0 && y.dtype().isFloat(),
        "result is " + y,
        "a float scalar",
        "sum() or mean() of it, or of(y, dy, wrt) with a weight for each element");
    return of(y, y.builder().scalar(y.dtype(), 1), wrt);
  }

  /// Gradients of `sum(y * dy)` with `dy` held constant: the transposed Jacobian times `dy`.
  ///
  /// @param y float node of any shape
  /// @param dy weight of each element, of the type of `y`
  /// @param wrt float nodes of the same builder, anywhere in its graph
  /// @return for each of `wrt` a node of its type; zeros where `y` does not depend on it
  /// @throws ShapeException if the types do not fit or nodes belong to different builders
  public static List<Node> of(Node y, Node dy, List<Node> wrt) {
    return of(List.of(y), List.of(dy), wrt);
  }

  /// Gradients of the sum of `sum(y * dy)` over several results, with each `dy` held constant.
  ///
  /// @param ys float nodes of one builder, of any shapes; at least one
  /// @param dys for each of them the weight of each element, of its type
  /// @param wrt float nodes of the same builder, anywhere in its graph
  /// @return for each of `wrt` a node of its type; zeros where no result depends on it
  /// @throws ShapeException if the types do not fit or nodes belong to different builders
  public static List<Node> of(List<Node> ys, List<Node> dys, List<Node> wrt) {
    requireThat(
        !ys.isEmpty() && ys.size() == dys.size(),
        "%d results, %d weights".formatted(ys.size(), dys.size()),
        "as many, at least one",
        "a weight for each result");
    Node y = ys.getFirst();
    for (int i = 0; i < ys.size(); i++) {
      Node result = ys.get(i);
      Node weight = dys.get(i);
      requireThat(
          result.dtype().isFloat()
              && weight.type().equals(result.type())
              && weight.builder() == y.builder()
              && result.builder() == y.builder(),
          "result is %s, its weights are %s".formatted(result, weight),
          "floats of one type in one builder",
          "dy.broadcastTo(y.shape()), or cast(y.dtype())");
    }
    for (Node w : wrt) {
      requireThat(
          w.dtype().isFloat() && w.builder() == y.builder(),
          "asked with respect to " + w,
          "a float node of the builder of " + y,
          "cast(DType.F32) before the value is used, and the gradient of that");
    }
    Map<Node, Node> gradients = sweep(ys, dys, new HashSet<>(wrt));
    List<Node> out = new ArrayList<>();
    for (Node w : wrt) {
      Node gradient = gradients.get(w);
      out.add(gradient == null ? y.builder().full(w.type(), 0) : gradient);
    }
    return out;
  }

  /// Visits what the results are made of from the last back to its operands. A node's gradient is
  /// complete when it is visited, because all its users have larger ids; those of the results of
  /// one control flow are when the first of them is.
  private static Map<Node, Node> sweep(List<Node> ys, List<Node> dys, Set<Node> wrt) {
    List<Node> ancestors = ancestors(ys);
    Set<Node> active = active(ancestors, wrt);
    Map<Node, Node> gradients = new HashMap<>();
    for (int i = 0; i < ys.size(); i++) {
      gradients.merge(ys.get(i), dys.get(i), Node::add);
    }
    Map<List<?>, List<Node>> results =
        ancestors.stream()
            .filter(node -> node.op() instanceof Op.Control || node.op() instanceof Op.Custom)
            .collect(Collectors.groupingBy(Gradients::run));
    for (Node node : ancestors.reversed()) {
      List<Node> siblings = results.getOrDefault(run(node), List.of(node));
      if (siblings.getFirst() == node
          && siblings.stream().anyMatch(s -> active.contains(s) && gradients.containsKey(s))) {
        try (var _ = node.builder().onBehalfOf(node, "gradient")) {
          if (node.op() instanceof Op.Control(ControlFlow flow, int _)) {
            control(flow, siblings, gradients, active);
          } else if (node.op() instanceof Op.Custom(CustomFunction function, int _)) {
            custom(function, siblings, gradients, active);
          } else {
            toOperands(node, gradients, active);
          }
        }
      }
    }
    return gradients;
  }

  /// What the results of one run have in common; for others the node itself.
  private static List<?> run(Node node) {
    if (node.op() instanceof Op.Control(ControlFlow flow, int _)) {
      return List.of(flow, node.inputs());
    }
    return node.op() instanceof Op.Custom(CustomFunction function, int _)
        ? List.of(function, node.inputs())
        : List.of(node);
  }

  private static void toOperands(Node node, Map<Node, Node> gradients, Set<Node> active) {
    Node gradient = Objects.requireNonNull(gradients.get(node));
    for (int i = 0; i < node.inputs().size(); i++) {
      Node operand = node.input(i);
      if (active.contains(operand)) {
        Node part = GradientRules.toOperand(node, gradient, i);
        if (part != null) {
          gradients.merge(operand, part, Node::add);
        }
      }
    }
  }

  private static void control(
      ControlFlow flow, List<Node> results, Map<Node, Node> gradients, Set<Node> active) {
    Map<Integer, Node> dys = new HashMap<>();
    for (Node result : results) {
      Node gradient = gradients.get(result);
      if (result.op() instanceof Op.Control(ControlFlow _, int position) && gradient != null) {
        dys.put(position, gradient);
      }
    }
    List<Node> operands = results.getFirst().inputs();
    List<Integer> wanted =
        IntStream.range(0, operands.size())
            .filter(i -> active.contains(operands.get(i)))
            .boxed()
            .toList();
    List<Node> found = ControlGradients.of(flow, operands, dys, wanted);
    for (int i = 0; i < wanted.size(); i++) {
      gradients.merge(operands.get(wanted.get(i)), found.get(i), Node::add);
    }
  }

  /// Asks a function from outside for its gradient, with zeros for the results that nothing weighs.
  private static void custom(
      CustomFunction function, List<Node> known, Map<Node, Node> gradients, Set<Node> active) {
    List<Node> operands = known.getFirst().inputs();
    GraphBuilder g = known.getFirst().builder();
    List<Node> results = new ArrayList<>(g.custom(function, operands));
    for (Node node : known) {
      if (node.op() instanceof Op.Custom(CustomFunction _, int position)) {
        results.set(position, node);
      }
    }
    List<Node> dys = new ArrayList<>();
    for (Node result : results) {
      Node dy = gradients.get(result);
      dys.add(dy == null ? g.full(result.type(), 0) : dy);
    }
    List<Optional<Node>> found = function.gradient(operands, results, dys);
    requireThat(
        found.size() == operands.size(),
        "%s gives %d gradients for %d operands"
            .formatted(function.name(), found.size(), operands.size()),
        "one for each",
        "Optional.empty() for an operand without one");
    for (int i = 0; i < operands.size(); i++) {
      Node operand = operands.get(i);
      if (active.contains(operand) && found.get(i).isPresent()) {
        Node part = found.get(i).get();
        requireThat(
            part.type().equals(operand.type()),
            "%s gives %s for operand %d".formatted(function.name(), part.type(), i),
            operand.type().toString(),
            "a gradient of the operand's type");
        gradients.merge(operand, part, Node::add);
      }
    }
  }

  /// What nodes are computed from, themselves included, operands before users.
  private static List<Node> ancestors(List<Node> ys) {
    Set<Node> found = new HashSet<>();
    List<Node> open = new ArrayList<>(ys);
    while (!open.isEmpty()) {
      Node node = open.removeLast();
      if (found.add(node)) {
        open.addAll(node.inputs());
      }
    }
    return found.stream().sorted(Comparator.comparingInt(Node::id)).toList();
  }

  /// Float nodes that depend on one of `wrt` through floats.
  private static Set<Node> active(List<Node> ancestors, Set<Node> wrt) {
    Set<Node> active = new HashSet<>();
    for (Node node : ancestors) {
      if (node.dtype().isFloat()
          && (wrt.contains(node) || node.inputs().stream().anyMatch(active::contains))) {
        active.add(node);
      }
    }
    return active;
  }

  private static void requireThat(boolean fits, String seen, String needed, String remedy) {
    if (!fits) {
      throw new ShapeException("gradient: %s; need %s".formatted(seen, needed), remedy);
    }
  }

  /// The gradient for one operand of a node by way of a formula that stands for the node.
  ///
  /// The operand is renamed first (a reshape to its own shape), so that a node which stands at
  /// several places of the operand list is told apart.
  ///
  /// @param node what is differentiated
  /// @param formula the same value in terms of operations
  /// @param dy gradient of the node
  /// @param operand position
  static @Nullable Node through(
      Node node, Function<List<Node>, Node> formula, Node dy, int operand) {
    List<Node> in = new ArrayList<>(node.inputs());
    Node original = in.get(operand);
    Node renamed = node.builder().add(new Op.Reshape(original.shape()), List.of(original));
    in.set(operand, renamed);
    return sweep(List.of(formula.apply(in)), List.of(dy), Set.of(renamed)).get(renamed);
  }
}
