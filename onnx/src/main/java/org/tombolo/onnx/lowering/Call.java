package org.tombolo.onnx.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;

/// A node of a model as its operator sees it: inputs, attributes, and the graph to add to.
///
/// Inputs that are left out at the end of the list or by an empty name are absent. Errors name the
/// node.
public final class Call {
  private final Lowering lowering;
  private final Scope scope;
  private final NodeDef node;
  private final long opset;
  private final @Nullable GraphBuilder apart;
  private final List<@Nullable Value> inputs;

  Call(
      Lowering lowering,
      Scope scope,
      NodeDef node,
      long opset,
      @Nullable GraphBuilder apart,
      List<@Nullable Value> inputs) {
    this.lowering = lowering;
    this.scope = scope;
    this.node = node;
    this.opset = opset;
    this.apart = apart;
    this.inputs = inputs;
  }

  /// Version of the operator's domain.
  public long opset() {
    return opset;
  }

  /// The graph to add to.
  public GraphBuilder graph() {
    return apart == null ? lowering.graph() : apart;
  }

  /// Number of inputs, absent ones among them.
  public int inputs() {
    return inputs.size();
  }

  /// Number of outputs that the node names.
  public int outputs() {
    return node.outputs().size();
  }

  /// Whether the node names an output.
  public boolean wants(int output) {
    return output < node.outputs().size() && !node.outputs().get(output).isEmpty();
  }

  /// Whether an input is there.
  public boolean has(int input) {
    return input < inputs.size() && inputs.get(input) != null;
  }

  /// An input of any kind.
  public Value value(int input) {
    Value value = input < inputs.size() ? inputs.get(input) : null;
    if (value == null) {
      throw mistake(
          "has no input %d".formatted(input), "the model anew from the program that wrote it");
    }
    return value;
  }

  /// An input that is a tensor.
  public Value.Dense in(int input) {
    Value value = value(input);
    if (value instanceof Value.Dense dense) {
      return dense;
    }
    throw mistake(
        "input %d is a %s; need a tensor of numbers".formatted(input, value.describe()),
        "another operator for this kind of value");
  }

  /// An input that is a list.
  public Value.Sequence sequence(int input) {
    Value value = value(input);
    if (value instanceof Value.Sequence sequence) {
      return sequence;
    }
    throw mistake(
        "input %d is a %s; need a sequence".formatted(input, value.describe()),
        "another operator for this kind of value");
  }

  /// The node of an input.
  public Node x(int input) {
    return node(in(input));
  }

  /// The node of a value.
  public Node node(Value.Dense value) {
    return apart == null
        ? lowering.here(value)
        : value.node() != null ? value.node() : apart.constant(known(value));
  }

  private static Tensor known(Value.Dense value) {
    return Objects.requireNonNull(value.tensor());
  }

  /// What stands for a node of a graph around in the graph that is being built.
  public Node here(Node outer) {
    return apart == null ? lowering.resolve(outer) : outer;
  }

  /// The node of an input, in single precision where its type is narrower: what is computed in
  /// several steps loses less so.
  public Node wide(int input) {
    return widened(x(input));
  }

  /// A node in single precision where its type is narrower.
  public static Node widened(Node node) {
    return node.dtype() == DType.F16 || node.dtype() == DType.BF16 ? node.cast(DType.F32) : node;
  }

  /// Element type of an input.
  public ElementType type(int input) {
    return in(input).type();
  }

  /// The elements of an input; where they are not known, they are computed first.
  public Tensor host(int input) {
    return host(in(input));
  }

  /// The elements of a value; where they are not known, they are computed first.
  public Tensor host(Value.Dense value) {
    return lowering.host(value);
  }

  /// The elements of an input as whole numbers.
  public long[] wholes(int input) {
    Tensor tensor = host(input);
    long[] out = new long[Math.toIntExact(tensor.type().size())];
    for (int i = 0; i < out.length; i++) {
      out[i] = tensor.longAt(i);
    }
    return out;
  }

  /// The only element of an input, as a whole number.
  public long whole(int input) {
    long[] all = wholes(input);
    if (all.length != 1) {
      throw mistake("input %d has %d elements; need one".formatted(input, all.length), "a scalar");
    }
    return all[0];
  }

  /// Computes on the host, between two graphs: the operands come down, the results go up.
  ///
  /// @param operands what the function takes
  /// @param types of the results
  /// @param function from the operands to the results
  public List<Value.Dense> onHost(
      List<Value.Dense> operands, List<ElementType> types, UnaryOperator<List<Tensor>> function) {
    return lowering.onHost(operands, types, in -> located(function, in));
  }

