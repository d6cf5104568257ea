package org.tombolo.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Every way in which an operation passes gradients on, at awkward shapes.
final class GradientCases {
  private GradientCases() {}

  static Stream<GradientCase> all() {
    return Stream.of(
            elementwise(),
            activations(),
            movement(),
            reductions(),
            contractions(),
            windows(),
            indices(),
            composites(),
            normalizations(),
            attentions(),
            controlFlow(),
            custom())
        .flatMap(List::stream);
  }

  private static List<GradientCase> elementwise() {
    List<GradientCase> cases = new ArrayList<>();
    for (UnaryFn fn : UnaryFn.values()) {
      if (fn.accepts(DType.F64)) {
        boolean positive = fn == UnaryFn.SQRT || fn == UnaryFn.LOG;
        Function<List<Node>, Node> formula = in -> in.get(0).unary(fn);
        cases.add(
            positive
                ? GradientCase.positive(fn.toString(), formula, shape(7))
                : GradientCase.of(fn.toString(), formula, shape(7)));
      }
    }
    for (BinaryFn fn : BinaryFn.values()) {
      if (fn.accepts(DType.F64)) {
        Function<List<Node>, Node> formula = in -> in.get(0).binary(fn, in.get(1));
        cases.add(
            fn == BinaryFn.POW
                ? GradientCase.positive(fn.toString(), formula, shape(2, 3), shape(2, 3))
                : GradientCase.of(fn.toString(), formula, shape(2, 3), shape(2, 3)));
      }
    }
    cases.add(one("square of one node", x -> x.mul(x), 5));
    cases.add(one("cube by pow", x -> x.pow(x.builder().scalar(DType.F64, 3)), 5));
    cases.add(one("sigmoid", Node::sigmoid, 5));
    cases.add(one("relu", Node::relu, 11));
    cases.add(one("floor and what is left", x -> x.sub(x.unary(UnaryFn.FLOOR)).mul(x), 5));
    cases.add(
        GradientCase.of(
            "select",
            in -> in.get(0).compare(CompareFn.LT, in.get(1)).select(in.get(2), in.get(0)),
            shape(5),
            shape(5),
            shape(5)));
    cases.add(one("assign", x -> assigned(x.mul(3)), 2, 2));
    cases.add(one("cast to i32 and back", x -> x.cast(DType.I32).cast(DType.F64).add(x), 3));
    cases.add(one("cast to f64", x -> x.builder().add(new Op.Cast(DType.F64), List.of(x)), 3));
    return cases;
  }

  private static List<GradientCase> activations() {
    return List.of(
        one("gelu", Node::gelu, 7),
        one("gelu by tanh", Node::geluTanh, 7),
        one("silu", Node::silu, 7),
        one("softplus", Node::softplus, 7),
        one("mish", Node::mish, 7),
        one("hard sigmoid", x -> x.mul(2).hardSigmoid(), 11),
        one("hard swish", x -> x.mul(2).hardSwish(), 11),
        one("elu", x -> x.elu(0.7), 7),
        one("selu", Node::selu, 7),
        one("leaky relu", x -> x.leakyRelu(0.1), 7));
  }

  private static Node assigned(Node value) {
    value.builder().variable("v", value.type());
    return value.builder().assign("v", value);
  }

  private static List<GradientCase> movement() {
    return List.of(
        one("reshape", x -> x.reshape(3, 4), 2, 6),
        one("permute", x -> x.permute(2, 0, 1), 2, 3, 5),
        one("broadcast", x -> x.broadcastTo(shape(4, 3, 5)), 3, 1),
        one("broadcast of a scalar", x -> x.broadcastTo(shape(2, 3))),
        one("broadcast to nothing", x -> x.broadcastTo(shape(0, 3)), 1, 3),
        one("slice", x -> x.slice(longs(1, 0), longs(6, 2), longs(2, 1)), 7, 3),
        one("slice of the last", x -> x.slice(longs(6), longs(7), longs(3)), 7),
        one("slice of nothing", x -> x.slice(longs(2), longs(2), longs(3)), 7),
        one("pad", x -> x.pad(longs(1, 0), longs(0, 2), longs(2, 1), 7), 3, 2),
        one("pad of one", x -> x.pad(longs(2), longs(1), longs(5), -1), 1),
        one("reverse", x -> x.reverse(0, 2), 2, 3, 2),
        GradientCase.of(
            "concat",
            in -> in.get(0).builder().concat(1, in.get(0), in.get(1), in.get(0)),
            shape(2, 3),
            shape(2, 1)));
  }

