package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.Composite;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;

/// Writes the nodes of one graph, of the model or of a branch, a loop or a decomposition.
///
/// What has no work of its own (constants, positions, repetition, other extents) is written where
/// it is first used, and not at all where ONNX repeats by itself.
final class GraphWriter {
  private final Draft draft;
  private final List<String> problems;
  private final String scope;
  private final ElementNodes elements;
  private final FoldNodes folds;
  private final IndexNodes indices;
  private final WindowNodes windows;
  private final ProductNodes products;
  private final CompositeNodes composites;
  private final FlowNodes flows;
  private final Map<Node, Ref> done = new HashMap<>();
  private final Map<List<?>, List<Ref>> flown = new HashMap<>();

  /// @param problems takes what ONNX cannot say
  /// @param scope what names of nodes begin with
  GraphWriter(Draft draft, List<String> problems, String scope) {
    this.draft = draft;
    this.problems = problems;
    this.scope = scope;
    this.elements = new ElementNodes(draft);
    this.folds = new FoldNodes(draft, elements);
    this.indices = new IndexNodes(draft);
    this.windows = new WindowNodes(draft, elements);
    this.products = new ProductNodes(draft, windows);
    this.composites = new CompositeNodes(draft);
    this.flows = new FlowNodes(draft, problems);
  }

  /// Says what a node's value is: an input or a variable.
  void bind(Node node, Ref value) {
    done.put(node, value);
  }

  /// Writes a graph.
  ///
  /// @param wanted names for nodes, where they can be given
  /// @return values of the outputs, in order
  List<Ref> write(Graph graph, Map<Node, String> wanted) {
    for (Node node : graph.nodes()) {
      if (!isLazy(node)) {
        Ref value = ref(node);
        String name = wanted.get(node);
        if (name != null && Collections.frequency(done.values(), value) == 1) {
          done.put(node, draft.renamedIfLast(value, name));
        }
      }
    }
    return graph.outputs().values().stream().map(this::ref).toList();
  }

  /// Writes a function into the same list of nodes.
  ///
  /// @param label of the function, for names
  /// @return values of the outputs, in order
  static List<Ref> inline(
      Draft draft, List<String> problems, String label, Graph function, List<Ref> operands) {
    GraphWriter writer = new GraphWriter(draft, problems, label);
    for (int i = 0; i < operands.size(); i++) {
      writer.bind(function.inputs().get(i), operands.get(i));
    }
    return writer.write(function, Map.of());
  }

  private static boolean isLazy(Node node) {
    return switch (node.op()) {
      case Op.Input _, Op.Variable _, Op.Constant _, Op.Iota _, Op.Broadcast _, Op.Reshape _ ->
          true;
      default -> false;
    };
  }

  private String label(Node node) {
    return scope.isEmpty() || node.scope().isEmpty()
        ? scope + node.scope()
        : scope + "/" + node.scope();
  }

  private Ref ref(Node node) {
    Ref known = done.get(node);
    if (known == null) {
      // First what it needs, so that names keep their scopes.
      if (node.op() instanceof Op.Reshape || node.op() instanceof Op.Broadcast) {
        ref(node.input(0));
      }
      draft.within(label(node));
      known = written(node);
      done.put(node, known);
    }
    return known;
  }

  private Ref written(Node node) {
    if (node.type().size() == 0 && !(node.op() instanceof Op.Assign)) {
      return draft.constant(Tensor.full(node.type(), 0));
    }
    return switch (node.op()) {
      case Op.Input _, Op.Variable _ ->
          throw new IllegalStateException(node + " was not bound before");
      case Op.Constant(Tensor value) -> draft.constant(value);
      case Op.Iota _ -> draft.expand(positions(node), node.shape());
      case Op.RandomBits random ->
          inline(
                  draft,
                  problems,
                  label(node) + "/random_bits",
                  PhiloxGraph.of(random),
                  operands(node))
              .getFirst();
      case Op.Unary(var fn) -> elements.unary(fn, ref(node.input(0)));
      case Op.Binary(var fn) -> {
        List<Ref> in = repeatable(node);
        yield elements.binary(fn, in.get(0), in.get(1), isHarmless(fn, node.input(1)));
      }
      case Op.Compare(var fn) -> {
        List<Ref> in = repeatable(node);
        yield elements.compare(fn, in.get(0), in.get(1));
      }
      case Op.Select() -> {
        List<Ref> in = repeatable(node);
        yield draft.where(in.get(0), in.get(1), in.get(2));
      }
      case Op.Cast(DType to) -> elements.cast(ref(node.input(0)), to);
      case Op.Reshape(Shape to) -> draft.reshape(ref(node.input(0)), to);
      case Op.Permute(var axes) -> draft.permute(ref(node.input(0)), axes);
      case Op.Broadcast(Shape to) -> draft.expand(ref(node.input(0)), to);
      case Op.Slice(var starts, var limits, var strides) ->
          draft.slice(ref(node.input(0)), starts, limits, strides);
      case Op.Pad(var low, var high, var interior, double value) ->
          draft.pad(ref(node.input(0)), low, high, interior, value);
      case Op.Reverse(var axes) -> reverse(ref(node.input(0)), axes);
      case Op.Concat(int axis) -> {
        Ref[] parts =
            operands(node).stream().filter(part -> part.dim(axis) != 0).toArray(Ref[]::new);
        yield parts.length == 1 ? parts[0] : draft.concat(axis, node.type(), parts);
      }
      case Op.Reduce reduce -> folds.reduce(reduce, ref(node.input(0)), node.type());
      case Op.Dot dot -> products.dot(dot, ref(node.input(0)), ref(node.input(1)), node.type());
      case Op.Conv conv -> products.conv(conv, ref(node.input(0)), ref(node.input(1)), node.type());
      case Op.ReduceWindow window -> windows.reduce(window, ref(node.input(0)), node.type());
      case Op.WindowMaxGrad grad -> windows.maxGrad(grad, ref(node.input(0)), ref(node.input(1)));
      case Op.Gather gather -> {
        long extent = node.input(0).type().dim(gather.axis());
        boolean inside = allKnown(node.input(1), index -> 0 <= index && index < extent);
        yield indices.gather(gather, ref(node.input(0)), ref(node.input(1)), node.type(), inside);
      }
      case Op.ScatterAdd scatter ->
          indices.scatterAdd(scatter, ref(node.input(0)), ref(node.input(1)), ref(node.input(2)));
      case Op.Scan scan -> folds.scan(scan, ref(node.input(0)));
      case Op.ArgReduce arg -> folds.argReduce(arg, ref(node.input(0)), node.type());
      case Op.ArgSort sort -> folds.argSort(sort, ref(node.input(0)), node.type());
      case Op.Assign(String variable) -> {
        problems.add(
            "%s: ONNX models keep nothing from run to run; need a graph that assigns no variable \"%s\""
                .formatted(place(node), variable));
        yield ref(node.input(0));
      }
      case Op.Call(Composite function) -> {
        List<Ref> in = operands(node);
        draft.within(label(node));
        yield composites
            .node(function, in)
            .orElseGet(() ->
                inline(
                        draft,
                        problems,
                        label(node) + "/" + function.name(),
                        function.graph(in.stream().map(Ref::type).toList()),
                        in)
                    .getFirst());
      }
      case Op.Control(var flow, int result) -> {
        List<Ref> in = operands(node);
        yield flown
            .computeIfAbsent(List.of(flow, node.inputs()), _ -> flows.write(flow, in))
            .get(result);
      }
      case Op.Custom(CustomFunction function, int _) -> {
        problems.add(
            "%s: %s is code; need operations, which ONNX has"
                .formatted(place(node), function.name()));
        yield draft.constant(Tensor.full(node.type(), 0));
      }
    };
  }

