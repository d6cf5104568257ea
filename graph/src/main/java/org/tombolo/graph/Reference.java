package org.tombolo.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Says what every operation means: an interpreter that favours obviousness over speed and outranks
/// all fast code.
///
/// Floats of every type are computed in double precision and not rounded from one operation to the
/// next; what is fed, constants, [Op.Iota] and the result of an [Op.Cast] are elements of their
/// type exactly. Only what is delivered is rounded to its type, and [Result#doubles] gives it
/// unrounded. Integers wrap to their width after each operation. Sums run in index order.
/// Composites run by decomposing.
public final class Reference {
  private Reference() {}

  /// Runs a graph.
  ///
  /// @param inputs a tensor for the name of each input, and for nothing else
  /// @param variables a tensor for the name of each variable; others are left alone
  /// @throws IllegalArgumentException if one is missing, unknown or of another type
  public static Result run(Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables) {
    Feeds.requireInputs(graph, inputs);
    Feeds.requireVariables(graph, variables);
    Map<Node, Values> values = new HashMap<>();
    graph
        .inputs()
        .forEach(node ->
            values.put(node, Values.of(Feeds.named(inputs, ((Op.Input) node.op()).name()))));
    graph
        .variables()
        .forEach(node ->
            values.put(node, Values.of(Feeds.named(variables, ((Op.Variable) node.op()).name()))));
    compute(graph, values);
    SequencedMap<String, Values> outputs = new LinkedHashMap<>();
    graph.outputs().forEach((name, node) -> outputs.put(name, values.get(node)));
    SequencedMap<String, Values> assigned = new LinkedHashMap<>();
    for (Node node : graph.assigns()) {
      if (node.op() instanceof Op.Assign(String variable)) {
        assigned.put(variable, values.get(node));
      }
    }
    return new Result(outputs, assigned);
  }

  /// Runs a graph without variables.
  ///
  /// @param inputs a tensor for each input, in the order of [Graph#inputs]
  /// @return the outputs, in the order of [Graph#outputs]
  /// @throws IllegalArgumentException if the number or a type differs, or there are variables
  public static List<Tensor> run(Graph graph, List<Tensor> inputs) {
    Map<String, Tensor> named = Feeds.byName(graph, inputs);
    return List.copyOf(run(graph, named, Map.of()).outputs().values());
  }

  /// Computes one operation, with the result rounded to its type.
  ///
  /// @param op any operation but [Op.Input] and [Op.Variable], whose values are fed
  /// @param operands its operands
  /// @throws ShapeException if the operands do not fit
  public static Tensor evaluate(Op op, List<Tensor> operands) {
    TensorType type = op.infer(operands.stream().map(Tensor::type).toList());
    return apply(op, type, operands.stream().map(Values::of).toList()).toTensor();
  }

