package org.tombolo.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Well-typed graphs of any size made by chance, the same ones for the same seed.
///
/// Every operation occurs, at extents from 0 to [#MAX_ELEMENTS] with 1 and primes among them.
/// Constants are often special (zeros of both signs, ones, infinities, NaN), and operations are
/// often repeated, undone or idle, so that rewrites find work. Floats are of one type, apart from
/// chains of casts through others and back.
public final class RandomGraphs {
  /// Of every node.
  public static final long MAX_ELEMENTS = 64;

  private static final double[] SPECIAL = {
    0, -0.0, 1, -1, 2, 0.5, -3, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
  };

  private static final long[] EXTENTS = {1, 1, 2, 2, 3, 3, 5, 7, 7, 0};

  private final SplittableRandom random;
  private final DType real;
  private final List<Node> pool = new ArrayList<>();
  private GraphBuilder g = new GraphBuilder("random");

  /// @param seed determines all graphs
  /// @param real the float type: F64 where results shall be the same to the bit after rewrites that
  ///   leave roundings to the interpreter
  public RandomGraphs(long seed, DType real) {
    this.random = new SplittableRandom(seed);
    this.real = real;
  }

  /// The next graph.
  ///
  /// @param operations about how many there are; what nothing else uses is an output
  public Graph next(int operations) {
    g = new GraphBuilder("random");
    pool.clear();
    leaves();
    for (int i = 0; i < operations; i++) {
      Node node = random.nextInt(6) == 0 ? repeated() : operation();
      if (node.type().size() <= MAX_ELEMENTS) {
        pool.add(node);
      }
    }
    Set<Node> used = new HashSet<>();
    pool.forEach(node -> used.addAll(node.inputs()));
    int outputs = 0;
    for (Node node : new LinkedHashSet<>(pool)) {
      if (!used.contains(node) || random.nextInt(4) == 0) {
        g.output("y" + outputs++, node);
      }
    }
    pick(node -> node.type().equals(variableType()))
        .ifPresent(value -> g.output("next", g.assign("v", value)));
    return g.build();
  }

  /// A value for every input of a graph, or variable of it, of moderate size with special ones
  /// among them.
  public List<Tensor> values(List<Node> inputs) {
    return inputs.stream()
        .map(node ->
            Tensor.filled(
                node.type(),
                i ->
                    random.nextInt(6) == 0
                        ? special()
                        : node.dtype().isFloat()
                            ? random.nextDouble(-2, 2)
                            : random.nextInt(-5, 100)))
        .toList();
  }

  private TensorType variableType() {
    return TensorType.of(real, 3, 2);
  }

  private void leaves() {
    pool.add(g.input("x", new TensorType(real, Shape.of(3, 2))));
    pool.add(g.input("x2", new TensorType(real, shape())));
    pool.add(g.input("i", TensorType.of(DType.I32, 2, 3)));
    pool.add(g.input("b", TensorType.of(DType.BOOL, 3, 2)));
    pool.add(g.input("u", TensorType.of(DType.U8, 7)));
    pool.add(g.variable("v", variableType()));
    pool.add(g.iota(new TensorType(DType.I32, Shape.of(2, 3)), 1));
    g.input("unused", TensorType.f32());
  }

  private Shape shape() {
    long[] dims = LongStream.range(0, random.nextInt(4)).map(i -> extent()).toArray();
    return Shape.of(dims);
  }

  private long extent() {
    return EXTENTS[random.nextInt(EXTENTS.length)];
  }

  /// Every other time one of the last few, so that chains grow.
  private Node any() {
    int oldest = random.nextBoolean() ? 0 : Math.max(0, pool.size() - 3);
    return pool.get(random.nextInt(oldest, pool.size()));
  }

  private Optional<Node> pick(Predicate<Node> fits) {
    List<Node> candidates = pool.stream().filter(fits).toList();
    return candidates.isEmpty()
        ? Optional.empty()
        : Optional.of(candidates.get(random.nextInt(candidates.size())));
  }

