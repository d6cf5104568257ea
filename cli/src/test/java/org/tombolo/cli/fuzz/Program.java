package org.tombolo.cli.fuzz;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.GraphText;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;

/// A graph, what is fed to it, and what should come of it.
///
/// @param wanted what each output, and each variable that is assigned, should be; the latter under
///   [#next]
record Program(
    Graph graph,
    Map<String, Tensor> inputs,
    Map<String, Tensor> variables,
    Map<String, Approximate> wanted) {

  /// Empty where errors could decide what the result is.
  static Optional<Program> of(
      Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables) {
    return ErrorBounds.of(graph, inputs, variables)
        .map(values -> {
          Map<String, Approximate> wanted = new LinkedHashMap<>();
          graph.outputs().forEach((name, node) -> wanted.put(name, values.get(node)));
          for (Node node : graph.assigns()) {
            if (node.op() instanceof Op.Assign(String variable)) {
              wanted.put(next(variable), values.get(node));
            }
          }
          return new Program(graph, inputs, variables, wanted);
        });
  }

  /// The name of a variable's next value among results.
  static String next(String variable) {
    return "next " + variable;
  }

  /// What a way to run it does wrong.
  Optional<String> problem(Way way) {
    return problem(way, graph);
  }

  /// What a way to run another graph of the same meaning does wrong.
  Optional<String> problem(Way way, Graph same) {
    try {
      Map<String, Tensor> results = way.run(same, inputs, variables);
      for (Map.Entry<String, Approximate> entry : wanted.entrySet()) {
        Optional<String> difference = entry.getValue().difference(results.get(entry.getKey()));
        if (difference.isPresent()) {
          return Optional.of(
              "%s: \"%s\": %s".formatted(way.name(), entry.getKey(), difference.get()));
        }
      }
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of("%s: %s at %s".formatted(way.name(), e, e.getStackTrace()[0]));
    }
  }

  /// The graph and the fed tensors in the text form.
  @Override
  public String toString() {
    GraphBuilder feeds = new GraphBuilder("feeds");
    Map<String, Tensor> all = new HashMap<>(inputs);
    variables.forEach((name, value) -> all.put("variable " + name, value));
    all.forEach((name, value) -> feeds.output(name, feeds.constant(value)));
    return GraphText.print(graph) + GraphText.print(feeds.build());
  }
}