  private static List<GradientCase> reductions() {
    List<GradientCase> cases = new ArrayList<>();
    for (ReduceFn fn : ReduceFn.values()) {
      cases.add(one("reduce_" + fn + " of the middle", x -> x.reduce(fn, 1), 2, 5, 3));
      cases.add(one("reduce_" + fn + " of the ends", x -> x.reduce(fn, 2, 0), 2, 3, 2));
      cases.add(one("reduce_" + fn + " of all", x -> x.reduce(fn), 7));
      cases.add(one("reduce_" + fn + " of one", x -> x.reduce(fn, 0), 1, 3));
      cases.add(
          one(
              "reduce_" + fn + " of no axis",
              x -> x.builder().add(new Op.Reduce(fn, List.of()), List.of(x)),
              3));
    }
    cases.add(one("mean", x -> x.mean(1), 3, 4));
    return cases;
  }

  private static List<GradientCase> contractions() {
    return List.of(
        GradientCase.of("matmul", in -> in.get(0).matmul(in.get(1)), shape(3, 5), shape(5, 2)),
        GradientCase.of(
            "stack of matmuls", in -> in.get(0).matmul(in.get(1)), shape(2, 3, 2), shape(2, 2, 3)),
        one("matmul with itself", x -> x.matmul(x), 3, 3),
        GradientCase.of(
            "inner product",
            in -> dot(in, List.of(), List.of(), List.of(0), List.of(0)),
            shape(5),
            shape(5)),
        GradientCase.of(
            "outer product",
            in -> dot(in, List.of(), List.of(), List.of(), List.of()),
            shape(3),
            shape(2)),
        GradientCase.of(
            "dot over crossed axes",
            in -> dot(in, List.of(1), List.of(2), List.of(3, 0), List.of(0, 1)),
            shape(2, 3, 2, 5),
            shape(5, 2, 3, 2)),
        GradientCase.of(
            "dot of nothing",
            in -> dot(in, List.of(), List.of(), List.of(1), List.of(0)),
            shape(2, 0),
            shape(0, 3)),
        conv("conv2d", window(3, 1, 0, 0, 1, 1), window(2, 1, 0, 0, 1, 1), false, 5, 4),
        conv("conv2d with stride", window(3, 2, 1, 1, 1, 1), window(3, 3, 2, 0, 1, 1), false, 6, 5),
        conv("conv2d dilated", window(2, 1, 1, 0, 1, 3), window(2, 2, 0, 1, 2, 1), false, 5, 4),
        conv("conv2d cropped", window(2, 1, -1, 0, 1, 1), window(3, 2, 1, -2, 2, 1), false, 5, 5),
        conv("conv2d reversed", window(3, 2, 1, 0, 1, 1), window(2, 1, -1, 2, 2, 2), true, 5, 4),
        GradientCase.of(
            "conv with turned axes",
            in ->
                in.get(0)
                    .builder()
                    .add(
                        new Op.Conv(
                            List.of(window(2, 2, 1, 0, 1, 1), window(3, 1, 0, 1, 1, 1)),
                            true,
                            new ConvDims(
                                3, 1, List.of(2, 0), 0, 3, List.of(2, 1), 1, 2, List.of(3, 0))),
                        in),
            shape(4, 2, 3, 2),
            shape(2, 3, 2, 3)),
        GradientCase.of(
            "conv in groups",
            in ->
                in.get(0)
                    .builder()
                    .add(
                        new Op.Conv(
                            List.of(window(3, 2, 1, 0, 1, 1), window(2, 1, 0, 1, 1, 2)),
                            false,
                            ConvDims.groupedChannelsLast(2)),
                        in),
            shape(2, 5, 4, 3, 2),
            shape(3, 2, 2, 3, 2)),
        GradientCase.of(
            "conv of each channel by itself",
            in -> in.get(0).conv2d(in.get(1), 1, 1, 4),
            shape(2, 3, 3, 4),
            shape(3, 3, 1, 8)),
        GradientCase.of(
            "conv along nothing",
            in ->
                in.get(0)
                    .builder()
                    .add(new Op.Conv(List.of(), false, ConvDims.channelsLast(0)), in),
            shape(3, 2),
            shape(2, 4)));
  }

  private static Node dot(
      List<Node> in,
      List<Integer> lhsBatch,
      List<Integer> rhsBatch,
      List<Integer> lhsContract,
      List<Integer> rhsContract) {
    return in.get(0).builder().add(new Op.Dot(lhsBatch, rhsBatch, lhsContract, rhsContract), in);
  }

