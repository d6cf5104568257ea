package org.tombolo.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.FunctionDef;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;

/// Looks a model over before anything is computed, and lists all that is wrong or not known.
final class ModelCheck {
  /// Newest version of ONNX's own operators whose meaning was looked at.
  static final long NEWEST_OPSET = 27;

  private final ModelDef model;
  private final Registry registry;
  private final Map<List<String>, FunctionDef> functions = new HashMap<>();
  private final Set<String> problems = new LinkedHashSet<>();

  private ModelCheck(ModelDef model, Registry registry) {
    this.model = model;
    this.registry = registry;
  }

  static List<String> problems(ModelDef model, Registry registry) {
    ModelCheck check = new ModelCheck(model, registry);
    check.model();
    return List.copyOf(check.problems);
  }

  private void model() {
    model
        .opsets()
        .forEach((domain, version) -> {
          if (domain.isEmpty() && (version < 1 || version > NEWEST_OPSET)) {
            problems.add(
                "opset %d of ONNX's operators: need one from 1 to %d"
                    .formatted(version, NEWEST_OPSET));
          }
        });
    for (FunctionDef function : model.functions()) {
      functions.put(List.of(function.domain(), function.name()), function);
    }
    graph(model.graph(), Set.of(), model.opsets(), "");
    for (FunctionDef function : model.functions()) {
      String where = "function %s: ".formatted(function.name());
      Set<String> known = new HashSet<>(function.inputs());
      nodes(function.nodes(), known, function.opsets(), where);
      for (String output : function.outputs()) {
        requireKnown(known, output, where + "output", Map.of());
      }
    }
    recursion();
  }

  /// Functions that come back to themselves never end.
  private void recursion() {
    Set<FunctionDef> done = new HashSet<>();
    for (FunctionDef function : model.functions()) {
      recursion(function, new ArrayList<>(), done);
    }
  }

  private void recursion(FunctionDef function, List<FunctionDef> callers, Set<FunctionDef> done) {
    if (callers.contains(function)) {
      problems.add("function %s: calls itself; need functions that end".formatted(function.name()));
      return;
    }
    if (done.contains(function)) {
      return;
    }
    callers.add(function);
    for (NodeDef node : function.nodes()) {
      FunctionDef called = functions.get(List.of(node.domain(), node.operator()));
      if (called != null) {
        recursion(called, callers, done);
      }
    }
    callers.removeLast();
    done.add(function);
  }

  private void graph(GraphDef graph, Set<String> outer, Map<String, Long> opsets, String where) {
    Set<String> known = new HashSet<>(outer);
    Set<String> own = new HashSet<>();
    for (ValueDef input : graph.inputs()) {
      define(own, known, input.name(), where + "input");
      input
          .elementType()
          .filter(type -> type.carrier().isEmpty() && type != ElementType.STRING)
          .ifPresent(type ->
              problems.add(
                  "%sinput \"%s\" is %s: need an element type that a type of the graph carries"
                      .formatted(where, input.name(), type)));
      if (input.kind() == ValueDef.Kind.MAP || input.kind() == ValueDef.Kind.SPARSE) {
        problems.add(
            "%sinput \"%s\" is a %s: need a tensor, a sequence or an optional"
                .formatted(where, input.name(), input.kind()));
      }
    }
    for (TensorDef initializer : graph.initializers()) {
      known.add(initializer.name());
      own.add(initializer.name());
      if (initializer.type().carrier().isEmpty() && initializer.type() != ElementType.STRING) {
        problems.add(
            "%sinitializer \"%s\" is %s: need an element type that a type of the graph carries"
                .formatted(where, initializer.name(), initializer.type()));
      }
    }
    Map<String, NodeDef> makers = nodes(graph.nodes(), known, opsets, where);
    for (ValueDef output : graph.outputs()) {
      requireKnown(known, output.name(), where + "output", makers);
    }
  }

  private void define(Set<String> own, Set<String> known, String name, String what) {
    known.add(name);
    if (!own.add(name)) {
      problems.add("%s \"%s\" is there twice: need one".formatted(what, name));
    }
  }

  private Map<String, NodeDef> nodes(
      List<NodeDef> nodes, Set<String> known, Map<String, Long> opsets, String where) {
    Map<String, NodeDef> makers = new HashMap<>();
    for (NodeDef node : nodes) {
      for (String output : node.outputs()) {
        if (!output.isEmpty() && makers.putIfAbsent(output, node) != null) {
          problems.add(
              "%snode %s: output \"%s\" is computed twice: need one node for it"
                  .formatted(where, node.label(), output));
        }
      }
    }
    for (NodeDef node : nodes) {
      for (String input : node.inputs()) {
        if (!input.isEmpty()) {
          requireKnown(known, input, where + "node " + node.label() + ": input", makers);
        }
      }
      operator(node, opsets, where);
      node.attributes()
          .forEach((name, attribute) -> {
            if (attribute instanceof Attribute.GraphValue(GraphDef body)) {
              graph(body, known, opsets, where + "node " + node.label() + ", graph " + name + ": ");
            }
          });
      known.addAll(node.outputs());
    }
    return makers;
  }

  private void operator(NodeDef node, Map<String, Long> opsets, String where) {
    if (functions.containsKey(List.of(node.domain(), node.operator()))) {
      return;
    }
    String domain = node.domain().isEmpty() ? "ai.onnx" : node.domain();
    Long opset = opsets.getOrDefault(node.domain(), model.opsets().get(node.domain()));
    Optional<Registry.Entry> entry = registry.find(node.domain(), node.operator());
    if (entry.isEmpty()) {
      problems.add(
          "%snode %s: operator %s of %s, opset %s, is not known: need a definition of it, or a function of the model"
              .formatted(
                  where, node.label(), node.operator(), domain, opset == null ? "?" : opset));
    } else if (opset == null) {
      problems.add(
          "%snode %s: operator %s of %s: need a version of that domain in the model"
              .formatted(where, node.label(), node.operator(), domain));
    } else if (opset < entry.get().versions().getFirst()) {
      problems.add(
          "%snode %s: operator %s of %s, opset %d: need opset %d, which has it first"
              .formatted(
                  where,
                  node.label(),
                  node.operator(),
                  domain,
                  opset,
                  entry.get().versions().getFirst()));
    }
  }

  private void requireKnown(
      Set<String> known, String name, String user, Map<String, NodeDef> makers) {
    if (known.contains(name)) {
      return;
    }
    NodeDef maker = makers.get(name);
    problems.add(
        maker == null
            ? "%s \"%s\" comes from nowhere: need a node, input or initializer of that name"
                .formatted(user, name)
            : "%s \"%s\" comes from node %s, which is later: need an order without cycles"
                .formatted(user, name, maker.label()));
  }
}