  private Node number() {
    return pick(node -> node.dtype() != DType.BOOL).orElseThrow();
  }

  private Node anyReal() {
    return pick(node -> node.dtype() == real).orElseThrow();
  }

  /// Another value of a type: one that is there, or a constant.
  private Node like(TensorType type) {
    return switch (random.nextInt(3)) {
      case 0 -> g.full(type, special());
      case 1 -> constant(type);
      default -> pick(node -> node.type().equals(type)).orElseGet(() -> constant(type));
    };
  }

  private Node constant(TensorType type) {
    return g.constant(
        Tensor.filled(type, i -> random.nextInt(4) == 0 ? special() : random.nextInt(-3, 4) / 2.0));
  }

  private double special() {
    return SPECIAL[random.nextInt(SPECIAL.length)];
  }

  /// An operation that is there already, of the same operands or, if they are two, exchanged ones.
  private Node repeated() {
    Node node = any();
    return switch (node.op()) {
      case Op.Input _, Op.Variable _, Op.Assign _ -> node;
      case Op.Binary _ -> g.copy(node, node.inputs().reversed());
      default -> g.copy(node, node.inputs());
    };
  }

  private Node operation() {
    return switch (random.nextInt(24)) {
      case 0, 1, 2 -> unary(any());
      case 3, 4, 5, 6 -> binary(any());
      case 7 -> {
        Node x = any();
        yield x.compare(oneOf(CompareFn.values()), like(x.type()));
      }
      case 8 -> {
        Node x = any();
        yield like(x.type().withDType(DType.BOOL)).select(x, like(x.type()));
      }
      case 9 -> cast(any());
      case 10, 11, 12, 13, 14, 15 -> movement(any());
      case 16 -> concat(any());
      case 17 -> reduce(number());
      case 18 -> dot(number());
      case 19 -> random.nextBoolean() ? conv(anyReal()) : windowed(number());
      case 20 -> composite(anyReal());
      case 21 -> indexed(number());
      case 22 -> controlled(anyReal());
      default ->
          g.randomBits(
                  g.constant(Tensor.of(new long[] {random.nextInt(2), 3}, 2)), Shape.of(extent()))
              .cast(real);
    };
  }

  private Node unary(Node x) {
    UnaryFn fn = oneOf(UnaryFn.values());
    if (!fn.accepts(x.dtype())) {
      return x;
    }
    UnaryFn then = random.nextBoolean() ? fn : oneOf(UnaryFn.values());
    Node y = x.unary(fn);
    return random.nextBoolean() && then.accepts(y.dtype()) ? y.unary(then) : y;
  }

  private Node binary(Node x) {
    BinaryFn fn = oneOf(BinaryFn.values());
    if (!fn.accepts(x.dtype())) {
      return x;
    }
    Node other = random.nextBoolean() ? g.full(x.type(), special()) : like(x.type());
    return random.nextBoolean() ? x.binary(fn, other) : other.binary(fn, x);
  }

  /// Floats go through another type and back, so that there is one type to calculate with.
  private Node cast(Node x) {
    DType stop = oneOf(DType.values());
    if (x.dtype().isFloat()) {
      return x.cast(stop).cast(oneOf(DType.values())).cast(real);
    }
    return stop.isFloat() ? x.cast(stop).cast(oneOf(DType.I32, real)) : x.cast(stop);
  }

  /// Often two movements of a kind, one after the other.
  private Node movement(Node x) {
    UnaryOperator<Node> move =
        oneOf(
            List.<UnaryOperator<Node>>of(
                this::reshape,
                this::permute,
                this::broadcast,
                this::slice,
                this::pad,
                this::reverse));
    Node moved = move.apply(x);
    return moved.type().size() <= MAX_ELEMENTS && random.nextBoolean() ? move.apply(moved) : moved;
  }

