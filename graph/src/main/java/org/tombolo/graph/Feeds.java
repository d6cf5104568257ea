package org.tombolo.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Checks that the tensors given for a run are those that the graph declares.
public final class Feeds {
  private Feeds() {}

  /// Requires a tensor of the declared type for each input, and no other names.
  ///
  /// @throws IllegalArgumentException that names graph, input, types seen and needed
  public static void requireInputs(Graph graph, Map<String, Tensor> fed) {
    requireAll(graph, "input", declared(graph.inputs()), fed);
    Map<String, TensorType> declared = declared(graph.inputs());
    for (String name : fed.keySet()) {
      if (!declared.containsKey(name)) {
        throw mistake(
            graph,
            "no input \"%s\"; need one of %s".formatted(name, declared.keySet()),
            "the name that was given to input(..)");
      }
    }
  }

  /// Requires a tensor of the declared type for each variable; other names are left alone.
  ///
  /// @throws IllegalArgumentException that names graph, variable, types seen and needed
  public static void requireVariables(Graph graph, Map<String, Tensor> values) {
    requireAll(graph, "variable", declared(graph.variables()), values);
  }

  /// Tensors in the order of [Graph#inputs] under the names of the inputs.
  ///
  /// @throws IllegalArgumentException if there are more or fewer than inputs
  static Map<String, Tensor> byName(Graph graph, List<Tensor> inputs) {
    List<String> names = new ArrayList<>(declared(graph.inputs()).keySet());
    if (names.size() != inputs.size()) {
      throw mistake(
          graph,
          "%d tensors for inputs %s; need %d".formatted(inputs.size(), names, names.size()),
          "one tensor for each, in this order");
    }
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      named.put(names.get(i), inputs.get(i));
    }
    return named;
  }

  /// A tensor that is known to be there.
  static Tensor named(Map<String, Tensor> tensors, String name) {
    Tensor found = tensors.get(name);
    if (found == null) {
      throw new IllegalStateException("no tensor \"" + name + "\" although it was checked");
    }
    return found;
  }

  private static SequencedMap<String, TensorType> declared(List<Node> nodes) {
    SequencedMap<String, TensorType> declared = new LinkedHashMap<>();
    for (Node node : nodes) {
      if (node.op() instanceof Op.Input(String name, TensorType type)) {
        declared.put(name, type);
      } else if (node.op() instanceof Op.Variable(String name, TensorType type)) {
        declared.put(name, type);
      }
    }
    return declared;
  }

  private static void requireAll(
      Graph graph, String what, Map<String, TensorType> declared, Map<String, Tensor> given) {
    declared.forEach((name, type) -> {
      Tensor tensor = given.get(name);
      if (tensor == null) {
        throw mistake(
            graph,
            "%s \"%s\" is missing, given are %s; need %s"
                .formatted(what, name, given.keySet(), type),
            "a tensor under this name");
      }
      if (!tensor.type().equals(type)) {
        throw mistake(
            graph,
            "%s \"%s\" is %s; need %s".formatted(what, name, tensor.type(), type),
            "a tensor of that type, or another type in the declaration");
      }
    });
  }

  private static IllegalArgumentException mistake(Graph graph, String problem, String remedy) {
    return new IllegalArgumentException(
        "graph %s: %s\n  try: %s".formatted(graph.name(), problem, remedy));
  }
}
