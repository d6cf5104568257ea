package org.tombolo.scheduler.calibration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.tombolo.graph.Attention;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// The regions that are timed: for each family what networks of usual sizes do.
final class Trials {
  /// Steps of a chain of multiply-adds.
  private static final int DEPTH = 16;

  /// Chains beside each other, so that a step need not wait for the one before.
  private static final int CHAINS = 4;

  private Trials() {}

  /// As little as there can be: what it takes is the launch.
  static Trial launch() {
    return loop("launch", 2, 8, x -> x.add(1));
  }

  /// More than caches hold.
  static Trial stream() {
    return new Trial(
        "stream",
        1024,
        Map.of(),
        rows ->
            graph(g -> {
              Node x = g.input("x", TensorType.f32(rows, 4096));
              return x.add(g.input("y", TensorType.f32(rows, 4096)));
            }));
  }

  /// Arithmetic on few numbers.
  static Trial arithmetic(DType dtype) {
    return new Trial(
        "arithmetic in " + dtype,
        16,
        Map.of(),
        rows -> graph(g -> chains(g.input("x", TensorType.of(dtype, rows, 4096)))));
  }

  private static Node chains(Node x) {
    Node sum = chain(x, 0);
    for (int number = 1; number < CHAINS; number++) {
      Node next = chain(x, number);
      sum = x.dtype() == DType.BOOL ? sum.or(next) : sum.add(next);
    }
    return sum;
  }

  private static Node chain(Node x, int number) {
    Node value = x;
    for (int step = 0; step < DEPTH; step++) {
      value = step(value, x, number);
    }
    return value;
  }

  private static Node step(Node value, Node x, int chain) {
    return switch (x.dtype().kind()) {
      case FLOAT -> value.mul(0.5).add(0.25 * (1 + chain));
      case INTEGER -> value.mul(3 + chain).add(1);
      case BOOLEAN -> value.binary(BinaryFn.XOR, x).or(value.not());
    };
  }

  /// What the shares of families are worked out from, at sizes that keep a device busy.
  static List<Trial> families() {
    TensorType row = TensorType.f32(512);
    return List.of(
        loop("sum of two in a cache", 64, 1024, x -> x.add(x.mul(0.5))),
        loop("activation", 64, 1024, x -> x.tanh().mul(x)),
        update(64, 1024),
        sums("rows", 256, 1, 1024),
        sums("columns", 16, 1, 256, 64),
        product(32, 784, 512),
        product(512, 512, 512),
        product(64, 3136, 128),
        convolution(8, 28, 1, 5, 6),
        convolution(8, 14, 32, 3, 32),
        convolution(16, 14, 64, 1, 64),
        convolutionGradient(8, 14, 16, 5, 16),
        pooling(16, ReduceFn.MAX),
        pooling(16, ReduceFn.SUM),
        poolingGradient(16, ReduceFn.SUM),
        poolingGradient(16, ReduceFn.MAX),
        softmax(256, 512),
        rows(
            "layer norm",
            256,
            (g, rows) ->
                g.call(
                    new Normalization.LayerNorm(1, 1e-5),
                    g.input("x", TensorType.f32(rows, 512)),
                    g.input("scale", row),
                    g.input("shift", row))),
        attention(4, 64),
        padding(16),
        rows(
            "joining",
            256,
            (g, rows) ->
                g.concat(
                    1,
                    g.input("x", TensorType.f32(rows, 256)),
                    g.input("y", TensorType.f32(rows, 256)))),
        lookUp(1024),
        sorting(64, 256),
        runningSums(64, 256));
  }

  /// All of these families but the elementwise one, at sizes at which starting work takes longer
  /// than the work.
  static List<Trial> small() {
    return List.of(
        sums("few rows", 32, 1, 10),
        product(32, 64, 10),
        convolution(2, 8, 4, 3, 4),
        pooling(2, ReduceFn.SUM),
        softmax(32, 10),
        entropy(32, 10),
        attention(2, 8),
        padding(2),
        lookUp(32),
        sorting(4, 16),
        runningSums(4, 16));
  }

  /// Like an optimizer (Adam): a few things for each element, divisions, a root and selections
  /// among them.
  private static Trial update(long many, long columns) {
    return new Trial(
        "update of parameters",
        many,
        Map.of(),
        rows -> {
          GraphBuilder g = new GraphBuilder("calibration");
          TensorType type = TensorType.f32(rows, columns);
          Node x = g.input("x", type);
          Node mean = g.input("mean", type);
          Node square = g.input("square", type);
          Node gradient = g.input("gradient", type);
          Node scale = g.input("scale", TensorType.f32()).broadcastTo(type.shape());
          Node sound = g.input("sound", TensorType.of(DType.BOOL)).broadcastTo(type.shape());
          Node step = gradient.mul(scale);
          Node nextMean = mean.mul(0.9).add(step.mul(0.1));
          Node nextSquare = square.mul(0.99).add(step.square().mul(0.01));
          Node next =
              x.sub(nextMean.div(scale).div(nextSquare.div(scale).sqrt().add(1e-7)).mul(0.001));
          g.output("x", sound.select(next, x));
          g.output("mean", sound.select(nextMean, mean));
          g.output("square", sound.select(nextSquare, square));
          return g.build();
        });
  }

  private static Trial sums(String what, long many, int axis, long... rest) {
    return rows("sums of " + what, many, (g, rows) -> g.input("x", rowsOf(rows, rest)).sum(axis));
  }

