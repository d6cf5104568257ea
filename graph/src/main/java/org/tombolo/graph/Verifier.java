package org.tombolo.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Checks that a graph is well formed, which the rest takes for granted. What comes from a
/// [GraphBuilder] always is; this finds the defects of code that makes graphs from graphs.
public final class Verifier {
  private final Graph graph;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, TensorType> variables = new HashMap<>();
  private final Set<String> inputs = new HashSet<>();
  private final Set<String> assigned = new HashSet<>();
  private final Set<Node> seen = new HashSet<>();

  private Verifier(Graph graph) {
    this.graph = graph;
  }

  /// Requires that operands come before users, that every type is the one its operation infers,
  /// that names of inputs and of variables are unique, that assigned variables are declared, of
  /// that type and assigned once, and that outputs are nodes of the graph.
  ///
  /// @return the graph
  /// @throws IllegalStateException that lists every problem, one a line
  public static Graph verify(Graph graph) {
    Verifier verifier = new Verifier(graph);
    graph.variables().forEach(verifier::declare);
    graph.nodes().forEach(verifier::check);
    graph.outputs().forEach(verifier::checkOutput);
    if (!verifier.problems.isEmpty()) {
      throw new IllegalStateException(
          "graph %s is not well formed:\n  %s\n  try: build it with a GraphBuilder"
              .formatted(graph.name(), String.join("\n  ", verifier.problems)));
    }
    return graph;
  }

  private void declare(Node node) {
    if (node.op() instanceof Op.Variable(String name, TensorType type)
        && variables.putIfAbsent(name, type) != null) {
      problem(node, "variable \"%s\" is declared twice; need one declaration".formatted(name));
    }
  }

  private void check(Node node) {
    for (Node operand : node.inputs()) {
      if (!seen.contains(operand)) {
        problem(
            node,
            graph.contains(operand)
                ? "comes before its operand %s; need operands first".formatted(label(operand))
                : "operand %s is not in the graph; need all operands".formatted(operand));
      }
    }
    if (!seen.add(node)) {
      problem(node, "is listed twice; need each node once");
    }
    try {
      TensorType inferred = node.op().infer(node.inputs().stream().map(Node::type).toList());
      if (!inferred.equals(node.type())) {
        problem(node, "the operation gives %s; need that type".formatted(inferred));
      }
    } catch (ShapeException e) {
      problem(node, e.problem());
    }
    switch (node.op()) {
      case Op.Input(String name, TensorType _) -> {
        if (!inputs.add(name)) {
          problem(node, "input \"%s\" is declared twice; need one declaration".formatted(name));
        }
      }
      case Op.Assign(String name) -> checkAssign(node, name);
      case Op.Control(ControlFlow flow, int _) -> flow.graphs().forEach(Verifier::verify);
      default -> {}
    }
  }

  private void checkAssign(Node node, String name) {
    TensorType declared = variables.get(name);
    if (declared == null) {
      problem(node, "no variable \"%s\"; need one of %s".formatted(name, variables.keySet()));
    } else if (!declared.equals(node.type())) {
      problem(node, "variable \"%s\" is %s; need the same type".formatted(name, declared));
    }
    if (!assigned.add(name)) {
      problem(node, "variable \"%s\" is assigned twice; need at most once".formatted(name));
    }
  }

  private void checkOutput(String name, Node node) {
    if (!graph.contains(node)) {
      problems.add(
          "output \"%s\": %s is not in the graph; need a node of it".formatted(name, node));
    }
  }

  private void problem(Node node, String text) {
    String where = node.where().isEmpty() ? "" : " (" + node.where() + ")";
    problems.add("%s%s: %s".formatted(label(node), where, text));
  }

  private String label(Node node) {
    return "%%%d = %s".formatted(graph.position(node), node);
  }
}