  /// How messages name a node.
  static String place(Node node) {
    String where = node.where().isEmpty() ? "" : " at " + node.where();
    return "node " + node + where;
  }

  private List<Ref> operands(Node node) {
    return node.inputs().stream().map(this::ref).toList();
  }

  /// Operands of a function of elements, not repeated where ONNX does so by itself.
  private List<Ref> repeatable(Node node) {
    List<Ref> in = new ArrayList<>();
    for (Node operand : node.inputs()) {
      in.add(unrepeated(operand));
    }
    if (!Draft.repeated(in.toArray(Ref[]::new)).equals(node.shape())) {
      in.set(0, ref(node.input(0)));
    }
    draft.within(label(node));
    return in;
  }

  private Ref unrepeated(Node node) {
    if (done.containsKey(node)) {
      return ref(node);
    }
    if (node.op() instanceof Op.Iota && node.type().size() > 0) {
      return positions(node);
    }
    if (!(node.op() instanceof Op.Broadcast)) {
      return ref(node);
    }
    Node source = node.input(0);
    while (source.op() instanceof Op.Reshape && addsLeadingAxes(source)) {
      source = source.input(0);
    }
    return ref(source);
  }

  private static boolean addsLeadingAxes(Node reshape) {
    List<Long> before = reshape.input(0).shape().toList();
    List<Long> after = reshape.shape().toList();
    int added = after.size() - before.size();
    return added >= 0
        && after.subList(added, after.size()).equals(before)
        && after.subList(0, added).stream().allMatch(extent -> extent == 1);
  }

  /// Positions along the axis, with extent 1 along the others.
  private Ref positions(Node node) {
    if (!(node.op() instanceof Op.Iota(var type, int axis))) {
      throw new IllegalArgumentException(node + " is no iota");
    }
    long[] extents = new long[type.rank() - axis];
    Arrays.fill(extents, 1);
    extents[0] = type.dim(axis);
    return draft.constant(Tensor.filled(type.withShape(Shape.of(extents)), i -> i));
  }

  private Ref reverse(Ref x, List<Integer> axes) {
    List<Long> starts = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
    List<Long> limits = new ArrayList<>(x.shape().toList());
    List<Long> steps = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
    for (int axis : axes) {
      starts.set(axis, x.dim(axis) - 1);
      limits.set(axis, -1L);
      steps.set(axis, -1L);
    }
    return draft.slice(x, starts, limits, steps);
  }

  private static boolean isHarmless(BinaryFn fn, Node second) {
    long width = second.dtype().bytes() * 8L;
    return switch (fn) {
      case DIV, REM -> allKnown(second, divisor -> divisor != 0 && divisor != -1);
      case SHL, SHR -> allKnown(second, count -> 0 <= count && count < width);
      default -> true;
    };
  }

  /// Whether all elements are constants that fulfil a condition.
  private static boolean allKnown(Node node, LongPredicate condition) {
    Node source = node;
    while (source.op() instanceof Op.Broadcast || source.op() instanceof Op.Reshape) {
      source = source.input(0);
    }
    return source.op() instanceof Op.Constant(Tensor value)
        && value.type().dtype().isInteger()
        && LongStream.range(0, value.type().size()).map(value::longAt).allMatch(condition);
  }
}