  private static GradientCase conv(
      String name, WindowDim rows, WindowDim columns, boolean reversed, long height, long width) {
    return GradientCase.of(
        name,
        in ->
            in.get(0)
                .builder()
                .add(new Op.Conv(List.of(rows, columns), reversed, ConvDims.channelsLast(2)), in),
        shape(2, height, width, 2),
        shape(rows.size(), columns.size(), 2, 3));
  }

  private static List<GradientCase> windows() {
    List<GradientCase> cases = new ArrayList<>();
    for (ReduceFn fn : ReduceFn.values()) {
      String name = "reduce_window_" + fn;
      cases.add(folded(name, fn, 7, window(2, 2, 0, 0, 1, 1)));
      cases.add(folded(name + " overlapping", fn, 7, window(3, 1, 1, 2, 1, 1)));
      cases.add(folded(name + " dilated", fn, 5, window(3, 2, 0, 1, 2, 2)));
      cases.add(folded(name + " cropped", fn, 7, window(2, 3, -1, -1, 1, 1)));
      cases.add(folded(name + " seeing nothing", fn, 3, window(1, 1, 2, 2, 2, 1)));
      cases.add(
          folded(
              name + " in a plane",
              fn,
              shape(3, 4),
              window(2, 1, 1, 0, 1, 1),
              window(2, 2, 0, 1, 1, 1)));
    }
    List<WindowDim> plane = List.of(window(2, 1, 1, 0, 1, 1), window(3, 2, 0, 1, 2, 1));
    cases.add(
        GradientCase.of(
            "window_max_grad",
            in -> in.get(0).builder().add(new Op.WindowMaxGrad(plane), in),
            shape(3, 3),
            shape(3, 2)));
    return cases;
  }

  private static GradientCase folded(String name, ReduceFn fn, long extent, WindowDim window) {
    return folded(name, fn, shape(extent), window);
  }

  private static GradientCase folded(String name, ReduceFn fn, Shape shape, WindowDim... window) {
    return GradientCase.of(
        name,
        in -> {
          Node y = in.get(0).reduceWindow(fn, Arrays.asList(window));
          return finite(y);
        },
        shape);
  }

  /// The maximum of nothing is infinite, which no difference quotient survives.
  private static Node finite(Node x) {
    return x.abs()
        .compare(CompareFn.LT, Double.POSITIVE_INFINITY)
        .select(x, x.builder().scalar(DType.F64, 0));
  }

  private static List<GradientCase> indices() {
    List<GradientCase> cases = new ArrayList<>();
    cases.add(one("gather of rows", x -> x.gather(0, ints(x, 2, 0, 2, 4)), 5, 3));
    cases.add(one("gather inside", x -> x.gather(1, ints(x, 1, 1)), 2, 3, 2));
    cases.add(one("gather of one", x -> x.gather(1, x.builder().scalar(DType.I64, 2)), 2, 3, 2));
    cases.add(one("gather along", x -> x.gatherAlong(0, ints(x, 2, 0, 0, 1).reshape(2, 2)), 3, 2));
    cases.add(
        one(
            "gather in batches",
            x ->
                x.builder().add(new Op.Gather(1, 2), List.of(x, ints(x, 1, 0, 1, 1).reshape(2, 2))),
            2,
            3,
            2));
    cases.add(
        GradientCase.of(
            "scatter_add",
            in -> in.get(0).scatterAdd(0, ints(in.get(0), 1, 9, 1, 0, -1), in.get(1)),
            shape(3, 2),
            shape(5, 2)));
    cases.add(
        GradientCase.of(
            "scatter_add in batches",
            in ->
                in.get(0)
                    .builder()
                    .add(
                        new Op.ScatterAdd(1, 2),
                        List.of(in.get(0), ints(in.get(0), 1, 0, 5, 1).reshape(2, 2), in.get(1))),
            shape(2, 3, 2),
            shape(2, 3, 2)));
    for (ReduceFn fn : ReduceFn.values()) {
      for (boolean exclusive : new boolean[] {false, true}) {
        for (boolean reverse : new boolean[] {false, true}) {
          Op scan = new Op.Scan(fn, 1, exclusive, reverse);
          cases.add(one("scan " + scan, x -> finite(x.builder().add(scan, List.of(x))), 2, 5, 2));
        }
      }
      cases.add(one("scan_" + fn + " of one", x -> x.scan(fn, 0), 1, 3));
    }
    cases.add(one("sort", x -> x.sort(1, true), 2, 5));
    cases.add(one("top k", x -> x.gatherAlong(0, x.topK(0, 2)), 5));
    cases.add(one("arg_max is flat", x -> x.argMax(0).cast(DType.F64).add(x.sum(0)), 5, 3));
    return cases;
  }

