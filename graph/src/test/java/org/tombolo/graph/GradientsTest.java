package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Gradients against difference quotients for every operation, and the choices at kinks.
class GradientsTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// Pass no gradient on because they have no operand or no float result.
  private static final Set<Class<?>> CONSTANT_EVERYWHERE =
      Set.of(
          Op.Input.class,
          Op.Constant.class,
          Op.Variable.class,
          Op.Iota.class,
          Op.RandomBits.class,
          Op.Compare.class);

  static Stream<GradientCase> cases() {
    return GradientCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreeWithDifferenceQuotients(GradientCase test) {
    CentralDifferences.check(test, SEED);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void canBeDifferentiatedAgain(GradientCase test) {
    CentralDifferences.check(test.derivative(), SEED);
  }

  @Test
  void everyOperationHasACase() {
    Set<Class<?>> tried = new HashSet<>(CONSTANT_EVERYWHERE);
    Set<Class<?>> functions = new HashSet<>();
    Set<UnaryFn> unary = EnumSet.noneOf(UnaryFn.class);
    Set<BinaryFn> binary = EnumSet.noneOf(BinaryFn.class);
    Set<ReduceFn> reduced = EnumSet.noneOf(ReduceFn.class);
    Set<ReduceFn> windows = EnumSet.noneOf(ReduceFn.class);
    GradientCases.all()
        .flatMap(test -> nodes(test).stream())
        .forEach(node -> {
          tried.add(node.op().getClass());
          switch (node.op()) {
            case Op.Unary(UnaryFn fn) -> unary.add(fn);
            case Op.Binary(BinaryFn fn) -> binary.add(fn);
            case Op.Reduce(ReduceFn fn, List<Integer> _) -> reduced.add(fn);
            case Op.ReduceWindow(ReduceFn fn, List<WindowDim> _) -> windows.add(fn);
            case Op.Call(Composite function) -> functions.add(function.getClass());
            default -> {}
          }
        });

    assertEquals(Set.of(Op.class.getPermittedSubclasses()), tried);
    assertEquals(OpCasesTest.composites(Composite.class).collect(Collectors.toSet()), functions);
    assertEquals(EnumSet.allOf(ReduceFn.class), reduced);
    assertEquals(EnumSet.allOf(ReduceFn.class), windows);
    assertTrue(
        Arrays.stream(UnaryFn.values())
            .allMatch(fn -> !fn.accepts(DType.F64) || unary.contains(fn)));
    assertTrue(
        Arrays.stream(BinaryFn.values())
            .allMatch(fn -> !fn.accepts(DType.F64) || binary.contains(fn)));
  }

  private static List<Node> nodes(GradientCase test) {
    GraphBuilder g = new GraphBuilder(test.name());
    g.output("y", test.formula().apply(test.inputs(g)));
    return g.build().nodes();
  }

  private static double[] gradient(UnaryOperator<Node> formula, double... x) {
    return gradients(in -> formula.apply(in.get(0)), x)[0];
  }

  private static double[][] gradients(Function<List<Node>, Node> formula, double[]... x) {
    GraphBuilder g = new GraphBuilder("kinks");
    List<Node> in =
        Arrays.stream(x)
            .map(values ->
                g.input(
                    "x" + Arrays.asList(x).indexOf(values),
                    TensorType.of(DType.F64, values.length)))
            .toList();
    Node y = formula.apply(in);
    List<Node> dx = Gradients.of(y, g.full(y.type(), 1), in);
    for (int i = 0; i < x.length; i++) {
      g.output("dx" + i, dx.get(i));
    }
    return CentralDifferences.run(
            g.build(), Arrays.stream(x).map(values -> Tensor.of(values, values.length)).toList())
        .stream()
        .map(Tensor::toDoubles)
        .toArray(double[][]::new);
  }

  @Test
  void choosesAtKinks() {
    assertArrayEquals(new double[] {-1, 0, 1}, gradient(Node::abs, -3, 0, 3));
    assertArrayEquals(new double[] {0, 0, 1}, gradient(Node::relu, -3, 0, 3));
    assertArrayEquals(new double[] {0, 0, 0}, gradient(x -> x.unary(UnaryFn.SIGN), -3, 0, 3));
    assertArrayEquals(new double[] {0, 0.5, 0.5}, gradient(x -> x.reduce(ReduceFn.MAX), 1, 2, 2));
    assertArrayEquals(new double[] {0.5, 0, 0.5}, gradient(x -> x.reduce(ReduceFn.MIN), 1, 2, 1));
    List<WindowDim> pairs = List.of(WindowDim.of(2, 1, 0, 0));
    assertArrayEquals(
        new double[] {1, 1, 0}, gradient(x -> x.reduceWindow(ReduceFn.MAX, pairs), 2, 2, 2));
    assertArrayEquals(
        new double[] {1, 1, 0}, gradient(x -> x.reduceWindow(ReduceFn.MIN, pairs), 2, 2, 2));
    double[][] larger =
        gradients(in -> in.get(0).max(in.get(1)), new double[] {1, 2, 3}, new double[] {2, 2, 2});
    assertArrayEquals(new double[] {0, 0, 1}, larger[0]);
    assertArrayEquals(new double[] {1, 1, 0}, larger[1]);
    double[][] smaller =
        gradients(in -> in.get(0).min(in.get(1)), new double[] {1, 2, 3}, new double[] {2, 2, 2});
    assertArrayEquals(new double[] {1, 0, 0}, smaller[0]);
    assertArrayEquals(new double[] {0, 1, 1}, smaller[1]);
  }

  @Test
  void takesNaNForTheLargestAgainAndAgain() {
    double nan = Double.NaN;
    List<WindowDim> whole = List.of(WindowDim.of(4, 1, 0, 0));
    assertArrayEquals(
        new double[] {0, 1, 0, 0},
        gradient(x -> x.reduceWindow(ReduceFn.MAX, whole), 1, nan, 3, nan));
    double[] weights =
        gradients(
            in -> {
              GraphBuilder g = in.get(0).builder();
              Node x = g.constant(Tensor.of(new double[] {1, nan, 3, nan}));
              Node scale = g.constant(Tensor.of(new double[] {5, 6, 7, 8}));
              Op op = new Op.WindowMaxGrad(whole);
              return g.add(op, List.of(x, in.get(0))).mul(scale);
            },
            new double[] {1})[0];
    assertArrayEquals(new double[] {6}, weights);
  }

  @Test
  void productsMayHoldZeros() {
    assertArrayEquals(new double[] {0, 15, 0}, gradient(x -> x.reduce(ReduceFn.PROD), 3, 0, 5));
    assertArrayEquals(new double[] {0, 0, 0}, gradient(x -> x.reduce(ReduceFn.PROD), 3, 0, 0));
    List<WindowDim> pairs = List.of(WindowDim.of(2, 1, 0, 0));
    assertArrayEquals(
        new double[] {0, 8, 0}, gradient(x -> x.reduceWindow(ReduceFn.PROD, pairs), 3, 0, 5));
  }

  @Test
  void powersAreCarefulAtZeroAndBelow() {
    double[][] d =
        gradients(
            in -> in.get(0).pow(in.get(1)),
            new double[] {0, 0, 0, 0, -2, -2, 0x1p-1060, 3},
            new double[] {0, 1, 2, -1, 3, -1, 0, 0});
    assertArrayEquals(new double[] {0, 1, 0, Double.NEGATIVE_INFINITY, 12, -0.25, 0, 0}, d[0]);
    assertArrayEquals(new double[] {0, 0, 0, Double.NEGATIVE_INFINITY}, Arrays.copyOf(d[1], 4));
    assertTrue(Double.isNaN(d[1][4]), "no logarithm of a negative base");
    assertEquals(Math.log(3), d[1][7], 1e-15);
    double[] second =
        gradient(
            x -> Gradients.of(x.pow(x.builder().scalar(DType.F64, 2)).sum(), List.of(x)).get(0),
            0,
            -1);
    assertArrayEquals(new double[] {2, 2}, second);
  }

  @Test
  void addsUpOverAllPathsAndStopsAtIntermediateNodes() {
    GraphBuilder g = new GraphBuilder("paths");
    Node x = g.input("x", TensorType.of(DType.F64));
    Node middle = x.mul(3);
    Node y = middle.mul(middle).add(x);
    Node unused = g.input("unused", TensorType.f32(2, 3));
    List<Node> dx = Gradients.of(y, List.of(x, middle, y, unused, x));
    for (int i = 0; i < dx.size(); i++) {
      g.output("dx" + i, dx.get(i));
    }

    Map<String, Tensor> out =
        Reference.run(
                g.build(),
                Map.of(
                    "x", Tensor.filled(x.type(), i -> 5), "unused", Tensor.full(unused.type(), 1)),
                Map.of())
            .outputs();

    assertEquals(2 * 9 * 5 + 1, out.get("dx0").at(0));
    assertEquals(2 * 15, out.get("dx1").at(0));
    assertEquals(1, out.get("dx2").at(0));
    assertEquals(Tensor.full(TensorType.f32(2, 3), 0), out.get("dx3"));
    assertEquals(out.get("dx0"), out.get("dx4"));
  }

  @Test
  void keepsTheLineAndBelowItTheScopeOfWhatIsDifferentiated() {
    GraphBuilder g = new GraphBuilder("places");
    Node x = g.input("x", TensorType.f32(3));
    Node y;
    try (var _ = g.scope("layer")) {
      y = x.exp();
    }
    Node dx = Gradients.of(y.sum(), List.of(x)).get(0);

    assertEquals("layer/gradient", dx.scope());
    assertEquals(y.where(), dx.where());
    assertEquals("", x.neg().scope());
  }

  @Test
  void half() {
    GraphBuilder g = new GraphBuilder("mixed");
    Node x = g.input("x", TensorType.of(DType.F16, 2));
    Node dx = Gradients.of(x.cast(DType.F32).square().sum(), List.of(x)).get(0);
    g.output("dx", dx);

    Tensor at = Tensor.filled(x.type(), i -> i + 1.0);
    assertEquals(
        Tensor.filled(x.type(), i -> 2 * (i + 1.0)), Reference.run(g.build(), List.of(at)).get(0));
  }

  @Test
  void refuseWhatHasNoGradient() {
    GraphBuilder g = new GraphBuilder("wrong");
    Node x = g.input("x", TensorType.f32(3));
    Node i = g.input("i", TensorType.of(DType.I32));

    assertEquals(
        "gradient: result is input: f32[3]; need a float scalar\n"
            + "  try: sum() or mean() of it, or of(y, dy, wrt) with a weight for each element",
        assertThrows(ShapeException.class, () -> Gradients.of(x, List.of(x))).getMessage());
    assertEquals(
        "gradient: asked with respect to input: i32[]; need a float node of the builder of"
            + " reduce_sum: f32[]\n"
            + "  try: cast(DType.F32) before the value is used, and the gradient of that",
        assertThrows(ShapeException.class, () -> Gradients.of(x.sum(), List.of(i))).getMessage());
    assertThrows(ShapeException.class, () -> Gradients.of(x, x.sum(), List.of(x)));
    assertThrows(
        ShapeException.class,
        () -> Gradients.of(x.sum(), List.of(new GraphBuilder("").input("x", x.type()))));
  }
}
