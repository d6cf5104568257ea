package org.tombolo.cli.fuzz;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;
import org.tombolo.graph.WindowDim;

/// One program for each seed: 10 to 60 operations of every kind and type, extents 0, 1, primes and
/// tile sizes. A node whose result errors could decide is not used.
final class RandomPrograms {
  private static final long[] EXTENTS = {1, 1, 2, 3, 3, 5, 7, 8, 13, 16, 17, 31, 0};
  private static final long MOST = 1500;
  private static final DType[] TYPES = {
    DType.F32,
    DType.F32,
    DType.F32,
    DType.F32,
    DType.F16,
    DType.BF16,
    DType.F64,
    DType.I8,
    DType.U8,
    DType.I16,
    DType.I32,
    DType.I32,
    DType.I64,
    DType.BOOL
  };

  private final SplittableRandom random;
  private final GraphBuilder g;
  private final List<Node> pool = new ArrayList<>();
  private final Map<Node, Approximate> values = new HashMap<>();
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final Map<String, Tensor> variables = new LinkedHashMap<>();
  private final RandomComposites composites;

  private RandomPrograms(long seed) {
    random = new SplittableRandom(seed);
    g = new GraphBuilder("seed " + seed);
    composites = new RandomComposites(this, g, random);
  }

  /// The program of a seed.
  static Program of(long seed) {
    return new RandomPrograms(seed).program();
  }

  private Program program() {
    int leaves = random.nextInt(2, 6);
    for (int i = 0; i < leaves; i++) {
      leaf(new TensorType(oneOf(TYPES), shape()));
    }
    int operations = random.nextInt(10, 61);
    for (int tries = 0; pool.size() < leaves + operations && tries < 4 * operations; tries++) {
      try {
        operation();
      } catch (ShapeException e) {
        // A window that does not fit, say: what the library refuses needs no test here.
      }
    }
    Set<Node> used = new HashSet<>();
    pool.forEach(node -> used.addAll(node.inputs()));
    int outputs = 0;
    for (Node node : new LinkedHashSet<>(pool)) {
      if (!used.contains(node) || random.nextInt(6) == 0) {
        g.output("y" + outputs++, node);
      }
    }
    for (String variable : variables.keySet()) {
      TensorType type = variables.get(variable).type();
      pick(node -> node.type().equals(type)).ifPresent(node -> g.assign(variable, node));
    }
    Graph graph = g.build();
    return Program.of(graph, inputs, variables).orElseThrow();
  }

  /// Keeps a node, if it is small, new, and errors do not decide its result.
  void add(Node node) {
    if (node.type().size() > MOST || pool.contains(node)) {
      return;
    }
    List<Node> fresh = new ArrayList<>();
    collect(node, fresh);
    for (Node each : fresh) {
      Optional<Approximate> value = ErrorBounds.of(each, values);
      if (value.isEmpty()) {
        return;
      }
      values.put(each, value.get());
    }
    pool.add(node);
  }

  /// Nodes without a value yet, operands first.
  private void collect(Node node, List<Node> fresh) {
    if (!values.containsKey(node) && !fresh.contains(node)) {
      node.inputs().forEach(operand -> collect(operand, fresh));
      fresh.add(node);
    }
  }

  /// An input, a variable or a constant.
  private Node leaf(TensorType type) {
    Tensor value = tensor(type);
    Node node =
        switch (random.nextInt(4)) {
          case 0 -> {
            String name = "v" + variables.size();
            variables.put(name, value);
            yield g.variable(name, type);
          }
          case 1 -> g.constant(value);
          default -> {
            String name = "x" + inputs.size();
            inputs.put(name, value);
            yield g.input(name, type);
          }
        };
    values.put(node, Approximate.exact(value));
    pool.add(node);
    return node;
  }

  private Tensor tensor(TensorType type) {
    boolean tame = random.nextBoolean();
    if (!type.dtype().isFloat()) {
      return Tensor.wholes(
          type, i -> wrapped(type.dtype(), tame ? random.nextInt(-9, 20) : random.nextLong()));
    }
    int kind = random.nextInt(5);
    return Tensor.filled(
        type,
        i ->
            switch (kind) {
              case 0, 1 -> random.nextInt(-5, 6);
              case 2 -> random.nextInt(-12, 13) / 4.0;
              case 3 -> random.nextDouble(-2, 2);
              default -> random.nextInt(8) == 0 ? special() : random.nextInt(-3, 4);
            });
  }