  private Node reverse(Node x) {
    return x.reverse(axes(x.rank()));
  }

  private Node reshape(Node x) {
    List<Long> dims = new ArrayList<>(x.shape().toList());
    if (random.nextBoolean() && dims.size() >= 2) {
      int at = random.nextInt(dims.size() - 1);
      dims.set(at, dims.get(at) * dims.remove(at + 1));
    } else if (dims.size() < 4) {
      dims.add(random.nextInt(dims.size() + 1), 1L);
    }
    return g.add(new Op.Reshape(Shape.of(dims)), List.of(x));
  }

  private Node permute(Node x) {
    int[] axes = IntStream.range(0, x.rank()).toArray();
    for (int i = axes.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int held = axes[i];
      axes[i] = axes[j];
      axes[j] = held;
    }
    return x.permute(axes);
  }

  private Node broadcast(Node x) {
    long[] dims = x.shape().toArray();
    for (int i = 0; i < dims.length; i++) {
      dims[i] = dims[i] == 1 && random.nextBoolean() ? extent() : dims[i];
    }
    return g.add(new Op.Broadcast(Shape.of(dims)), List.of(x));
  }

  private Node slice(Node x) {
    long[] starts = new long[x.rank()];
    long[] limits = x.shape().toArray();
    long[] strides = new long[x.rank()];
    for (int i = 0; i < x.rank(); i++) {
      strides[i] = random.nextInt(1, 4);
      if (random.nextInt(4) != 0) {
        starts[i] = random.nextLong(limits[i] / 2 + 1);
        limits[i] = random.nextBoolean() ? limits[i] : random.nextLong(starts[i], limits[i] + 1);
      }
    }
    return x.slice(starts, limits, strides);
  }

  private Node pad(Node x) {
    return x.pad(few(x.rank()), few(x.rank()), few(x.rank()), oneOf(0.0, 0.0, -0.0, special()));
  }

  private long[] few(int count) {
    return LongStream.range(0, count).map(i -> Math.max(0, random.nextInt(-2, 3))).toArray();
  }

  private Node indexed(Node x) {
    if (x.rank() == 0) {
      return x;
    }
    int axis = random.nextInt(x.rank());
    Node indices = g.constant(Tensor.filled(TensorType.of(DType.I32, extent()), i -> extent() - 1));
    Node picked = x.gather(axis, indices);
    return switch (random.nextInt(5)) {
      case 0 -> picked;
      case 1 -> x.scatterAdd(axis, indices, picked);
      case 2 -> g.add(scan(axis), List.of(x));
      case 3 -> x.argSort(axis, random.nextBoolean()).cast(real);
      default -> x.shape().dim(axis) == 0 ? x : x.argMax(axis).cast(real);
    };
  }

  /// A branch or a loop of a few trips.
  private Node controlled(Node x) {
    Node other = like(x.type());
    UnaryFn fn = oneOf(UnaryFn.NEG, UnaryFn.ABS, UnaryFn.FLOOR);
    if (random.nextBoolean()) {
      Node condition =
          pick(node -> node.type().equals(TensorType.of(DType.BOOL)))
              .orElseGet(() -> x.sum().compare(CompareFn.GT, 0));
      List<Node> results =
          g.ifElse(
              condition,
              List.of(x, other),
              in -> List.of(in.get(1), in.get(0).max(in.get(1))),
              in -> List.of(in.get(0).unary(fn), in.get(1).add(in.get(0))));
      return random.nextBoolean() ? results.get(0) : results.get(0).min(results.get(1));
    }
    int trips = random.nextInt(4);
    List<Node> results =
        g.whileLoop(
            OptionalLong.of(random.nextInt(4)),
            List.of(x, g.scalar(DType.I32, 0)),
            List.of(other),
            in -> in.get(1).compare(CompareFn.LT, trips),
            in ->
                List.of(
                    in.get(0).unary(fn).add(in.get(2)),
                    in.get(1).add(1),
                    in.get(0).max(in.get(2))));
    return random.nextBoolean() ? results.get(0) : results.get(2);
  }

