package org.tombolo.onnx.lowering;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.FunctionDef;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;

/// Makes a graph of a model, for inputs of known types.
///
/// Every extent is a number by then, so what a model computes from shapes is known at once: a node
/// whose inputs are all known is computed on the host, by the [Reference], and leaves nothing in
/// the graph. What must be known and depends on values that are fed is asked of an [Oracle].
///
/// One lowering makes one graph. Not for use by several threads at once.
public final class Lowering {
  /// Known values of more elements are not computed beforehand.
  private static final long MAX_FOLDED = 1 << 14;

  /// Initializers of more elements become variables of the graph, which stay on the device.
  private static final long MAX_CONSTANT = 256;

  private static final int MAX_DEPTH = 60;

  /// Most calls of operators that one lowering makes: what loops unroll to has an end.
  private static final int MAX_CALLS = 200_000;

  private final ModelDef model;
  private final Registry registry;
  private final Oracle oracle;
  private final long largestTensor;
  private final boolean keepsParameters;
  private final Map<List<String>, FunctionDef> functions = new HashMap<>();
  private final IdentityHashMap<Tensor, Node> constants = new IdentityHashMap<>();
  private final SequencedMap<String, Tensor> variables = new LinkedHashMap<>();
  private Frame frame;
  private int stages;
  private int calls;

  /// @param model what to lower
  /// @param registry the operators
  /// @param oracle answers what must be known
  /// @param largestTensor most bytes that one value may have
  public Lowering(ModelDef model, Registry registry, Oracle oracle, long largestTensor) {
    this(model, registry, oracle, largestTensor, false);
  }

  /// @param model what to lower
  /// @param registry the operators
  /// @param oracle answers what must be known
  /// @param largestTensor most bytes that one value may have
  /// @param keepsParameters whether initializers that may have been learned, single-precision
  ///   floats of more than one element, become variables of the graph however small they are, and
  ///   nothing is computed from them beforehand
  public Lowering(
      ModelDef model,
      Registry registry,
      Oracle oracle,
      long largestTensor,
      boolean keepsParameters) {
    this.keepsParameters = keepsParameters;
    this.model = model;
    this.registry = registry;
    this.oracle = oracle;
    this.largestTensor = largestTensor;
    this.frame = Frame.model(new GraphBuilder(model.graph().name()));
    model
        .functions()
        .forEach(function -> functions.put(List.of(function.domain(), function.name()), function));
  }

  /// A lowered model.
  ///
  /// @param graph computes all tensors of the outputs that are not known, by the names that
  ///   [Lowering#nameOf] has
  /// @param outputs of the model by name
  /// @param variables elements of the variables of the graph
  public record Lowered(
      Graph graph, SequencedMap<String, Value> outputs, Map<String, Tensor> variables) {}

  /// Makes the graph.
  ///
  /// @param inputs a value for each input of the model without a default: its type is what counts.
  ///   A tensor becomes an input of the graph of that name
  public Lowered lower(Map<String, Value> inputs) {
    Scope scope = Scope.model(model.opsets());
    GraphDef graph = model.graph();
    for (TensorDef initializer : graph.initializers()) {
      scope.put(initializer.name(), initializer(initializer));
    }
    for (ValueDef input : graph.inputs()) {
      Value given = inputs.get(input.name());
      if (given != null) {
        scope.put(input.name(), fed(input.name(), given));
      }
    }
    nodes(graph.nodes(), scope);
    SequencedMap<String, Value> outputs = new LinkedHashMap<>();
    graph
        .outputs()
        .forEach(output -> outputs.put(output.name(), at(scope, output.name(), "the model")));
    SequencedMap<String, Node> computed = new LinkedHashMap<>();
    outputs.values().forEach(value -> collect(value, computed));
    return new Lowered(
        Subgraph.of(graph.name(), computed), outputs, Collections.unmodifiableMap(variables));
  }

  private void collect(Value value, SequencedMap<String, Node> to) {
    switch (value) {
      case Value.Dense dense -> {
        if (!dense.isKnown()) {
          Node node = here(dense);
          to.put(name(node), node);
        }
      }
      case Value.Sequence(List<Value> elements) ->
          elements.forEach(element -> collect(element, to));
      case Value.Maybe(Optional<Value> inner) -> inner.ifPresent(element -> collect(element, to));
      case Value.Texts _ -> {}
    }
  }