  private static long wrapped(DType dtype, long x) {
    return switch (dtype) {
      case I8 -> (byte) x;
      case U8 -> x & 0xff;
      case I16 -> (short) x;
      case I32 -> (int) x;
      case BOOL -> x & 1;
      default -> x;
    };
  }

  private double special() {
    return oneOf(0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
  }

  private Shape shape() {
    while (true) {
      Shape shape = Shape.of(LongStream.range(0, random.nextInt(5)).map(i -> extent()).toArray());
      if (shape.size() <= MOST && (shape.size() > 0 || random.nextInt(3) == 0)) {
        return shape;
      }
    }
  }

  private long extent() {
    return EXTENTS[random.nextInt(EXTENTS.length)];
  }

  /// Every other time one of the last few, so that chains grow.
  private Optional<Node> pick(Predicate<Node> fits) {
    List<Node> candidates = pool.stream().filter(fits).toList();
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    int oldest = random.nextBoolean() ? 0 : Math.max(0, candidates.size() - 4);
    return Optional.of(candidates.get(random.nextInt(oldest, candidates.size())));
  }

  private Node any() {
    return pick(node -> true).orElseThrow();
  }

  private Node number() {
    return pick(node -> node.dtype() != DType.BOOL)
        .orElseGet(() -> leaf(new TensorType(DType.F32, shape())));
  }

  private Node real() {
    return pick(node -> node.dtype().isFloat())
        .orElseGet(() -> leaf(new TensorType(DType.F32, shape())));
  }

  private Node withAxes(Predicate<Node> fits) {
    return pick(node -> node.rank() > 0 && fits.test(node))
        .orElseGet(() -> leaf(TensorType.f32(extent(), extent())));
  }

  /// Another value of a type.
  Node like(TensorType type) {
    return switch (random.nextInt(6)) {
      case 0 -> g.full(type, random.nextInt(-2, 4));
      case 1 ->
          pick(node -> node.type().size() == type.size() && node.dtype() == type.dtype())
              .map(node -> node.reshape(type.shape()))
              .orElseGet(() -> leaf(type));
      default -> pick(node -> node.type().equals(type)).orElseGet(() -> leaf(type));
    };
  }

  private void operation() {
    switch (random.nextInt(27)) {
      case 0, 1, 2 -> unary(any());
      case 3, 4, 5, 6, 7 -> binary(any());
      case 8 -> {
        Node x = any();
        add(x.compare(oneOf(CompareFn.values()), like(x.type())));
      }
      case 9 -> {
        Node x = any();
        add(like(x.type().withDType(DType.BOOL)).select(x, like(x.type())));
      }
      case 10 -> add(any().cast(oneOf(TYPES)));
      case 11, 12, 13, 14 -> movement(any());
      case 15 -> concat(withAxes(node -> true));
      case 16, 17 -> reduce(any());
      case 18 -> dot(number());
      case 19 -> conv(withAxes(node -> node.dtype() != DType.BOOL));
      case 20 -> windowed(withAxes(node -> node.dtype() != DType.BOOL));
      case 21, 22 -> composites.add(real());
      case 23 -> indexed(withAxes(node -> true));
      case 24 -> along(withAxes(node -> true));
      case 25 -> controlled(number());
      default -> fresh();
    }
  }

  /// A branch, or a loop of a few trips with a value that is collected.
  private void controlled(Node x) {
    Node other = like(x.type());
    UnaryFn fn = oneOf(UnaryFn.values());
    BinaryFn first = oneOf(BinaryFn.values());
    BinaryFn second = oneOf(BinaryFn.values());
    if (!fn.accepts(x.dtype()) || !first.accepts(x.dtype()) || !second.accepts(x.dtype())) {
      return;
    }
    if (random.nextBoolean()) {
      Node condition =
          pick(node -> node.type().equals(TensorType.of(DType.BOOL)))
              .orElseGet(() -> leaf(TensorType.of(DType.BOOL)));
      g.ifElse(
              condition,
              List.of(x, other),
              in -> List.of(in.get(0).unary(fn), in.get(0).binary(first, in.get(1))),
              in -> List.of(in.get(1).binary(second, in.get(0)), in.get(0)))
          .forEach(this::add);
      return;
    }
    int trips = random.nextInt(4);
    g.whileLoop(
            OptionalLong.of(random.nextInt(4)),
            List.of(x, g.scalar(DType.I32, 0), other),
            List.of(other),
            in -> in.get(1).compare(CompareFn.LT, trips),
            in ->
                List.of(
                    in.get(0).binary(first, in.get(3)),
                    in.get(1).add(1),
                    in.get(0),
                    in.get(2).binary(second, in.get(0))))
        .forEach(this::add);
  }

  private void fresh() {
    Node key = g.constant(Tensor.of(new long[] {random.nextInt(5), random.nextLong()}, 2));
    Shape shape = shape();
    TensorType type = new TensorType(oneOf(TYPES), shape);
    switch (random.nextInt(3)) {
      case 0 -> add(g.randomBits(key, shape));
      case 1 -> add(g.randomUniform(key, shape));
      default -> {
        if (shape.rank() > 0 && type.dtype() != DType.BOOL) {
          add(g.iota(type, random.nextInt(shape.rank())));
        }
      }
    }
  }

  private void unary(Node x) {
    UnaryFn fn = oneOf(UnaryFn.values());
    if (fn.accepts(x.dtype())) {
      add(x.unary(fn));
    }
  }

  private void binary(Node x) {
    BinaryFn fn = oneOf(BinaryFn.values());
    if (fn.accepts(x.dtype())) {
      Node other = like(x.type());
      add(random.nextBoolean() ? x.binary(fn, other) : other.binary(fn, x));
    }
  }

  private void movement(Node x) {
    switch (random.nextInt(6)) {
      case 0 -> add(g.add(new Op.Reshape(folded(x.shape())), List.of(x)));
      case 1 -> add(x.permute(shuffled(x.rank())));
      case 2 -> {
        long[] dims = x.shape().toArray();
        for (int i = 0; i < dims.length; i++) {
          dims[i] = dims[i] == 1 && random.nextBoolean() ? extent() : dims[i];
        }
        add(g.add(new Op.Broadcast(Shape.of(dims)), List.of(x)));
      }
      case 3 -> add(slice(x));
      case 4 ->
          add(x.pad(few(x.rank()), few(x.rank()), few(x.rank()), random.nextInt(3) == 0 ? 2 : 0));
      default -> add(x.reverse(axes(x.rank())));
    }
  }

  /// Two neighbouring axes made one, or an axis split, or one of extent 1 put in.
  private Shape folded(Shape shape) {
    List<Long> dims = new ArrayList<>(shape.toList());
    int at = dims.isEmpty() ? 0 : random.nextInt(dims.size());
    if (random.nextBoolean() && at + 1 < dims.size()) {
      dims.set(at, dims.get(at) * dims.remove(at + 1));
    } else if (!dims.isEmpty() && dims.get(at) > 1 && dims.size() < 5) {
      long extent = dims.get(at);
      long factor = smallestFactor(extent);
      dims.set(at, extent / factor);
      dims.add(at + random.nextInt(2), factor);
    } else if (dims.size() < 5) {
      dims.add(at, 1L);
    }
    return Shape.of(dims);
  }

  private int[] shuffled(int rank) {
    int[] axes = IntStream.range(0, rank).toArray();
    for (int i = rank - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int held = axes[i];
      axes[i] = axes[j];
      axes[j] = held;
    }
    return axes;
  }

  private Node slice(Node x) {
    long[] starts = new long[x.rank()];
    long[] limits = x.shape().toArray();
    long[] strides = new long[x.rank()];
    for (int i = 0; i < x.rank(); i++) {
      strides[i] = random.nextInt(1, 4);
      if (random.nextInt(3) != 0) {
        starts[i] = random.nextLong(limits[i] / 2 + 1);
        limits[i] = random.nextBoolean() ? limits[i] : random.nextLong(starts[i], limits[i] + 1);
      }
    }
    return x.slice(starts, limits, strides);
  }

  private long[] few(int count) {
    return LongStream.range(0, count).map(i -> Math.max(0, random.nextInt(-3, 4))).toArray();
  }

  private void concat(Node x) {
    int axis = random.nextInt(x.rank());
    Node other = like(x.type());
    if (random.nextBoolean()) {
      other = other.slice(axis, 0, random.nextLong(x.shape().dim(axis) + 1));
    }
    add(random.nextBoolean() ? g.concat(axis, x, other) : g.concat(axis, other, x, x));
  }

  private void reduce(Node x) {
    ReduceFn fn = oneOf(ReduceFn.values());
    if (fn.accepts(x.dtype())) {
      add(
          random.nextInt(4) == 0
              ? x.reduceKeeping(fn, axes(x.rank()))
              : g.add(
                  new Op.Reduce(fn, IntStream.of(axes(x.rank())).boxed().toList()), List.of(x)));
    }
  }

  /// Each axis with even odds.
  private int[] axes(int rank) {
    return IntStream.range(0, rank).filter(i -> random.nextBoolean()).toArray();
  }

  /// The right operand has the batch and summed axes of the left one, and free axes of its own, all
  /// in another order.
  private void dot(Node x) {
    List<Integer> batch = new ArrayList<>();
    List<Integer> contract = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Integer> rightBatch = new ArrayList<>();
    List<Integer> rightContract = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      int role = random.nextInt(3);
      if (role == 0) {
        batch.add(axis);
      } else if (role == 1) {
        contract.add(axis);
      }
    }
    int[] roles = shuffled(batch.size() + contract.size() + random.nextInt(2));
    int[] places = new int[batch.size() + contract.size()];
    for (int i = 0; i < roles.length; i++) {
      int role = roles[i];
      if (role < places.length) {
        places[role] = i;
        int axis = role < batch.size() ? batch.get(role) : contract.get(role - batch.size());
        extents.add(x.shape().dim(axis));
      } else {
        extents.add(extent());
      }
    }
    for (int i = 0; i < places.length; i++) {
      (i < batch.size() ? rightBatch : rightContract).add(places[i]);
    }
    TensorType type = new TensorType(x.dtype(), Shape.of(extents));
    Op op = new Op.Dot(batch, rightBatch, contract, rightContract);
    if (type.size() <= MOST && op.infer(List.of(x.type(), type)).size() <= MOST) {
      add(g.add(op, List.of(x, like(type))));
    }
  }