  private Op scan(int axis) {
    return new Op.Scan(oneOf(ReduceFn.values()), axis, random.nextBoolean(), random.nextBoolean());
  }

  private Node concat(Node x) {
    if (x.rank() == 0) {
      return x;
    }
    int axis = random.nextInt(x.rank());
    Node other = pick(y -> y.type().equals(x.type())).orElseThrow();
    Node nothing = x.slice(axis, 0, 0);
    return switch (random.nextInt(3)) {
      case 0 -> g.concat(axis, x);
      case 1 -> g.concat(axis, nothing, x);
      default -> g.concat(axis, x, nothing, other);
    };
  }

  private Node reduce(Node x) {
    List<Integer> axes = Arrays.stream(axes(x.rank())).boxed().toList();
    return g.add(new Op.Reduce(oneOf(ReduceFn.values()), axes), List.of(x));
  }

  /// Each axis with even odds.
  private int[] axes(int rank) {
    return IntStream.range(0, rank).filter(i -> random.nextBoolean()).toArray();
  }

  private Node dot(Node operand) {
    Node x = random.nextBoolean() ? permute(operand) : operand;
    Node other = like(x.type());
    List<Integer> batch = new ArrayList<>();
    List<Integer> contract = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      switch (random.nextInt(3)) {
        case 0 -> batch.add(axis);
        case 1 -> contract.addFirst(axis);
        default -> {}
      }
    }
    Node product = g.add(new Op.Dot(batch, batch, contract, contract), List.of(x, other));
    if (x.rank() == 2 && random.nextBoolean()) {
      Node turned = x.transpose();
      return g.add(
          new Op.Dot(List.of(), List.of(), List.of(1), List.of(0)), List.of(turned, other));
    }
    return product;
  }

  private Node conv(Node x) {
    Node image = x.reshape(1, x.type().size(), 1);
    WindowDim window = window();
    Node kernel = like(TensorType.of(real, window.size(), 1, 2));
    if (!fits(window, image.shape().dim(1))) {
      return image;
    }
    return g.add(
        new Op.Conv(List.of(window), random.nextBoolean(), ConvDims.channelsLast(1)),
        List.of(image, kernel));
  }

  private Node windowed(Node x) {
    List<WindowDim> window =
        IntStream.range(0, x.rank())
            .mapToObj(i -> random.nextBoolean() ? WindowDim.each() : window())
            .toList();
    for (int i = 0; i < x.rank(); i++) {
      if (!fits(window.get(i), x.shape().dim(i))) {
        return x;
      }
    }
    Node folded = x.reduceWindow(oneOf(ReduceFn.values()), window);
    return random.nextBoolean() ? folded : g.add(new Op.WindowMaxGrad(window), List.of(x, folded));
  }

  private WindowDim window() {
    return new WindowDim(
        random.nextInt(1, 4),
        random.nextInt(1, 3),
        random.nextInt(-1, 3),
        random.nextInt(-1, 3),
        random.nextInt(1, 3),
        random.nextInt(1, 3));
  }

  private static boolean fits(WindowDim window, long extent) {
    return extent > 0
        && window.dilatedExtent(extent) + window.padLow() + window.padHigh() >= window.span();
  }

  private Node composite(Node x) {
    if (random.nextBoolean()) {
      Node key = g.constant(Tensor.of(new long[] {random.nextInt(2), 9}, 2));
      return g.call(new Composite.Dropout(random.nextInt(2) / 2.0), x, key);
    }
    return x.rank() == 0 ? x : x.softmax(random.nextInt(x.rank()));
  }

  @SafeVarargs
  private <T> T oneOf(T... values) {
    return values[random.nextInt(values.length)];
  }

  private <T> T oneOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }
}