  private static Node ints(Node near, int... values) {
    return near.builder().constant(Tensor.of(values));
  }

  private static GraphFunction product(boolean withGradient) {
    TensorType type = TensorType.of(DType.F64, 3);
    GraphBuilder body = new GraphBuilder("body");
    body.output("z", body.input("x", type).mul(body.input("y", type).square()));
    GraphBuilder gradient = new GraphBuilder("gradient");
    Node x = gradient.input("x", type);
    Node y = gradient.input("y", type);
    Node dz = gradient.input("dz", type);
    gradient.output("dx", dz.mul(y.square()));
    gradient.output("dy", dz.mul(x).mul(y).mul(2));
    return withGradient
        ? new GraphFunction("product", body.build(), gradient.build())
        : new GraphFunction("product", body.build());
  }

  private static List<GradientCase> composites() {
    return List.of(
        GradientCase.of(
            "call",
            in -> in.get(0).builder().call(product(false), in.get(0), in.get(1)),
            shape(3),
            shape(3)),
        GradientCase.of(
            "call with a gradient of its own",
            in -> in.get(0).builder().call(product(true), in.get(0), in.get(1)),
            shape(3),
            shape(3)),
        one("softmax", x -> x.softmax(1), 2, 5),
        one("softmax of the first axis", x -> x.softmax(0), 3, 2),
        one("log_softmax", x -> x.logSoftmax(1), 2, 5),
        one("log_softmax of the first axis", x -> x.logSoftmax(0), 3, 2),
        GradientCase.of(
            "cross_entropy",
            in -> call(new Composite.CrossEntropy(), in),
            shape(3, 4),
            shape(3, 4)),
        GradientCase.of(
            "binary_cross_entropy",
            in -> call(new Composite.BinaryCrossEntropy(), in),
            shape(3, 4),
            shape(3, 4)),
        one(
            "sparse_cross_entropy",
            x ->
                x.builder()
                    .call(
                        new Composite.SparseCrossEntropy(),
                        x,
                        x.builder().constant(Tensor.of(new int[] {2, 0, 4}))),
            3,
            5),
        GradientCase.of(
            "sparse_cross_entropy_grad",
            in -> {
              GraphBuilder g = in.get(0).builder();
              Node labels = g.constant(Tensor.of(new int[] {2, 0}));
              return g.call(new Composite.SparseCrossEntropyGrad(), in.get(0), labels, in.get(1));
            },
            shape(2, 3),
            shape(2)),
        one(
            "sparse_cross_entropy_grad of scores that are weights too",
            x -> {
              GraphBuilder g = x.builder();
              Node labels = g.constant(Tensor.of(new int[] {1, 0}));
              return g.call(new Composite.SparseCrossEntropyGrad(), x, labels, x.square().sum(1));
            },
            2,
            3),
        one(
            "dropout",
            x ->
                x.builder()
                    .call(
                        new Composite.Dropout(0.4),
                        x,
                        x.builder().constant(Tensor.of(new long[] {5, 7}))),
            17));
  }

  private static List<GradientCase> normalizations() {
    return List.of(
        norm("layer_norm", new Normalization.LayerNorm(1, 1e-3), shape(3, 5), shape(5)),
        norm("layer_norm of all", new Normalization.LayerNorm(0, 1e-3), shape(2, 3), shape(2, 3)),
        norm(
            "layer_norm of planes", new Normalization.LayerNorm(1, 1), shape(2, 2, 3), shape(2, 3)),
        GradientCase.of(
            "rms_norm", in -> call(new Normalization.RmsNorm(1, 1e-3), in), shape(3, 5), shape(5)),
        norm("batch_norm", new Normalization.BatchNorm(1, 1e-2), shape(4, 3), shape(3)),
        norm("batch_norm of images", new Normalization.BatchNorm(1, 0.1), shape(2, 3, 2), shape(3)),
        norm("group_norm", new Normalization.GroupNorm(2, 2, 0.1), shape(2, 3, 4), shape(4)),
        norm("instance_norm", new Normalization.GroupNorm(1, 2, 0.1), shape(2, 2, 4), shape(2)),
        GradientCase.positive(
            "batch_norm_inference",
            in -> call(new Normalization.BatchNormInference(1, 1e-3), in),
            shape(4, 3),
            shape(3),
            shape(3),
            shape(3),
            shape(3)));
  }