  private void conv(Node x) {
    int spatial = Math.min(2, x.rank() - 1);
    Node image = x.rank() == spatial + 2 ? x : flattened(x, spatial);
    boolean flipped = random.nextInt(3) == 0;
    List<WindowDim> window = IntStream.range(0, spatial).mapToObj(i -> window()).toList();
    List<Long> kernel = new ArrayList<>(window.stream().map(WindowDim::size).toList());
    long features = image.shape().dim(spatial + 1);
    ConvDims dims = ConvDims.channelsLast(spatial);
    if (features > 0 && random.nextInt(3) == 0) {
      long groups = oneOf(smallestFactor(features), features);
      dims = ConvDims.groupedChannelsLast(spatial);
      image = image.reshape(split(image.shape(), spatial + 1, groups));
      kernel.add(features / groups);
      kernel.add(groups);
    } else {
      kernel.add(features);
    }
    kernel.add((long) random.nextInt(1, 6));
    TensorType type = new TensorType(x.dtype(), Shape.of(kernel));
    if (type.size() <= MOST && image.type().size() > 0) {
      add(g.add(new Op.Conv(window, flipped, dims), List.of(image, like(type))));
    }
  }

  /// A shape with an axis cut into so many parts, which become the axis before it.
  private static Shape split(Shape shape, int axis, long parts) {
    List<Long> extents = new ArrayList<>(shape.toList());
    extents.set(axis, shape.dim(axis) / parts);
    extents.add(axis, parts);
    return Shape.of(extents);
  }

