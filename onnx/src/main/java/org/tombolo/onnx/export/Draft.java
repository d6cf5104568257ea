package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.TensorDef;

/// The nodes of a graph of a model in the making, with the constants and names of the whole model.
final class Draft {
  /// The version of ONNX's operators that models are written in.
  static final long OPSET = 17;

  /// The one that has bitwise operators first.
  static final long BITWISE_OPSET = 18;

  /// What all graphs of a model share.
  private static final class Model {
    private final long opset;
    private final Set<String> names = new HashSet<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private final Map<Tensor, Ref> constants = new HashMap<>();
    private final List<TensorDef> initializers = new ArrayList<>();
    private boolean bitwise;

    Model(long opset) {
      this.opset = opset;
    }
  }

  private record Permutation(Ref source, List<Integer> axes) {}

  private final Model model;
  private final List<NodeDef> nodes = new ArrayList<>();
  private final Map<String, Permutation> permutations = new HashMap<>();
  private String scope = "";

  Draft(long opset) {
    this(new Model(opset));
  }

  private Draft(Model model) {
    this.model = model;
  }

  /// A graph within a node of this one; sees its values.
  Draft body() {
    return new Draft(model);
  }

  List<NodeDef> nodes() {
    return nodes;
  }

  List<TensorDef> initializers() {
    return model.initializers;
  }

  /// The version that the nodes need.
  long opset() {
    return model.bitwise ? BITWISE_OPSET : model.opset;
  }

  /// Notes that a bitwise operator is used.
  void needBitwise() {
    model.bitwise = true;
  }

  /// Whether reductions take their axes as an input, not as an attribute.
  boolean reducesByInput() {
    return model.opset >= BITWISE_OPSET;
  }

  /// What the names of the next nodes begin with.
  void within(String name) {
    scope = name.isEmpty() ? "" : name + "/";
  }

  /// Takes a name; false if it is taken already.
  boolean take(String name) {
    return !name.isEmpty() && model.names.add(name);
  }

  /// A name that nothing else has.
  String fresh(String stem) {
    String name;
    do {
      name = stem + "_" + model.counts.merge(stem, 1, Integer::sum);
    } while (!take(name));
    return name;
  }

  // Nodes.

  /// Adds a node with one result.
  Ref node(String operator, TensorType result, Map<String, Attribute> attributes, Ref... in) {
    return node(operator, List.of(result), attributes, Arrays.stream(in).map(Ref::name).toList())
        .getFirst();
  }

  /// Adds a node with one result.
  Ref node(String operator, TensorType result, Ref... in) {
    return node(operator, result, Map.of(), in);
  }

  /// Adds a node.
  ///
  /// @param in names; an empty one is left out
  List<Ref> node(
      String operator,
      List<TensorType> results,
      Map<String, Attribute> attributes,
      List<String> in) {
    List<Ref> out = new ArrayList<>();
    for (TensorType result : results) {
      out.add(new Ref(fresh(scope + operator.toLowerCase(Locale.ROOT)), result));
    }
    List<String> names = out.stream().map(Ref::name).toList();
    nodes.add(new NodeDef(names.getFirst(), "", operator, in, names, attributes));
    return out;
  }

  /// Gives the result of the last node another name, if that is what the value is.
  ///
  /// @return the value under its present name
  Ref renamedIfLast(Ref value, String name) {
    if (nodes.isEmpty() || !nodes.getLast().outputs().equals(List.of(value.name()))) {
      return value;
    }
    NodeDef last = nodes.removeLast();
    nodes.add(
        new NodeDef(name, "", last.operator(), last.inputs(), List.of(name), last.attributes()));
    Permutation permutation = permutations.remove(value.name());
    if (permutation != null) {
      permutations.put(name, permutation);
    }
    return new Ref(name, value.type());
  }

  // Attributes.

  static Map<String, Attribute> attribute(String name, long value) {
    return Map.of(name, new Attribute.IntValue(value));
  }

  static Map<String, Attribute> attribute(String name, List<Long> values) {
    return Map.of(name, new Attribute.Ints(values));
  }

