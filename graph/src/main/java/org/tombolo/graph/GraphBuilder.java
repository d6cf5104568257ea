package org.tombolo.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// Adds operations one by one and checks each as it comes; [#build] yields the graph.
///
/// ```java
/// var g = new GraphBuilder("line");
/// Node x = g.input("x", TensorType.f32(8, 3));
/// Node w = g.variable("w", TensorType.f32(3, 1));
/// g.output("y", x.matmul(w).relu());
/// Graph graph = g.build();
/// ```
///
/// Not for use by several threads at once.
public final class GraphBuilder {
  /// Classes whose frames are skipped in the search for the user's line.
  private static final Set<Class<?>> OURS =
      Set.of(
          GraphBuilder.class,
          Node.class,
          Composite.class,
          ControlFlow.class,
          ControlGradients.class,
          Activations.class,
          Attention.class,
          Normalization.class,
          Normalized.class,
          CompositeGradients.class,
          Distributions.class,
          Gradients.class,
          GradientRules.class,
          ElementwiseGradients.class,
          WindowGradients.class);

  private final String name;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Node> inputs = new HashMap<>();
  private final Map<String, Node> variables = new HashMap<>();
  private final Map<String, Node> assigns = new HashMap<>();
  private final SequencedMap<String, Node> outputs = new LinkedHashMap<>();
  private String scope = "";
  private String where = "";

  /// @param name a label for messages
  public GraphBuilder(String name) {
    this.name = name;
  }

  /// A value fed at each run.
  ///
  /// @throws ShapeException if the name is taken by an input of another type
  public Node input(String name, TensorType type) {
    return declare(inputs, name, new Op.Input(name, type));
  }

  /// The value of a variable when a run begins.
  ///
  /// @throws ShapeException if the name is taken by a variable of another type
  public Node variable(String name, TensorType type) {
    return declare(variables, name, new Op.Variable(name, type));
  }

  private Node declare(Map<String, Node> declared, String name, Op op) {
    Node known = declared.get(name);
    return known != null && known.op().equals(op) ? known : add(op, List.of());
  }

  private static void requireFree(Map<String, Node> declared, String name, Op op, TensorType type) {
    Node known = declared.get(name);
    if (known != null) {
      throw new ShapeException(
          "%s: \"%s\" is already declared as %s, now %s; need one declaration"
              .formatted(op.mnemonic(), name, known.type(), type),
          "another name");
    }
  }

  /// A value known now.
  public Node constant(Tensor value) {
    return add(new Op.Constant(value), List.of());
  }

  /// A scalar known now, rounded to the type.
  public Node scalar(DType dtype, double value) {
    return constant(Tensor.full(new TensorType(dtype, Shape.SCALAR), value));
  }

  /// A tensor with every element the same.
  public Node full(TensorType type, double value) {
    return scalar(type.dtype(), value).broadcastTo(type.shape());
  }

  /// Positions along one axis.
  public Node iota(TensorType type, int axis) {
    return add(new Op.Iota(type, axis), List.of());
  }

  /// Random 32-bit patterns for a key `i64[2]`; see [Op.RandomBits].
  public Node randomBits(Node key, Shape shape) {
    return add(new Op.RandomBits(shape), List.of(key));
  }

  /// Random floats, uniform in `[0, 1)` in steps of 2^-24, for a key `i64[2]`.
  public Node randomUniform(Node key, Shape shape) {
    return randomBits(key, shape)
        .binary(BinaryFn.SHR, scalar(DType.I32, 8))
        .cast(DType.F32)
        .mul(0x1p-24);
  }

  /// Random floats of the standard normal distribution, up to 5.3 in magnitude, for a key `i64[2]`.
  public Node randomNormal(Node key, Shape shape) {
    return Distributions.normal(this, key, shape);
  }