  /// The smallest prime factor of a number; 1 for 1.
  private static long smallestFactor(long number) {
    return LongStream.rangeClosed(2, number).filter(f -> number % f == 0).findFirst().orElse(1);
  }

  /// One image, or all that the leading axes count, of one or of all features.
  private Node flattened(Node x, int spatial) {
    long[] dims = new long[spatial + 2];
    long rest = x.type().size();
    for (int i = 0; i < spatial; i++) {
      dims[i + 1] = x.shape().dim(i);
      rest /= Math.max(1, x.shape().dim(i));
    }
    dims[0] = random.nextBoolean() ? rest : 1;
    dims[spatial + 1] = dims[0] == rest ? 1 : rest;
    return g.add(new Op.Reshape(Shape.of(dims)), List.of(x));
  }

  private WindowDim window() {
    return random.nextBoolean()
        ? WindowDim.of(random.nextInt(1, 4), random.nextInt(1, 3), 1, 1)
        : new WindowDim(
            random.nextInt(1, 4),
            random.nextInt(1, 3),
            random.nextInt(-1, 3),
            random.nextInt(-1, 3),
            random.nextInt(1, 3),
            random.nextInt(1, 3));
  }

  private void windowed(Node x) {
    List<WindowDim> window =
        IntStream.range(0, x.rank())
            .mapToObj(i -> random.nextBoolean() ? WindowDim.each() : window())
            .toList();
    Node folded = x.reduceWindow(oneOf(ReduceFn.values()), window);
    add(folded);
    if (random.nextBoolean()) {
      add(g.add(new Op.WindowMaxGrad(window), List.of(x, like(folded.type()))));
    }
  }

