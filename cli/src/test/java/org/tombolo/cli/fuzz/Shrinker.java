package org.tombolo.cli.fuzz;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Makes a program that fails smaller, as long as it fails.
final class Shrinker {
  private final Predicate<Program> fails;
  private Program smallest;
  private int fresh;

  private Shrinker(Program program, Predicate<Program> fails) {
    this.smallest = program;
    this.fails = fails;
  }

  /// A program that fails and of which no single node can be left out, replaced by an operand, or
  /// fed in place of being computed.
  static Program shrink(Program program, Predicate<Program> fails) {
    Shrinker shrinker = new Shrinker(program, fails);
    shrinker.outputs();
    int before;
    do {
      before = shrinker.computed();
      shrinker.nodes();
    } while (shrinker.computed() < before);
    return shrinker.smallest;
  }

  private int computed() {
    return (int)
        smallest.graph().nodes().stream().filter(node -> !(node.op() instanceof Op.Input)).count();
  }

  private boolean takes(Optional<Program> candidate) {
    if (candidate.isPresent() && fails.test(candidate.get())) {
      smallest = candidate.get();
      return true;
    }
    return false;
  }

  /// One output or assignment is enough.
  private void outputs() {
    for (String name : List.copyOf(smallest.wanted().keySet())) {
      if (takes(rebuilt(name, Map.of(), Map.of()))) {
        return;
      }
    }
  }

  private void nodes() {
    for (int at = smallest.graph().nodes().size() - 1; at >= 0; at--) {
      if (at >= smallest.graph().nodes().size()) {
        continue;
      }
      Node node = smallest.graph().nodes().get(at);
      boolean gone = false;
      switch (node.op()) {
        case Op.Input _, Op.Assign _ -> gone = true;
        default -> {
          boolean last =
              smallest.graph().nodes().stream().noneMatch(user -> user.inputs().contains(node));
          for (Node operand : node.inputs()) {
            gone =
                gone
                    || ((last || operand.type().equals(node.type()))
                        && takes(rebuilt("", Map.of(node, operand), Map.of())));
          }
        }
      }
      if (!gone) {
        Optional<Tensor> value = value(node);
        if (value.isPresent()) {
          takes(rebuilt("", Map.of(), Map.of(node, value.get())));
        }
      }
    }
  }

  /// What the reference has for a node.
  private Optional<Tensor> value(Node node) {
    return ErrorBounds.of(smallest.graph(), smallest.inputs(), smallest.variables())
        .map(all -> {
          Tensor doubles = all.get(node).value();
          return node.dtype().isFloat() ? Tensor.filled(node.type(), doubles::at) : doubles;
        });
  }

  /// The smallest program once more with some nodes replaced.
  ///
  /// @param only the name of the one result to keep; all if empty
  /// @param operands nodes that stand for others
  /// @param feeds values of nodes that become inputs
  private Optional<Program> rebuilt(
      String only, Map<Node, Node> operands, Map<Node, Tensor> feeds) {
    Graph graph = smallest.graph();
    GraphBuilder g = new GraphBuilder(graph.name());
    Map<Node, Node> copies = new HashMap<>();
    Map<String, Tensor> inputs = new LinkedHashMap<>(smallest.inputs());
    try {
      for (Node node : graph.nodes()) {
        boolean dropped =
            node.op() instanceof Op.Assign(String variable)
                && !only.isEmpty()
                && !only.equals(Program.next(variable));
        if (operands.containsKey(node)) {
          copies.put(node, copies.get(operands.get(node)));
        } else if (feeds.containsKey(node)) {
          String name = "f" + fresh++;
          inputs.put(name, feeds.get(node));
          copies.put(node, g.input(name, node.type()));
        } else if (!dropped) {
          copies.put(node, g.copy(node, node.inputs().stream().map(copies::get).toList()));
        }
      }
      graph
          .outputs()
          .forEach((name, node) -> {
            if (only.isEmpty() || only.equals(name)) {
              g.output(name, copies.get(node));
            }
          });
    } catch (ShapeException e) {
      return Optional.empty();
    }
    return used(g.build(), inputs);
  }

  /// The program without inputs and variables that nothing reads.
  private Optional<Program> used(Graph graph, Map<String, Tensor> inputs) {
    GraphBuilder g = new GraphBuilder(graph.name());
    Map<Node, Node> copies = new HashMap<>();
    Map<String, Tensor> read = new LinkedHashMap<>();
    Map<String, Tensor> variables = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      boolean leaf =
          switch (node.op()) {
            case Op.Input _ -> true;
            case Op.Variable(String variable, TensorType _) ->
                graph.assigns().stream()
                    .noneMatch(assign -> assign.op().equals(new Op.Assign(variable)));
            default -> false;
          };
      boolean idle =
          leaf
              && !graph.outputs().containsValue(node)
              && graph.nodes().stream().noneMatch(user -> user.inputs().contains(node));
      if (!idle) {
        copies.put(node, g.copy(node, node.inputs().stream().map(copies::get).toList()));
        if (node.op() instanceof Op.Input input) {
          read.put(input.name(), inputs.get(input.name()));
        }
        if (node.op() instanceof Op.Variable(String variable, TensorType _)) {
          variables.put(variable, smallest.variables().get(variable));
        }
      }
    }
    graph.outputs().forEach((name, node) -> g.output(name, copies.get(node)));
    return Program.of(g.build(), read, variables);
  }
}