  /// Random floats of the standard normal distribution between two bounds, for a key `i64[2]`.
  ///
  /// @param low lower bound, at most 3
  /// @param high upper bound, above the lower one and at least -3
  /// @throws ShapeException if the bounds are otherwise
  public Node randomTruncatedNormal(Node key, Shape shape, double low, double high) {
    return Distributions.truncatedNormal(this, key, shape, low, high);
  }

  /// Random bools that are true with a probability, for a key `i64[2]`.
  ///
  /// @throws ShapeException if the probability is not from 0 to 1
  public Node randomBernoulli(Node key, Shape shape, double probability) {
    return Distributions.bernoulli(this, key, shape, probability);
  }

  /// The whole numbers from 0 up to but not including a count in random order, `i32[count]`, for a
  /// key `i64[2]`: the same for a key on every device, and all orders equally likely but for less
  /// than `1 / count`. As indices of [Node#gather] they shuffle the rows of a tensor. Sorts the
  /// count one to three times.
  ///
  /// @throws ShapeException if the count is negative or above 2^31 - 1
  public Node randomPermutation(Node key, long count) {
    return Distributions.permutation(this, key, count);
  }

  /// Tensors joined along an axis.
  public Node concat(int axis, Node... parts) {
    return add(new Op.Concat(axis), List.of(parts));
  }

  /// A named function of nodes.
  public Node call(Composite function, Node... operands) {
    return add(new Op.Call(function), List.of(operands));
  }

  /// All results of control flow.
  ///
  /// @throws ShapeException if the operands do not fit
  public List<Node> control(ControlFlow flow, List<Node> operands) {
    List<TensorType> types = operands.stream().map(Node::type).toList();
    int results = located(() -> flow.infer(types).size());
    return IntStream.range(0, results)
        .mapToObj(result -> add(new Op.Control(flow, result), operands))
        .toList();
  }

  /// All results of a function from outside of the closed set of operations.
  ///
  /// @throws ShapeException if the operands do not fit
  public List<Node> custom(CustomFunction function, List<Node> operands) {
    List<TensorType> types = operands.stream().map(Node::type).toList();
    int results = located(() -> function.infer(types).size());
    return IntStream.range(0, results)
        .mapToObj(result -> add(new Op.Custom(function, result), operands))
        .toList();
  }

  /// The results of one of two functions; see [ControlFlow.If].
  ///
  /// @param condition `bool[]`, whether it is the first
  /// @param operands what the functions are handed, as nodes of builders of their own: they can use
  ///   nothing else of this builder
  /// @param then the first function
  /// @param otherwise the second one, with results of the same types
  public List<Node> ifElse(
      Node condition,
      List<Node> operands,
      UnaryOperator<List<Node>> then,
      UnaryOperator<List<Node>> otherwise) {
    List<TensorType> types = operands.stream().map(Node::type).toList();
    List<Node> in = new ArrayList<>(List.of(condition));
    in.addAll(operands);
    Graph yes = function("then", types, then);
    Graph no = function("otherwise", types, otherwise);
    return control(located(() -> new ControlFlow.If(yes, no)), in);
  }

  /// Runs a function again and again while a condition holds; see [ControlFlow.While].
  ///
  /// @param limit most trips; needed to collect values
  /// @param carried first values of what is carried from trip to trip
  /// @param constant what stays the same
  /// @param condition whether there is another trip, from what is carried and constant
  /// @param body next values of what is carried, then values to collect, from what is carried and
  ///   constant; condition and body are handed nodes of builders of their own and can use nothing
  ///   else of this one
  /// @return last values of what is carried, then what was collected
  public List<Node> whileLoop(
      OptionalLong limit,
      List<Node> carried,
      List<Node> constant,
      Function<List<Node>, Node> condition,
      UnaryOperator<List<Node>> body) {
    List<Node> in = new ArrayList<>(carried);
    in.addAll(constant);
    List<TensorType> types = in.stream().map(Node::type).toList();
    Graph test = function("condition", types, operands -> List.of(condition.apply(operands)));
    Graph trip = function("body", types, body);
    return control(located(() -> new ControlFlow.While(test, trip, carried.size(), limit)), in);
  }