  /// The outputs of a graph without variables.
  static List<Values> call(Graph graph, List<Values> inputs) {
    Map<Node, Values> values = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      values.put(graph.inputs().get(i), inputs.get(i));
    }
    compute(graph, values);
    return graph.outputs().values().stream().map(values::get).toList();
  }

  /// Adds the values of all nodes to those of the inputs and variables.
  private static void compute(Graph graph, Map<Node, Values> values) {
    Map<List<?>, List<Values>> ran = new HashMap<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Op.Control(ControlFlow flow, int result)) {
        List<Values> results =
            ran.computeIfAbsent(
                List.of(flow, node.inputs()),
                _ -> ControlReference.run(flow, operands(node, values)));
        values.put(node, results.get(result));
      } else if (node.op() instanceof Op.Custom(CustomFunction function, int result)) {
        List<Values> results =
            ran.computeIfAbsent(
                List.of(function, node.inputs()), _ -> custom(function, operands(node, values)));
        values.put(node, results.get(result));
      } else if (!values.containsKey(node)) {
        values.put(node, apply(node.op(), node.type(), operands(node, values)));
      }
    }
  }

  private static List<Values> operands(Node node, Map<Node, Values> values) {
    return node.inputs().stream().map(values::get).toList();
  }

  private static Values apply(Op op, TensorType type, List<Values> in) {
    return switch (op) {
      case Op.Input _, Op.Variable _ ->
          throw new IllegalArgumentException(
              "reference: the value of %s %s is not computed; need it fed\n  try: run(graph, ..)"
                  .formatted(op.mnemonic(), type));
      case Op.Constant(Tensor value) -> Values.of(value);
      case Op.Iota(TensorType _, int axis) -> iota(type, axis);
      case Op.RandomBits _ -> {
        long[] key = in.get(0).wholes;
        yield Values.wholes(type, i -> Philox.word(key[0], key[1], i));
      }
      case Op.Unary(UnaryFn fn) -> {
        Values x = in.get(0);
        yield Values.computed(
            type, i -> Scalars.unary(fn, x.reals[i]), i -> Scalars.unary(fn, x.wholes[i]));
      }
      case Op.Binary(BinaryFn fn) -> {
        Values x = in.get(0);
        Values y = in.get(1);
        yield Values.computed(
            type,
            i -> Scalars.binary(fn, x.reals[i], y.reals[i]),
            i -> Scalars.binary(fn, type.dtype(), x.wholes[i], y.wholes[i]));
      }
      case Op.Compare(CompareFn fn) -> compare(fn, type, in.get(0), in.get(1));
      case Op.Select() -> {
        long[] condition = in.get(0).wholes;
        Values yes = in.get(1);
        Values no = in.get(2);
        yield Values.computed(
            type,
            i -> condition[i] != 0 ? yes.reals[i] : no.reals[i],
            i -> condition[i] != 0 ? yes.wholes[i] : no.wholes[i]);
      }
      case Op.Cast(DType to) -> cast(to, type, in.get(0));
      case Op.Reshape _ -> in.get(0).as(type);
      case Op.Permute(List<Integer> axes) ->
          in.get(0).gathered(type, Values.places(in.get(0).type.shape(), axes), 0);
      case Op.Broadcast(Shape to) ->
          moved(type, in.get(0), (axis, i) -> in.get(0).type.dim(axis) == to.dim(axis) ? i : 0, 0);
      case Op.Slice(List<Long> starts, List<Long> _, List<Long> strides) ->
          moved(type, in.get(0), (axis, i) -> starts.get(axis) + i * strides.get(axis), 0);
      case Op.Pad(List<Long> low, List<Long> _, List<Long> interior, double value) ->
          moved(
              type,
              in.get(0),
              (axis, i) -> {
                long position = i - low.get(axis);
                long step = interior.get(axis) + 1;
                boolean within =
                    position >= 0
                        && position % step == 0
                        && position / step < in.get(0).type.dim(axis);
                return within ? position / step : -1;
              },
              value);
      case Op.Reverse(List<Integer> axes) ->
          moved(type, in.get(0), (axis, i) -> axes.contains(axis) ? type.dim(axis) - 1 - i : i, 0);
      case Op.Concat(int axis) -> concat(type, axis, in);
      case Op.Reduce(ReduceFn fn, List<Integer> axes) -> reduce(fn, axes, type, in.get(0));
      case Op.Dot dot -> dot(dot, type, in.get(0), in.get(1));
      case Op.Conv conv -> conv(conv, type, in.get(0), in.get(1));
      case Op.ReduceWindow(ReduceFn fn, List<WindowDim> window) -> {
        Values x = in.get(0);
        yield fold(fn, type, x, o -> underWindow(x, window, type.shape(), o));
      }
      case Op.WindowMaxGrad(List<WindowDim> window) ->
          windowMaxGrad(window, type, in.get(0), in.get(1));
      case Op.Gather gather -> IndexReference.gather(gather, type, in.get(0), in.get(1));
      case Op.ScatterAdd scatter ->
          IndexReference.scatterAdd(scatter, in.get(0), in.get(1), in.get(2));
      case Op.Scan scan -> IndexReference.scan(scan, type, in.get(0));
      case Op.ArgReduce arg -> IndexReference.argReduce(arg, type, in.get(0));
      case Op.ArgSort sort -> IndexReference.argSort(sort, type, in.get(0));
      case Op.Assign _ -> in.get(0);
      case Op.Call(Composite function) -> call(function, in);
      case Op.Control(ControlFlow flow, int result) -> ControlReference.run(flow, in).get(result);
      case Op.Custom(CustomFunction function, int result) -> custom(function, in).get(result);
    };
  }

  /// All results of a function from outside, which is handed its operands rounded to their types.
  private static List<Values> custom(CustomFunction function, List<Values> in) {
    List<Tensor> results = function.evaluate(in.stream().map(Values::toTensor).toList());
    return results.stream().map(Values::of).toList();
  }

  private static Values iota(TensorType type, int axis) {
    long stride = type.shape().strides()[axis];
    long extent = type.dim(axis);
    return Values.computed(
        type,
        i -> Scalars.round(type.dtype(), (double) (i / stride % extent)),
        i -> i / stride % extent);
  }

  private static Values compare(CompareFn fn, TensorType type, Values x, Values y) {
    return Values.wholes(
        type,
        i -> {
          boolean holds =
              x.isFloat()
                  ? Scalars.compare(fn, x.reals[i], y.reals[i])
                  : Scalars.compare(fn, x.wholes[i], y.wholes[i]);
          return holds ? 1 : 0;
        });
  }

  private static Values cast(DType to, TensorType type, Values x) {
    if (x.isFloat()) {
      return Values.computed(
          type, i -> Scalars.round(to, x.reals[i]), i -> Scalars.toWhole(to, x.reals[i]));
    }
    return Values.computed(
        type,
        i -> Scalars.toFloat(to, x.wholes[i]),
        i -> to == DType.BOOL && x.wholes[i] != 0 ? 1 : x.wholes[i]);
  }

  /// Operand index along an axis for a result index; -1 for none.
  @FunctionalInterface
  private interface IndexMap {
    long operandIndex(int axis, long index);
  }

  /// Elements whose index along each axis depends on the result's index along the same axis only.
  private static Values moved(TensorType type, Values x, IndexMap map, double filler) {
    List<long[]> indices = new ArrayList<>();
    for (int axis : axes(type.rank())) {
      indices.add(
          LongStream.range(0, type.dim(axis)).map(i -> map.operandIndex(axis, i)).toArray());
    }
    return x.gathered(type, Values.places(x.type.shape(), axes(type.rank()), indices), filler);
  }

  private static Values concat(TensorType type, int axis, List<Values> in) {
    Values out = Values.zeros(type);
    long first = 0;
    for (Values part : in) {
      long start = first;
      long end = start + part.type.dim(axis);
      List<long[]> indices =
          axes(type.rank()).stream()
              .map(
                  a -> a == axis ? LongStream.range(start, end).toArray() : Values.all(type.dim(a)))
              .toList();
      int[] places = Values.places(type.shape(), axes(type.rank()), indices);
      for (int i = 0; i < places.length; i++) {
        if (out.isFloat()) {
          out.reals[places[i]] = part.reals[i];
        } else {
          out.wholes[places[i]] = part.wholes[i];
        }
      }
      first = end;
    }
    return out;
  }

  private static Values reduce(ReduceFn fn, List<Integer> axes, TensorType type, Values x) {
    Shape shape = x.type.shape();
    List<Integer> kept = axes(shape.rank()).stream().filter(a -> !axes.contains(a)).toList();
    int[] starts = Values.places(shape, kept);
    int[] steps = Values.places(shape, axes.stream().sorted().toList());
    return fold(fn, type, x, o -> IntStream.of(steps).map(step -> starts[o] + step).toArray());
  }

  /// Operand positions that a result position folds; -1 stands for none.
  @FunctionalInterface
  private interface Folded {
    int[] places(int result);
  }

  private static Values fold(ReduceFn fn, TensorType type, Values x, Folded folded) {
    return Values.computed(
        type,
        o -> {
          double sum = Scalars.nothing(fn);
          for (int place : folded.places(o)) {
            if (place >= 0) {
              sum = Scalars.binary(fn.step(), sum, x.reals[place]);
            }
          }
          return sum;
        },
        o -> {
          long sum = Scalars.nothing(fn, type.dtype());
          for (int place : folded.places(o)) {
            if (place >= 0) {
              sum = Scalars.binary(fn.step(), type.dtype(), sum, x.wholes[place]);
            }
          }
          return sum;
        });
  }

  private static Values dot(Op.Dot dot, TensorType type, Values a, Values b) {
    int[] aBatch = Values.places(a.type.shape(), dot.lhsBatch());
    int[] bBatch = Values.places(b.type.shape(), dot.rhsBatch());
    int[] rows = Values.places(a.type.shape(), dot.lhsFree(a.type.rank()));
    int[] columns = Values.places(b.type.shape(), dot.rhsFree(b.type.rank()));
    int[] aSummed = Values.places(a.type.shape(), dot.lhsContract());
    int[] bSummed = Values.places(b.type.shape(), dot.rhsContract());
    return Values.computed(
        type,
        o -> {
          int batch = o / columns.length / rows.length;
          int left = aBatch[batch] + rows[o / columns.length % rows.length];
          int right = bBatch[batch] + columns[o % columns.length];
          double sum = 0;
          for (int k = 0; k < aSummed.length; k++) {
            sum += a.reals[left + aSummed[k]] * b.reals[right + bSummed[k]];
          }
          return sum;
        },
        o -> {
          int batch = o / columns.length / rows.length;
          int left = aBatch[batch] + rows[o / columns.length % rows.length];
          int right = bBatch[batch] + columns[o % columns.length];
          long sum = 0;
          for (int k = 0; k < aSummed.length; k++) {
            sum += a.wholes[left + aSummed[k]] * b.wholes[right + bSummed[k]];
          }
          return sum;
        });
  }

  private static Values conv(Op.Conv conv, TensorType type, Values x, Values kernel) {
    ConvDims dims = conv.dims();
    Shape images = x.type.shape();
    Shape filters = kernel.type.shape();
    List<Integer> spatial = dims.rhsSpatial();
    int[] taps =
        Values.places(
            filters,
            spatial,
            IntStream.range(0, spatial.size())
                .mapToObj(i -> tapOrder(filters.dim(spatial.get(i)), conv.reversed()))
                .toList());
    int[] xBatch = Values.places(images, List.of(dims.lhsBatch()));
    int[] xIn = Values.places(images, List.of(dims.lhsFeature()));
    int[] kernelIn = Values.places(filters, List.of(dims.rhsIn()));
    int[] kernelOut = Values.places(filters, List.of(dims.rhsOut()));
    int[] outPlaces = Values.places(type.shape(), dims.outSpatial());
    int[] outBatch = Values.places(type.shape(), List.of(dims.outBatch()));
    int[] outFeature = Values.places(type.shape(), List.of(dims.outFeature()));
    Shape windows = Shape.of(dims.outSpatial().stream().map(type::dim).toList());
    Values out = Values.zeros(type);
    int[] xGroup = Values.places(images, dims.group().stream().map(ConvDims.Group::lhs).toList());
    int[] kernelGroup =
        Values.places(filters, dims.group().stream().map(ConvDims.Group::rhs).toList());
    int[] outGroup =
        Values.places(type.shape(), dims.group().stream().map(ConvDims.Group::out).toList());
    int[] kernelPlaces = new int[taps.length * kernelIn.length];
    for (int k = 0; k < kernelPlaces.length; k++) {
      kernelPlaces[k] = taps[k / kernelIn.length] + kernelIn[k % kernelIn.length];
    }
    // Each place of the result by itself, which no other one writes.
    IntStream.range(0, outPlaces.length)
        .parallel()
        .forEach(place -> {
          long[] o = index(windows, place);
          int[] seen = Values.underWindow(images, dims.lhsSpatial(), conv.window(), o);
          int[] left = new int[kernelPlaces.length];
          int[] right = new int[kernelPlaces.length];
          int terms = 0;
          for (int k = 0; k < kernelPlaces.length; k++) {
            int tap = seen[k / xIn.length];
            if (tap >= 0) {
              left[terms] = tap + xIn[k % xIn.length];
              right[terms++] = kernelPlaces[k];
            }
          }
          for (int ng = 0; ng < xBatch.length * xGroup.length; ng++) {
            int n = ng / xGroup.length;
            int g = ng % xGroup.length;
            int image = xBatch[n] + xGroup[g];
            for (int f = 0; f < kernelOut.length; f++) {
              int filter = kernelGroup[g] + kernelOut[f];
              int at = outBatch[n] + outGroup[g] + outFeature[f] + outPlaces[place];
              if (out.isFloat()) {
                double sum = 0;
                for (int k = 0; k < terms; k++) {
                  sum += x.reals[image + left[k]] * kernel.reals[filter + right[k]];
                }
                out.reals[at] = sum;
              } else {
                long sum = 0;
                for (int k = 0; k < terms; k++) {
                  sum += x.wholes[image + left[k]] * kernel.wholes[filter + right[k]];
                }
                out.wholes[at] = Scalars.wrap(type.dtype(), sum);
              }
            }
          }
        });
    return out;
  }

  private static long[] tapOrder(long extent, boolean reversed) {
    return LongStream.range(0, extent).map(i -> reversed ? extent - 1 - i : i).toArray();
  }

  private static Values windowMaxGrad(
      List<WindowDim> window, TensorType type, Values x, Values dy) {
    Values dx = Values.zeros(type);
    for (int o = 0; o < dy.size(); o++) {
      int largest = -1;
      for (int place : underWindow(x, window, dy.type.shape(), o)) {
        if (place >= 0 && (largest < 0 || larger(x, place, largest))) {
          largest = place;
        }
      }
      if (largest >= 0 && type.dtype().isFloat()) {
        dx.reals[largest] += dy.reals[o];
      } else if (largest >= 0) {
        dx.wholes[largest] = Scalars.wrap(type.dtype(), dx.wholes[largest] + dy.wholes[o]);
      }
    }
    return dx;
  }

  private static boolean larger(Values x, int a, int b) {
    if (!x.isFloat()) {
      return x.wholes[a] > x.wholes[b];
    }
    return x.reals[a] > x.reals[b] || (Double.isNaN(x.reals[a]) && !Double.isNaN(x.reals[b]));
  }

  private static int[] underWindow(Values x, List<WindowDim> window, Shape places, int place) {
    List<Integer> axes = axes(places.rank());
    return Values.underWindow(x.type.shape(), axes, window, index(places, place));
  }

  private static Values call(Composite function, List<Values> in) {
    Graph body = function.graph(in.stream().map(operand -> operand.type).toList());
    Map<Node, Values> values = new HashMap<>();
    for (Node node : body.nodes()) {
      values.put(
          node,
          node.op() instanceof Op.Input
              ? in.get(body.inputs().indexOf(node))
              : apply(node.op(), node.type(), operands(node, values)));
    }
    return Objects.requireNonNull(values.get(body.outputs().firstEntry().getValue()));
  }

  private static List<Integer> axes(int rank) {
    return IntStream.range(0, rank).boxed().toList();
  }

  /// Index along each axis of a row-major position.
  private static long[] index(Shape shape, long position) {
    long[] index = shape.strides();
    for (int axis = 0; axis < index.length; axis++) {
      index[axis] = position / index[axis] % shape.dim(axis);
    }
    return index;
  }

  /// What a run yields.
  public static final class Result {
    private final SequencedMap<String, Values> outputs;
    private final SequencedMap<String, Values> assigned;

    private Result(SequencedMap<String, Values> outputs, SequencedMap<String, Values> assigned) {
      this.outputs = outputs;
      this.assigned = assigned;
    }

    /// The outputs by name, in order of declaration, rounded to their types.
    public SequencedMap<String, Tensor> outputs() {
      return tensors(outputs);
    }

    /// The next values of the assigned variables by name, rounded to their types.
    public SequencedMap<String, Tensor> variables() {
      return tensors(assigned);
    }

    /// An output, rounded to its type.
    ///
    /// @throws IllegalArgumentException if there is none of this name
    public Tensor output(String name) {
      return values(name).toTensor();
    }

    /// The elements of an output before they are rounded to its type, in row-major order.
    ///
    /// @throws IllegalArgumentException if there is none of this name
    public double[] doubles(String output) {
      return values(output).toDoubles();
    }

    private Values values(String name) {
      Values found = outputs.get(name);
      if (found == null) {
        throw new IllegalArgumentException(
            "reference: no output \"%s\"; need one of %s\n  try: output(\"%s\", node) in the builder"
                .formatted(name, outputs.keySet(), name));
      }
      return found;
    }

    private static SequencedMap<String, Tensor> tensors(SequencedMap<String, Values> values) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      values.forEach((name, value) -> tensors.put(name, value.toTensor()));
      return tensors;
    }
  }
}