  // Constants.

  /// A known value under a name of its own.
  Ref initializer(String name, Tensor value) {
    model.initializers.add(
        new TensorDef(
            name, ElementType.of(value.type().dtype()), value.shape(), value.data(), List.of()));
    return new Ref(name, value.type());
  }

  /// A known value; equal ones are there once.
  Ref constant(Tensor value) {
    return model.constants.computeIfAbsent(value, _ -> initializer(fresh("constant"), value));
  }

  Ref scalar(DType dtype, double value) {
    return constant(Tensor.full(new TensorType(dtype, Shape.SCALAR), value));
  }

  Ref wholes(List<Long> values) {
    return constant(
        Tensor.wholes(TensorType.of(DType.I64, values.size()), i -> values.get((int) i)));
  }

  Ref wholes(Shape shape) {
    return wholes(shape.toList());
  }

  /// Every element the same.
  Ref full(TensorType type, double value) {
    return type.size() == 0
        ? constant(Tensor.full(type, 0))
        : expand(scalar(type.dtype(), value), type.shape());
  }

  // Elements.

  /// A function of elements; shapes repeat as ONNX has it.
  Ref map(String operator, DType result, Ref... in) {
    return node(operator, new TensorType(result, repeated(in)), in);
  }

  /// A function of elements whose result has the type of the last operand.
  Ref map(String operator, Ref... in) {
    return map(operator, in[in.length - 1].dtype(), in);
  }

  /// The shape that operands of a function of elements are repeated to.
  static Shape repeated(Ref... in) {
    int rank = Arrays.stream(in).mapToInt(Ref::rank).max().orElse(0);
    long[] extents = new long[rank];
    Arrays.fill(extents, 1);
    for (Ref operand : in) {
      int first = rank - operand.rank();
      for (int axis = 0; axis < operand.rank(); axis++) {
        if (operand.dim(axis) != 1) {
          extents[first + axis] = operand.dim(axis);
        }
      }
    }
    return Shape.of(extents);
  }

  /// ONNX's own cast, which says nothing of floats beyond the range of an integer type.
  Ref cast(Ref x, DType to) {
    return x.dtype() == to
        ? x
        : node("Cast", x.type().withDType(to), attribute("to", ElementType.of(to).number()), x);
  }

  Ref where(Ref condition, Ref yes, Ref no) {
    return map("Where", condition, yes, no);
  }

  // Movement.

  Ref reshape(Ref x, Shape to) {
    if (x.shape().equals(to)) {
      return x;
    }
    boolean hasZero = to.toList().contains(0L);
    Map<String, Attribute> zeros = hasZero ? attribute("allowzero", 1) : Map.of();
    return node("Reshape", x.type().withShape(to), zeros, x, wholes(to));
  }

  /// Axes in another order; two permutations after each other are one.
  Ref permute(Ref x, List<Integer> axes) {
    if (axes.equals(IntStream.range(0, axes.size()).boxed().toList())) {
      return x;
    }
    Permutation before = permutations.get(x.name());
    if (before != null) {
      return permute(before.source, axes.stream().map(before.axes::get).toList());
    }
    TensorType type = x.type().withShape(Shape.of(axes.stream().map(x::dim).toList()));
    Ref out =
        node(
            "Transpose",
            type,
            attribute("perm", axes.stream().map(Integer::longValue).toList()),
            x);
    permutations.put(out.name(), new Permutation(x, axes));
    return out;
  }

  /// Undoes [#permute].
  Ref permuteBack(Ref x, List<Integer> axes) {
    return permute(x, IntStream.range(0, axes.size()).map(axes::indexOf).boxed().toList());
  }

  Ref expand(Ref x, Shape to) {
    return x.shape().equals(to) ? x : node("Expand", x.type().withShape(to), x, wholes(to));
  }