  private static <T> T located(Supplier<T> body) {
    try {
      return body.get();
    } catch (ShapeException e) {
      throw e.at(callSite());
    }
  }

  /// A function as a graph of its own.
  ///
  /// @param name a label for messages
  /// @param operands types of the inputs
  /// @param body the outputs, from the inputs
  public static Graph function(
      String name, List<TensorType> operands, UnaryOperator<List<Node>> body) {
    GraphBuilder g = new GraphBuilder(name);
    List<Node> in = new ArrayList<>();
    operands.forEach(type -> in.add(g.input("operand" + in.size(), type)));
    List<Node> results = body.apply(List.copyOf(in));
    for (int i = 0; i < results.size(); i++) {
      g.output("result" + i, results.get(i));
    }
    return g.build();
  }

  /// The outputs of a graph, computed here.
  ///
  /// @param graph a function, see [Graph#isPure]
  /// @param operands what takes the place of its inputs, in order
  /// @throws ShapeException if the operands do not fit
  public List<Node> inline(Graph graph, List<Node> operands) {
    List<TensorType> given = operands.stream().map(Node::type).toList();
    List<TensorType> needed = graph.inputs().stream().map(Node::type).toList();
    if (!graph.isPure() || !given.equals(needed)) {
      throw new ShapeException(
          "inline: operands are %s, graph %s has %d variables; need %s and no variables"
              .formatted(given, graph.name(), graph.variables().size(), needed),
          "an operand for each input");
    }
    Map<Node, Node> copies = new HashMap<>();
    for (int i = 0; i < operands.size(); i++) {
      copies.put(graph.inputs().get(i), operands.get(i));
    }
    for (Node node : graph.nodes()) {
      if (!copies.containsKey(node)) {
        copies.put(node, add(node.op(), node.inputs().stream().map(in -> at(copies, in)).toList()));
      }
    }
    return graph.outputs().values().stream().map(output -> at(copies, output)).toList();
  }

  private static Node at(Map<Node, Node> copies, Node node) {
    return Objects.requireNonNull(copies.get(node));
  }

  /// Gives a variable its value for the next run; yields that value.
  ///
  /// @throws ShapeException if the variable is not declared here, has another type, or has been
  ///   assigned already
  public Node assign(String variable, Node value) {
    return add(new Op.Assign(variable), List.of(value));
  }

  /// Names a result of the graph.
  ///
  /// @throws ShapeException if the name is taken
  public void output(String name, Node node) {
    requireOwn(node);
    if (outputs.putIfAbsent(name, node) != null) {
      throw new ShapeException(
              "output: \"%s\" is already declared; need one declaration".formatted(name),
              "another name")
          .at(callSite());
    }
  }

  /// Adds any operation.
  ///
  /// @throws ShapeException if the operands do not fit
  public Node add(Op op, List<Node> operands) {
    return add(op, operands, scope, where);
  }

  /// Adds the operation of a node of another graph to this one, keeping the scope and source line
  /// of the original.
  ///
  /// @param original what to repeat
  /// @param operands its operands, in this builder
  /// @throws ShapeException if the operands do not fit
  public Node copy(Node original, List<Node> operands) {
    return add(original.op(), operands, original.scope(), original.where());
  }

  /// Adds any operation in the place of a node of another graph, whose scope and source line it
  /// takes.
  ///
  /// @param op the operation
  /// @param operands its operands, in this builder
  /// @param origin node whose scope and source line are kept
  /// @throws ShapeException if the operands do not fit
  public Node addAt(Op op, List<Node> operands, Node origin) {
    return add(op, operands, origin.scope(), origin.where());
  }