  /// Places on an axis, some of them outside of it.
  Node indices(TensorType type, long extent) {
    Tensor value =
        Tensor.filled(type, i -> random.nextInt(random.nextInt(9) == 0 ? -2 : 0, (int) extent + 1));
    Node node =
        random.nextBoolean() ? g.constant(value) : g.input("x" + inputs.size(), value.type());
    if (node.op() instanceof Op.Input(String name, TensorType _)) {
      inputs.put(name, value);
    }
    values.put(node, Approximate.exact(value));
    return node;
  }

  private void indexed(Node x) {
    int axis = random.nextInt(x.rank());
    int batch = random.nextInt(axis + 1);
    List<Long> dims = new ArrayList<>(x.shape().toList().subList(0, batch));
    int more = random.nextInt(3);
    for (int i = 0; i < more; i++) {
      dims.add(extent());
    }
    TensorType type = new TensorType(random.nextBoolean() ? DType.I32 : DType.I64, Shape.of(dims));
    Op gather = new Op.Gather(batch, axis);
    TensorType picked = gather.infer(List.of(x.type(), type));
    if (type.size() > MOST || picked.size() > MOST) {
      return;
    }
    Node indices =
        pick(node -> node.type().equals(type)).orElseGet(() -> indices(type, x.shape().dim(axis)));
    if (random.nextBoolean() || x.dtype() == DType.BOOL) {
      add(g.add(gather, List.of(x, indices)));
    } else {
      add(g.add(new Op.ScatterAdd(batch, axis), List.of(x, indices, like(picked))));
    }
  }

  private void along(Node x) {
    int axis = random.nextInt(x.rank());
    switch (random.nextInt(3)) {
      case 0 -> {
        ReduceFn fn = oneOf(ReduceFn.values());
        if (fn.accepts(x.dtype())) {
          add(g.add(new Op.Scan(fn, axis, random.nextBoolean(), random.nextBoolean()), List.of(x)));
        }
      }
      case 1 -> add(random.nextBoolean() ? x.argMax(axis) : x.argMin(axis));
      default -> {
        long extent = x.shape().dim(axis);
        long count = random.nextBoolean() ? extent : random.nextLong(extent + 1);
        add(g.add(new Op.ArgSort(axis, random.nextBoolean(), count), List.of(x)));
      }
    }
  }

  @SafeVarargs
  final <T> T oneOf(T... values) {
    return values[random.nextInt(values.length)];
  }
}