  private static TensorType rowsOf(long rows, long... rest) {
    long[] extents = new long[rest.length + 1];
    extents[0] = rows;
    System.arraycopy(rest, 0, extents, 1, rest.length);
    return TensorType.f32(extents);
  }

  private static Trial softmax(long many, long columns) {
    return rows(
        "softmax of %d by %d".formatted(many, columns),
        many,
        (g, rows) -> g.call(new Composite.Softmax(1), g.input("x", TensorType.f32(rows, columns))));
  }

  private static Trial entropy(long many, long classes) {
    return new Trial(
        "cross-entropy of %d by %d".formatted(many, classes),
        many,
        Map.of("labels", classes),
        rows ->
            graph(g ->
                g.call(
                    new Composite.SparseCrossEntropy(),
                    g.input("x", TensorType.f32(rows, classes)),
                    g.input("labels", TensorType.of(DType.I32, rows)))));
  }

  private static Trial attention(long many, long length) {
    return rows(
        "attention over " + length,
        many,
        (g, rows) -> {
          TensorType type = TensorType.f32(rows, 2, length, 32);
          return g.call(
              new Attention(0.2, false),
              g.input("q", type),
              g.input("k", type),
              g.input("v", type));
        });
  }

  private static Trial padding(long many) {
    long[] around = {0, 1, 1, 0};
    return rows(
        "padding of " + many,
        many,
        (g, rows) ->
            g.input("x", TensorType.f32(rows, 28, 28, 8)).pad(around, around, new long[4], 0));
  }

  private static Trial lookUp(long many) {
    return new Trial(
        "look-up of " + many,
        many,
        Map.of("indices", 1000L),
        rows ->
            graph(g -> {
              Node table = g.input("table", TensorType.f32(1000, 64));
              return table.gather(0, g.input("indices", TensorType.of(DType.I32, rows)));
            }));
  }

  private static Trial sorting(long many, long columns) {
    return rows(
        "sorting of %d by %d".formatted(many, columns),
        many,
        (g, rows) -> g.input("x", TensorType.f32(rows, columns)).argSort(1, false));
  }

  private static Trial runningSums(long many, long columns) {
    return rows(
        "running sums of %d by %d".formatted(many, columns),
        many,
        (g, rows) -> g.input("x", TensorType.f32(rows, columns)).scan(ReduceFn.SUM, 1));
  }

  private static Trial product(long rows, long depth, long columns) {
    return rows(
        "product of %dx%d and %dx%d".formatted(rows, depth, depth, columns),
        rows,
        (g, many) ->
            g.input("a", TensorType.f32(many, depth))
                .matmul(g.input("b", TensorType.f32(depth, columns))));
  }

  private static Trial convolution(long images, long extent, long in, int window, long out) {
    return rows(
        "convolution of %d images of %dx%dx%d to %d, window %d"
            .formatted(images, extent, extent, in, out, window),
        images,
        (g, many) -> convolved(g, many, extent, in, window, out));
  }

  private static Trial convolutionGradient(
      long images, long extent, long in, int window, long out) {
    return rows(
        "gradient by images of a convolution",
        images,
        (g, many) -> gradient(g, scratch -> convolved(scratch, many, extent, in, window, out)));
  }

  private static Node convolved(
      GraphBuilder g, long images, long extent, long in, int window, long out) {
    return g.input("x", TensorType.f32(images, extent, extent, in))
        .conv2d(g.input("kernel", TensorType.f32(window, window, in, out)), 1, window / 2);
  }

  private static Trial pooling(long images, ReduceFn fn) {
    return rows(
        "pooling of %d by %s".formatted(images, fn), images, (g, rows) -> pooled(g, rows, fn));
  }

  private static Trial poolingGradient(long images, ReduceFn fn) {
    return rows(
        "gradient of pooling by " + fn,
        images,
        (g, rows) -> gradient(g, scratch -> pooled(scratch, rows, fn)));
  }

  private static Node pooled(GraphBuilder g, long images, ReduceFn fn) {
    WindowDim pair = WindowDim.of(2, 2, 0, 0);
    return g.input("x", TensorType.f32(images, 28, 28, 6))
        .reduceWindow(fn, List.of(WindowDim.each(), pair, pair, WindowDim.each()));
  }

  /// The last operation of the gradient of a function by its first operand, by itself.
  private static Node gradient(GraphBuilder g, Function<GraphBuilder, Node> function) {
    GraphBuilder scratch = new GraphBuilder("forward");
    Node y = function.apply(scratch);
    Node dy = scratch.input("dy", y.type());
    Node gradient = Gradients.of(y, dy, List.of(y.input(0))).getFirst();
    List<Node> operands = new ArrayList<>();
    for (Node operand : gradient.inputs()) {
      operands.add(g.input("operand" + operands.size(), operand.type()));
    }
    return g.add(gradient.op(), operands);
  }

  private static Trial loop(String name, long rows, long columns, UnaryOperator<Node> body) {
    return rows(name, rows, (g, many) -> body.apply(g.input("x", TensorType.f32(many, columns))));
  }

  private static Trial rows(String name, long rows, BiFunction<GraphBuilder, Long, Node> body) {
    return new Trial(name, rows, Map.of(), many -> graph(g -> body.apply(g, many)));
  }

  private static Graph graph(Function<GraphBuilder, Node> body) {
    GraphBuilder g = new GraphBuilder("calibration");
    g.output("y", body.apply(g));
    return g.build();
  }
}