  private final Map<Node, String> names = new HashMap<>();

  private String name(Node node) {
    return names.computeIfAbsent(node, _ -> "output" + names.size());
  }

  /// The name of the graph's output that computes a tensor of [Lowered#outputs].
  public String nameOf(Value.Dense dense) {
    return name(here(dense));
  }

  private Value fed(String name, Value given) {
    return switch (given) {
      case Value.Dense dense ->
          Value.Dense.of(dense.type(), frame.builder().input(name, dense.carried()));
      case Value.Sequence(List<Value> elements) -> {
        List<Value> all = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
          all.add(fed(name + "[" + i + "]", elements.get(i)));
        }
        yield new Value.Sequence(all);
      }
      case Value.Maybe(Optional<Value> inner) ->
          new Value.Maybe(inner.map(element -> fed(name + "?", element)));
      case Value.Texts texts -> texts;
    };
  }

  private Value initializer(TensorDef def) {
    Value value = Value.of(def, "initializer \"" + def.name() + "\"");
    boolean large =
        value instanceof Value.Dense dense
            && (keepsParameters ? isParameter(dense) : dense.size() > MAX_CONSTANT);
    return large && value instanceof Value.Dense(var type, var carried, _, var tensor, _)
        ? new Value.Dense(type, carried, null, tensor, def.name())
        : value;
  }

  private static boolean isParameter(Value.Dense value) {
    return value.size() > 1 && value.carried().dtype() == DType.F32;
  }

  ElementType carried(ElementType type, NodeDef node) {
    if (type.carrier().isEmpty() && type != ElementType.STRING) {
      throw new OnnxException(
          "node %s: element type %s; need one that has a carrier".formatted(node.label(), type),
          "float, float16, bfloat16, double, bool, or an integer type");
    }
    return type;
  }

  private static Value at(Scope scope, String name, String user) {
    Value value = scope.find(name);
    if (value == null) {
      throw new OnnxException(
          "%s: no value \"%s\"; need one that is fed, an initializer, or computed before"
              .formatted(user, name),
          "a tensor for each input of the model");
    }
    return value;
  }

  private void nodes(List<NodeDef> nodes, Scope scope) {
    for (NodeDef node : nodes) {
      if (++calls > MAX_CALLS) {
        throw new OnnxException(
            "node %s: loops and functions make more than %d calls of operators; need fewer"
                .formatted(node.label(), MAX_CALLS),
            "fewer trips, or loops whose values keep their types");
      }
      List<? extends Value> results = call(node, scope);
      if (results.size() < node.outputs().stream().filter(name -> !name.isEmpty()).count()) {
        throw new OnnxException(
            "node %s: %d outputs are named, the operator gives %d"
                .formatted(node.label(), node.outputs().size(), results.size()),
            "the model anew from the program that wrote it");
      }
      for (int i = 0; i < node.outputs().size() && i < results.size(); i++) {
        Value result = results.get(i);
        requireSize(node, result);
        if (!node.outputs().get(i).isEmpty()) {
          scope.put(node.outputs().get(i), result);
        }
      }
    }
  }

  private void requireSize(NodeDef node, Value result) {
    if (result instanceof Value.Dense dense
        && dense.size() > largestTensor / dense.carried().dtype().bytes()) {
      throw new OnnxException(
          "node %s: gives %s; need a tensor of %d bytes at most"
              .formatted(node.label(), dense.describe(), largestTensor),
          "smaller inputs, or more memory for Java (-Xmx)");
    }
  }

  private List<? extends Value> call(NodeDef node, Scope scope) {
    List<@Nullable Value> inputs = new ArrayList<>();
    for (String name : node.inputs()) {
      inputs.add(name.isEmpty() ? null : at(scope, name, "node " + node.label()));
    }
    FunctionDef function = functions.get(List.of(node.domain(), node.operator()));
    if (function != null) {
      return inline(function, node, inputs, scope);
    }
    Registry.Entry entry =
        registry
            .find(node.domain(), node.operator())
            .orElseThrow(() ->
                new OnnxException(
                    "node %s: the operator is not known".formatted(node.label()),
                    "a model without it; docs/onnx.md lists those that are known"));
    long opset = scope.opset(node.domain());
    try (GraphBuilder.Scope _ = frame.builder().scope(label(node))) {
      if (entry.folds() && inputs.stream().allMatch(this::isSmallAndKnown)) {
        return folded(entry, node, opset, inputs, scope);
      }
      return entry.operator().apply(new Call(this, scope, node, opset, null, inputs));
    } catch (ShapeException e) {
      throw failed(node, opset, inputs, e.problem(), e);
    } catch (IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException
        | NegativeArraySizeException
        | ClassCastException
        | NoSuchElementException
        | IllegalStateException
        | OutOfMemoryError e) {
      throw failed(node, opset, inputs, String.valueOf(e), e);
    }
  }

  private OnnxException failed(
      NodeDef node, long opset, List<@Nullable Value> inputs, String problem, Throwable cause) {
    OnnxException located =
        new Call(this, Scope.model(Map.of()), node, opset, null, inputs)
            .mistake(problem, "inputs and attributes that the operator's specification allows");
    located.initCause(cause);
    return located;
  }

  private static String label(NodeDef node) {
    return node.name().isEmpty() ? node.operator() : node.name();
  }

  private boolean isSmallAndKnown(@Nullable Value value) {
    return switch (value) {
      case null -> true;
      case Value.Dense dense ->
          dense.isKnown()
              && dense.size() <= MAX_FOLDED
              && !(keepsParameters && dense.variable() != null);
      case Value.Texts _ -> true;
      case Value.Sequence _, Value.Maybe _ -> false;
    };
  }

  /// Computes a call on the host. What turns out to be large becomes part of the graph instead.
  private List<? extends Value> folded(
      Registry.Entry entry, NodeDef node, long opset, List<@Nullable Value> inputs, Scope scope) {
    GraphBuilder apart = new GraphBuilder(node.operator());
    List<? extends Value> results =
        entry.operator().apply(new Call(this, scope, node, opset, apart, inputs));
    SequencedMap<String, Node> wanted = new LinkedHashMap<>();
    boolean small = true;
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i) instanceof Value.Dense dense && !dense.isKnown()) {
        wanted.put("result" + i, Objects.requireNonNull(dense.node()));
        small &= dense.size() <= MAX_FOLDED;
      }
    }
    if (wanted.isEmpty()) {
      return results;
    }
    if (!small) {
      return entry.operator().apply(new Call(this, scope, node, opset, null, inputs));
    }
    Map<String, Tensor> values =
        Reference.run(Subgraph.of(node.operator(), wanted), Map.of(), Map.of()).outputs();
    List<Value> out = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Tensor known = values.get("result" + i);
      out.add(
          known != null && results.get(i) instanceof Value.Dense dense
              ? Value.Dense.of(dense.type(), known)
              : results.get(i));
    }
    return out;
  }

  private List<? extends Value> inline(
      FunctionDef function, NodeDef node, List<@Nullable Value> inputs, Scope outer) {
    if (outer.depth() > MAX_DEPTH) {
      throw new OnnxException(
          "node %s: functions are nested more than %d deep".formatted(node.label(), MAX_DEPTH),
          "a model whose functions do not call themselves");
    }
    Map<String, Attribute> attributes = new HashMap<>(function.defaults());
    node.attributes()
        .forEach((name, given) -> {
          Attribute value =
              given instanceof Attribute.Reference(String name2) ? outer.attribute(name2) : given;
          if (value != null) {
            attributes.put(name, value);
          }
        });
    Map<String, Long> opsets = new HashMap<>(outer.opsets());
    opsets.putAll(function.opsets());
    Scope scope = outer.function(opsets, attributes);
    for (int i = 0; i < inputs.size() && i < function.inputs().size(); i++) {
      Value input = inputs.get(i);
      if (input != null) {
        scope.put(function.inputs().get(i), input);
      }
    }
    nodes(
        function.nodes().stream().map(inner -> withoutAbsent(inner, scope, function)).toList(),
        scope);
    return function.outputs().stream()
        .map(name -> at(scope, name, "function " + function.name()))
        .toList();
  }

  /// Inputs of a function that a call leaves out are absent within it, too.
  private static NodeDef withoutAbsent(NodeDef node, Scope scope, FunctionDef function) {
    List<String> inputs =
        node.inputs().stream()
            .map(name -> function.inputs().contains(name) && scope.find(name) == null ? "" : name)
            .toList();
    return new NodeDef(
        node.name(), node.domain(), node.operator(), inputs, node.outputs(), node.attributes());
  }

  List<Value> body(GraphDef body, List<Value> arguments, Scope outer) {
    if (outer.depth() > MAX_DEPTH) {
      throw new OnnxException(
          "graph \"%s\": graphs are nested more than %d deep".formatted(body.name(), MAX_DEPTH),
          "a model with fewer graphs within graphs");
    }
    Scope scope = outer.inner();
    // Names of graphs within graphs may repeat, so these do not become variables.
    body.initializers()
        .forEach(def -> scope.put(def.name(), Value.of(def, "initializer \"" + def.name() + "\"")));
    for (int i = 0; i < arguments.size(); i++) {
      scope.put(body.inputs().get(i).name(), arguments.get(i));
    }
    nodes(body.nodes(), scope);
    return body.outputs().stream()
        .map(output -> at(scope, output.name(), "graph \"" + body.name() + "\""))
        .toList();
  }

  /// The graph that is being built.
  GraphBuilder graph() {
    return frame.builder();
  }

  /// The node of a value in the graph that is being built.
  Node here(Value.Dense value) {
    if (value.node() != null) {
      return frame.resolve(value.node());
    }
    Tensor tensor = Objects.requireNonNull(value.tensor());
    if (value.variable() != null) {
      variables.put(value.variable(), tensor);
      Frame model = frame;
      while (model.outer() != null) {
        model = model.outer();
      }
      return frame.resolve(model.builder().variable(value.variable(), tensor.type()));
    }
    return frame.outer() == null
        ? constants.computeIfAbsent(tensor, frame.builder()::constant)
        : frame.builder().constant(tensor);
  }

  /// A node of a graph around in the graph that is being built.
  Node resolve(Node node) {
    return frame.resolve(node);
  }

  /// Lowers into a graph of its own.
  ///
  /// @param types of the operands
  /// @param function from operands to results, which may use nodes of graphs around
  /// @throws NotStaticException if it needs a value that only a run can tell
  Body inner(List<TensorType> types, UnaryOperator<List<Node>> function) {
    GraphBuilder g = new GraphBuilder(model.graph().name() + "/body");
    List<Node> operands = new ArrayList<>();
    for (TensorType type : types) {
      operands.add(g.input("operand" + operands.size(), type));
    }
    Frame around = frame;
    Frame own = frame.inner(g);
    frame = own;
    try {
      List<Node> results = function.apply(operands);
      for (int i = 0; i < results.size(); i++) {
        g.output("result" + i, own.resolve(results.get(i)));
      }
    } finally {
      frame = around;
    }
    return new Body(g.build(), List.copyOf(own.captured().keySet()));
  }

  Tensor host(Value.Dense value) {
    if (value.tensor() != null) {
      return value.tensor();
    }
    return ask(List.of(value), UnaryOperator.identity(), true, List.of()).getFirst();
  }

  List<Value.Dense> onHost(
      List<Value.Dense> operands, List<ElementType> types, UnaryOperator<List<Tensor>> function) {
    if (operands.stream().allMatch(Value.Dense::isKnown)) {
      List<Tensor> results =
          function.apply(
              operands.stream().map(value -> Objects.requireNonNull(value.tensor())).toList());
      return dense(types, results);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      names.add("stage%d.%d".formatted(stages, i));
    }
    stages++;
    List<Tensor> results = ask(operands, function, false, names);
    List<Value.Dense> out = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      TensorType type = results.get(i).type();
      out.add(Value.Dense.of(types.get(i), frame.builder().input(names.get(i), type)));
    }
    return out;
  }

  private static List<Value.Dense> dense(List<ElementType> types, List<Tensor> tensors) {
    List<Value.Dense> out = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      out.add(Value.Dense.of(types.get(i), tensors.get(i)));
    }
    return out;
  }

  private List<Tensor> ask(
      List<Value.Dense> values,
      UnaryOperator<List<Tensor>> function,
      boolean fixed,
      List<String> names) {
    if (frame.outer() != null) {
      throw new NotStaticException("a value within a loop");
    }
    SequencedMap<String, Node> wanted = new LinkedHashMap<>();
    for (Value.Dense value : values) {
      wanted.put("asked" + wanted.size(), here(value));
    }
    Graph graph = Subgraph.of(model.graph().name() + "/stage" + stages, wanted);
    return oracle.answer(new Oracle.Question(graph, function, fixed, names), variables);
  }
}