  /// Runs long after the node was lowered, so that nobody else says which one failed.
  private List<Tensor> located(UnaryOperator<List<Tensor>> function, List<Tensor> in) {
    try {
      return function.apply(in);
    } catch (IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException
        | NegativeArraySizeException
        | IllegalStateException
        | OutOfMemoryError e) {
      throw mistake("on the host: " + e, "other values of its inputs");
    }
  }

  /// An output.
  ///
  /// @param type element type as ONNX has it
  /// @param node computes it; is cast to what carries the type
  public Value.Dense result(ElementType type, Node node) {
    return Value.Dense.of(type, node.cast(type.carried()));
  }

  /// One output of the element type of the first input.
  public List<Value.Dense> like(Node node) {
    return List.of(result(type(0), node));
  }

  /// One output.
  public List<Value.Dense> one(ElementType type, Node node) {
    return List.of(result(type, node));
  }

  /// One output that is known.
  public List<Value.Dense> known(ElementType type, Tensor tensor) {
    return List.of(Value.Dense.of(type, tensor));
  }

  /// One output of whole numbers that is known.
  public List<Value.Dense> known(long[] values, long... dims) {
    TensorType of = new TensorType(DType.I64, Shape.of(dims));
    return known(ElementType.INT64, Tensor.wholes(of, i -> values[(int) i]));
  }

  /// A constant of whole numbers.
  public Node constant(long[] values, long... dims) {
    Shape shape = dims.length == 0 ? Shape.of(values.length) : Shape.of(dims);
    return graph().constant(Tensor.wholes(new TensorType(DType.I64, shape), i -> values[(int) i]));
  }

  /// A constant of floats.
  public Node constant(DType dtype, double[] values, long... dims) {
    Shape shape = dims.length == 0 ? Shape.of(values.length) : Shape.of(dims);
    return graph().constant(Tensor.filled(new TensorType(dtype, shape), i -> values[(int) i]));
  }

  /// A number that tells the node from others of the model, and is the same whenever it is lowered.
  public long identity() {
    return node.outputs().hashCode();
  }

  // Attributes.

  /// Whether an attribute is there.
  public boolean says(String name) {
    return attribute(name) != null;
  }

  private @Nullable Attribute attribute(String name) {
    Attribute given = node.attributes().get(name);
    return given instanceof Attribute.Reference(String outer) ? scope.attribute(outer) : given;
  }

  /// A whole number.
  public long integer(String name, long absent) {
    return switch (attribute(name)) {
      case null -> absent;
      case Attribute.IntValue(long value) -> value;
      case Attribute other -> throw wrong(name, other, "a whole number");
    };
  }

  /// A whole number that fits an axis, counted from the end if it is negative.
  public int axis(String name, long absent, int rank) {
    return axis(integer(name, absent), rank);
  }