  /// Adds an operation that comes from a given scope and line; an empty line stands for the user's
  /// line that is running now.
  Node add(Op op, List<Node> operands, String scope, String where) {
    operands.forEach(this::requireOwn);
    String site = where.isEmpty() ? callSite() : where;
    try {
      TensorType type = op.infer(operands.stream().map(Node::type).toList());
      switch (op) {
        case Op.Assign(String variable) -> requireAssignable(variable, type);
        case Op.Input(String input, TensorType _) -> requireFree(inputs, input, op, type);
        case Op.Variable(String variable, TensorType _) ->
            requireFree(variables, variable, op, type);
        default -> {}
      }
      Node node = new Node(this, nodes.size(), op, operands, type, scope, site);
      nodes.add(node);
      switch (op) {
        case Op.Assign(String variable) -> assigns.put(variable, node);
        case Op.Input(String input, TensorType _) -> inputs.put(input, node);
        case Op.Variable(String variable, TensorType _) -> variables.put(variable, node);
        default -> {}
      }
      return node;
    } catch (ShapeException e) {
      throw e.at(site);
    }
  }

  private void requireAssignable(String variable, TensorType type) {
    Node declared = variables.get(variable);
    if (declared == null) {
      throw new ShapeException(
          "assign: no variable \"%s\"; need one of %s".formatted(variable, variables.keySet()),
          "variable(\"%s\", ...) first".formatted(variable));
    }
    if (!declared.type().equals(type)) {
      throw new ShapeException(
          "assign: variable \"%s\" is %s, value is %s; need the same type"
              .formatted(variable, declared.type(), type),
          "reshape(...) or cast(...) of the value");
    }
    if (assigns.containsKey(variable)) {
      throw new ShapeException(
          "assign: variable \"%s\" is assigned already; need at most once".formatted(variable),
          "combine the two values into one");
    }
  }

  private void requireOwn(Node node) {
    if (node.builder() != this) {
      throw new ShapeException(
              "graph %s: node %s belongs to another builder; need nodes of this one"
                  .formatted(name, node),
              "copy(node, operands); in a branch or a loop, an operand for it")
          .at(callSite());
    }
  }

  /// Runs a piece of building code under a name, which the nodes it adds carry. Scopes nest, joined
  /// by `/`.
  public Scope scope(String inner) {
    String outer = scope;
    scope = outer.isEmpty() ? inner : outer + "/" + inner;
    return () -> scope = outer;
  }

  /// Runs a piece of building code on behalf of a node of this builder: what it adds carries the
  /// node's source line and, below the node's scope, the given one.
  Scope onBehalfOf(Node origin, String inner) {
    String outerScope = scope;
    String outerWhere = where;
    scope = origin.scope().isEmpty() ? inner : origin.scope() + "/" + inner;
    where = origin.where();
    return () -> {
      scope = outerScope;
      where = outerWhere;
    };
  }

  /// Ends a scope when closed.
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /// All nodes that outputs and assigns depend on, and all inputs and variables, as a graph. The
  /// builder can go on afterwards.
  public Graph build() {
    boolean[] live = new boolean[nodes.size()];
    outputs.values().forEach(node -> live[node.id()] = true);
    for (Node node : nodes.reversed()) {
      live[node.id()] |=
          switch (node.op()) {
            case Op.Input _, Op.Variable _, Op.Assign _ -> true;
            default -> false;
          };
      if (live[node.id()]) {
        node.inputs().forEach(operand -> live[operand.id()] = true);
      }
    }
    return new Graph(name, nodes.stream().filter(node -> live[node.id()]).toList(), outputs);
  }

  /// The line of user source that is running now, as `Class:line`; empty if there is none.
  static String callSite() {
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(frames ->
            frames
                .filter(frame -> !OURS.contains(frame.getDeclaringClass().getNestHost()))
                .findFirst()
                .map(frame -> frame.getClassName() + ":" + frame.getLineNumber())
                .orElse(""));
  }

  @Override
  public String toString() {
    return "builder of %s with %d nodes, outputs %s"
        .formatted(name, nodes.size(), Arrays.toString(outputs.keySet().toArray()));
  }
}