  /// Some elements along each axis.
  ///
  /// @param limits one past the last; -1 where a negative step goes to the first
  /// @param steps not 0
  Ref slice(Ref x, List<Long> starts, List<Long> limits, List<Long> steps) {
    List<Long> axes = new ArrayList<>();
    List<Long> from = new ArrayList<>();
    List<Long> to = new ArrayList<>();
    List<Long> by = new ArrayList<>();
    long[] extents = x.shape().toArray();
    for (int axis = 0; axis < extents.length; axis++) {
      long start = starts.get(axis);
      long limit = limits.get(axis);
      long step = steps.get(axis);
      if (start != 0 || limit != extents[axis] || step != 1) {
        axes.add((long) axis);
        from.add(start);
        to.add(limit < 0 ? Long.MIN_VALUE : limit);
        by.add(step);
        extents[axis] = Math.max(0, Math.ceilDiv(limit - start, step));
      }
    }
    return axes.isEmpty()
        ? x
        : node(
            "Slice",
            x.type().withShape(Shape.of(extents)),
            x,
            wholes(from),
            wholes(to),
            wholes(axes),
            wholes(by));
  }

  /// Elements from `start` up to `limit` along one axis.
  Ref slice(Ref x, int axis, long start, long limit) {
    List<Long> starts = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
    List<Long> limits = new ArrayList<>(x.shape().toList());
    starts.set(axis, start);
    limits.set(axis, limit);
    return slice(x, starts, limits, Collections.nCopies(x.rank(), 1L));
  }

  /// Adds a number around and between elements; negative numbers of them take elements away.
  Ref pad(Ref x, List<Long> low, List<Long> high, List<Long> interior, double value) {
    Ref spread = spread(x, interior, value);
    List<Long> starts = new ArrayList<>();
    List<Long> limits = new ArrayList<>();
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      before.add(Math.max(0, low.get(axis)));
      after.add(Math.max(0, high.get(axis)));
    }
    Ref padded = around(spread, before, after, value);
    for (int axis = 0; axis < x.rank(); axis++) {
      starts.add(Math.max(0, -low.get(axis)));
      limits.add(padded.dim(axis) - Math.max(0, -high.get(axis)));
    }
    return slice(padded, starts, limits, Collections.nCopies(x.rank(), 1L));
  }

  private Ref around(Ref x, List<Long> before, List<Long> after, double value) {
    long[] extents = x.shape().toArray();
    boolean nothing = true;
    for (int axis = 0; axis < extents.length; axis++) {
      extents[axis] += before.get(axis) + after.get(axis);
      nothing &= before.get(axis) == 0 && after.get(axis) == 0;
    }
    TensorType type = x.type().withShape(Shape.of(extents));
    if (nothing) {
      return x;
    }
    if (x.type().size() == 0) {
      return full(type, value);
    }
    List<Long> pads = new ArrayList<>(before);
    pads.addAll(after);
    return node("Pad", type, x, wholes(pads), scalar(x.dtype(), value));
  }

  /// Puts a number between elements: each gets a row of them behind, which is cut after the last.
  private Ref spread(Ref x, List<Long> interior, double value) {
    boolean nothing = true;
    for (int axis = 0; axis < x.rank(); axis++) {
      nothing &= interior.get(axis) == 0 || x.dim(axis) < 2;
    }
    if (nothing) {
      return x;
    }
    List<Long> split = new ArrayList<>();
    List<Long> none = new ArrayList<>();
    List<Long> behind = new ArrayList<>();
    List<Long> joined = new ArrayList<>();
    List<Long> limits = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      long step = interior.get(axis) + 1;
      split.addAll(List.of(x.dim(axis), 1L));
      none.addAll(List.of(0L, 0L));
      behind.addAll(List.of(0L, step - 1));
      joined.add(x.dim(axis) * step);
      limits.add(Math.max(0, (x.dim(axis) - 1) * step + 1));
    }
    Ref rows = around(reshape(x, Shape.of(split)), none, behind, value);
    return slice(
        reshape(rows, Shape.of(joined)),
        Collections.nCopies(x.rank(), 0L),
        limits,
        Collections.nCopies(x.rank(), 1L));
  }

  Ref concat(int axis, TensorType type, Ref... parts) {
    return node("Concat", type, attribute("axis", axis), parts);
  }
}