  private static GradientCase norm(String name, Composite form, Shape x, Shape learned) {
    return GradientCase.of(name, in -> call(form, in), x, learned, learned);
  }

  private static List<GradientCase> attentions() {
    Composite free = new Attention(0.7, false);
    Composite causal = new Attention(0.7, true);
    Shape q = shape(1, 2, 3, 2);
    Shape k = shape(1, 2, 2, 2);
    Shape v = shape(1, 2, 2, 3);
    return List.of(
        GradientCase.of("attention", in -> call(free, in), q, k, v),
        GradientCase.of("attention, causal", in -> call(causal, in), q, k, v),
        GradientCase.of(
            "attention, grouped heads",
            in -> call(free, in),
            q,
            shape(1, 1, 2, 2),
            shape(1, 1, 2, 1)),
        GradientCase.of(
            "attention, float mask", in -> call(causal, in), q, k, v, shape(1, 1, 3, 2)),
        GradientCase.of(
            "attention, bool mask",
            in -> {
              GraphBuilder g = in.get(0).builder();
              Tensor mask =
                  Tensor.filled(TensorType.of(DType.BOOL, 1, 1, 3, 2), i -> i % 4 < 2 ? 0 : 1);
              return g.call(free, in.get(0), in.get(1), in.get(2), g.constant(mask));
            },
            q,
            k,
            v));
  }

  private static List<GradientCase> custom() {
    return List.of(
        GradientCase.of(
            "custom",
            in -> {
              List<Node> results = in.get(0).builder().custom(new ProductAndSum(3), in);
              return results.get(0).add(results.get(1).square());
            },
            Shape.of(3),
            Shape.of(3)));
  }

  private static List<GradientCase> controlFlow() {
    Function<List<Node>, Node> choice =
        in ->
            in
                .get(0)
                .builder()
                .ifElse(
                    in.get(0).sum().compare(CompareFn.GT, in.get(1).sum()),
                    in,
                    at -> List.of(at.get(0).mul(at.get(1)), at.get(1).exp()),
                    at -> List.of(at.get(0).sub(at.get(1)), at.get(0).mul(at.get(0))))
                .stream()
                .reduce(Node::mul)
                .orElseThrow();
    return List.of(
        GradientCase.of("if", choice, shape(3), shape(3)),
        GradientCase.of(
            "if, other way round", in -> choice.apply(in.reversed()), shape(3), shape(3)),
        GradientCase.of("while", in -> powers(in, OptionalLong.empty()), shape(3), shape(3)),
        GradientCase.of("while, limited", in -> powers(in, OptionalLong.of(4)), shape(3), shape(3)),
        GradientCase.of("while, stopped", in -> powers(in, OptionalLong.of(1)), shape(3), shape(3)),
        GradientCase.of("while, no trip", in -> powers(in, OptionalLong.of(0)), shape(3), shape(3)),
        GradientCase.of(
            "while, collecting",
            in ->
                in.get(0)
                    .builder()
                    .whileLoop(
                        OptionalLong.of(4),
                        List.of(in.get(0), in.get(0).builder().scalar(DType.I64, 0)),
                        List.of(in.get(1)),
                        at -> at.get(1).compare(CompareFn.LT, 2),
                        at -> {
                          Node next = at.get(0).mul(at.get(2)).add(at.get(0));
                          return List.of(next, at.get(1).add(1), next.mul(at.get(0)));
                        })
                    .get(2),
            shape(2),
            shape(2)));
  }

  /// `x` times `y` to the second power, by a loop that also carries what has no gradient.
  private static Node powers(List<Node> in, OptionalLong limit) {
    GraphBuilder g = in.get(0).builder();
    return g.whileLoop(
            limit,
            List.of(g.scalar(DType.I64, 0), in.get(0)),
            List.of(in.get(1)),
            at -> at.get(0).compare(CompareFn.LT, 2),
            at -> List.of(at.get(0).add(1), at.get(1).mul(at.get(2))))
        .get(1);
  }

  private static Node call(Composite function, List<Node> in) {
    return in.get(0).builder().call(function, in.toArray(Node[]::new));
  }

  private static GradientCase one(String name, UnaryOperator<Node> formula, long... operand) {
    return GradientCase.of(name, in -> formula.apply(in.get(0)), Shape.of(operand));
  }

  static WindowDim window(long size, long stride, long low, long high, long base, long dilation) {
    return new WindowDim(size, stride, low, high, base, dilation);
  }

  private static Shape shape(long... dims) {
    return Shape.of(dims);
  }

  private static long[] longs(long... values) {
    return values;
  }
}