  /// An axis counted from the end if it is negative.
  public int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw mistake("axis is %d; need one of %d axes".formatted(axis, rank), "0 for the first");
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /// Axes counted from the end where they are negative.
  public int[] axes(long[] axes, int rank) {
    int[] out = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      out[i] = axis(axes[i], rank);
    }
    return out;
  }

  /// A number.
  public float real(String name, double absent) {
    return switch (attribute(name)) {
      case null -> (float) absent;
      case Attribute.FloatValue(float value) -> value;
      case Attribute.IntValue(long value) -> value;
      case Attribute other -> throw wrong(name, other, "a number");
    };
  }

  /// Text.
  public String text(String name, String absent) {
    return switch (attribute(name)) {
      case null -> absent;
      case Attribute.StringValue(String value) -> value;
      case Attribute other -> throw wrong(name, other, "text");
    };
  }

  /// Whole numbers; null if there are none.
  public long @Nullable [] wholes(String name) {
    return switch (attribute(name)) {
      case null -> null;
      case Attribute.Ints(List<Long> values) ->
          values.stream().mapToLong(Long::longValue).toArray();
      case Attribute.IntValue(long value) -> new long[] {value};
      // An empty list may have lost its type on the way.
      case Attribute.Floats(List<Float> values) when values.isEmpty() -> new long[0];
      case Attribute other -> throw wrong(name, other, "whole numbers");
    };
  }

  /// Whole numbers.
  public long[] wholes(String name, long... absent) {
    long[] given = wholes(name);
    return given == null ? absent : given;
  }

  /// Numbers; null if there are none.
  public float @Nullable [] reals(String name) {
    return switch (attribute(name)) {
      case null -> null;
      case Attribute.Floats(List<Float> values) -> {
        float[] out = new float[values.size()];
        for (int i = 0; i < out.length; i++) {
          out[i] = values.get(i);
        }
        yield out;
      }
      case Attribute other -> throw wrong(name, other, "numbers");
    };
  }

  /// Texts; empty if there are none.
  public List<String> texts(String name) {
    return switch (attribute(name)) {
      case null -> List.of();
      case Attribute.Strings(List<String> values) -> values;
      case Attribute other -> throw wrong(name, other, "texts");
    };
  }

  /// A tensor; null if there is none.
  public @Nullable TensorDef tensor(String name) {
    return switch (attribute(name)) {
      case null -> null;
      case Attribute.TensorValue(TensorDef value) -> value;
      case Attribute other -> throw wrong(name, other, "a tensor");
    };
  }

  /// An element type by its number.
  public ElementType elementType(String name, ElementType absent) {
    long number = integer(name, absent.number());
    return lowering.carried(
        ElementType.numbered(number)
            .orElseThrow(() ->
                mistake("%s is %d; need an element type".formatted(name, number), "1 for float")),
        node);
  }

  /// A graph that the operator runs.
  public GraphDef body(String name) {
    if (attribute(name) instanceof Attribute.GraphValue(GraphDef body)) {
      return body;
    }
    throw mistake("has no graph \"%s\"".formatted(name), "the model anew from its program");
  }

  /// The outputs of a graph of the node, which sees the values around the node.
  ///
  /// @param body the graph
  /// @param arguments a value for each of its inputs
  public List<Value> run(GraphDef body, List<? extends Value> arguments) {
    if (body.inputs().size() != arguments.size()) {
      throw mistake(
          "graph \"%s\" has %d inputs; need %d"
              .formatted(body.name(), body.inputs().size(), arguments.size()),
          "the model anew from the program that wrote it");
    }
    return lowering.body(body, List.copyOf(arguments), scope);
  }

  /// Adds a loop to the graph, see [Body#loop].
  ///
  /// @param limit most trips
  /// @param first a condition `bool[]`, then first values of what is carried
  /// @param body from the number of the trip `i64[]`, a condition, and what is carried: whether
  ///   there is another trip, then next values of the same types, then what is collected
  /// @throws NotStaticException if the body cannot be lowered once for all trips
  public Looped loop(long limit, List<Node> first, UnaryOperator<List<Node>> body) {
    List<TensorType> types = new ArrayList<>(List.of(new TensorType(DType.I64, Shape.SCALAR)));
    first.forEach(node -> types.add(node.type()));
    Body lowered =
        lowering.inner(
            types,
            in -> {
              Node one =
                  graph().constant(Tensor.wholes(new TensorType(DType.I64, Shape.SCALAR), _ -> 1));
              List<Node> out = new ArrayList<>(List.of(in.getFirst().add(one)));
              out.addAll(body.apply(in));
              for (int i = 1; i < types.size(); i++) {
                if (!out.get(i).type().equals(types.get(i))) {
                  throw new NotStaticException("a carried value changes its type");
                }
              }
              return out;
            });
    return lowered.loop(graph(), limit, first.stream().map(lowering::resolve).toList());
  }

  /// Says that the body of a loop has to be lowered trip by trip.
  public RuntimeException notStatic(String why) {
    return new NotStaticException(why);
  }

  /// Whether the failure of a loop says that its trips have to be lowered one by one.
  public static boolean isNotStatic(RuntimeException failure) {
    return failure instanceof NotStaticException;
  }

  /// A constant of a file as a value.
  public Value constant(TensorDef tensor) {
    return Value.of(tensor, "node " + node.label());
  }

  private OnnxException wrong(String name, Attribute other, String needed) {
    return mistake(
        "attribute \"%s\" is %s; need %s".formatted(name, other, needed),
        "the model anew from the program that wrote it");
  }

  /// An error at this node.
  ///
  /// @param problem what was seen and what is needed
  /// @param remedy what to try
  public OnnxException mistake(String problem, String remedy) {
    List<String> seen = new ArrayList<>();
    for (Value input : inputs) {
      seen.add(input == null ? "-" : input.describe());
    }
    return new OnnxException(
        "node %s, opset %d, inputs %s: %s".formatted(node.label(), opset, seen, problem), remedy);
  }
}
