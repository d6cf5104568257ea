package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Activations against their formulas in double precision, in f64 and in f32, with their gradients.
class ActivationsTest {
  private static final double[] POINTS = {
    -1e4, -500, -100, -30, -10, -5, -3, -1, -0.1, -1e-4, -1e-8, 0, 1e-8, 1e-4, 0.1, 1, 3, 5, 10, 30,
    100, 500, 1e4
  };

  /// @param value in plain Java
  /// @param slope in plain Java
  record Activation(
      String name, UnaryOperator<Node> node, DoubleUnaryOperator value, DoubleUnaryOperator slope) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static double normalBelow(double x) {
    return x < -38 ? 0 : 0.5 * (1 + ErrorFunction.erf(x / Math.sqrt(2)));
  }

  private static double density(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double sigmoid(double x) {
    return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double tanhArgument(double x) {
    return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
  }

  private static double tanhSlope(double y) {
    return 1 - Math.tanh(y) * Math.tanh(y);
  }

  private static double relu6(double x) {
    return Math.min(Math.max(x, 0), 6);
  }

  static List<Activation> activations() {
    double alpha = 1.6732632423543772;
    double lambda = 1.0507009873554805;
    return List.of(
        new Activation(
            "gelu", Node::gelu, x -> x * normalBelow(x), x -> normalBelow(x) + x * density(x)),
        new Activation(
            "gelu by tanh",
            Node::geluTanh,
            x -> 0.5 * x * (1 + Math.tanh(tanhArgument(x))),
            x ->
                0.5 * (1 + Math.tanh(tanhArgument(x)))
                    + 0.5
                        * x
                        * tanhSlope(tanhArgument(x))
                        * Math.sqrt(2 / Math.PI)
                        * (1 + 3 * 0.044715 * x * x)),
        new Activation(
            "silu",
            Node::silu,
            x -> x * sigmoid(x),
            x -> sigmoid(x) + x * sigmoid(x) * sigmoid(-x)),
        new Activation(
            "softplus", Node::softplus, ActivationsTest::softplus, ActivationsTest::sigmoid),
        new Activation(
            "mish",
            Node::mish,
            x -> x * Math.tanh(softplus(x)),
            x -> Math.tanh(softplus(x)) + x * tanhSlope(softplus(x)) * sigmoid(x)),
        new Activation(
            "hard sigmoid",
            Node::hardSigmoid,
            x -> relu6(x + 3) / 6,
            x -> x > -3 && x < 3 ? 1.0 / 6 : 0),
        new Activation(
            "hard swish",
            Node::hardSwish,
            x -> x * relu6(x + 3) / 6,
            x -> relu6(x + 3) / 6 + (x > -3 && x < 3 ? x / 6 : 0)),
        new Activation(
            "elu",
            x -> x.elu(0.7),
            x -> x > 0 ? x : 0.7 * Math.expm1(x),
            x -> x > 0 ? 1 : 0.7 * Math.exp(x)),
        new Activation(
            "selu",
            Node::selu,
            x -> lambda * (x > 0 ? x : alpha * Math.expm1(x)),
            x -> lambda * (x > 0 ? 1 : alpha * Math.exp(x))),
        new Activation(
            "leaky relu", x -> x.leakyRelu(0.1), x -> x > 0 ? x : 0.1 * x, x -> x > 0 ? 1 : 0.1));
  }

  /// Value and gradient at the points.
  private static double[][] run(Activation activation, DType dtype) {
    GraphBuilder g = new GraphBuilder(activation.name());
    Node x = g.input("x", TensorType.of(dtype, POINTS.length));
    Node y = activation.node().apply(x);
    g.output("y", y);
    g.output("dx", Gradients.of(y.sum(), List.of(x)).getFirst());
    Tensor points = Tensor.filled(x.type(), i -> POINTS[(int) i]);
    Graph graph = Rewrites.simplify(g.build());
    Reference.Result result = Reference.run(graph, Map.of("x", points), Map.of());
    return new double[][] {result.doubles("y"), result.doubles("dx")};
  }

  /// The error is relative to the value or to the operand, whichever is larger: `x * (1 + erf)` and
  /// its like cancel for a negative x.
  private static void assertClose(Activation activation, DType dtype, double unit) {
    double[][] got = run(activation, dtype);
    for (int i = 0; i < POINTS.length; i++) {
      double x = dtype == DType.F32 ? (float) POINTS[i] : POINTS[i];
      String where = activation + " of " + x + " in " + dtype;
      double value = activation.value().applyAsDouble(x);
      assertEquals(value, got[0][i], unit * Math.max(Math.abs(x), Math.abs(value)), where);
      double slope = activation.slope().applyAsDouble(x);
      assertEquals(slope, got[1][i], unit * Math.max(1, Math.abs(slope)), where + ", gradient");
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void followsItsFormula(Activation activation) {
    assertClose(activation, DType.F64, 8 * 0x1p-52);
    assertClose(activation, DType.F32, 8 * 0x1p-23);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void isANumberEverywhereInHalfPrecision(Activation activation) {
    for (DType dtype : List.of(DType.F16, DType.BF16)) {
      double[][] got = run(activation, dtype);
      assertTrue(
          DoubleStream.concat(DoubleStream.of(got[0]), DoubleStream.of(got[1]))
              .allMatch(Double::isFinite),
          () -> activation + " in " + dtype + ": " + List.of(got[0], got[1]));
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void keepsNaN(Activation activation) {
    GraphBuilder g = new GraphBuilder(activation.name());
    Node y = activation.node().apply(g.scalar(DType.F32, Double.NaN));
    g.output("y", y);
    assertEquals(Double.NaN, Reference.run(g.build(), Map.of(), Map.of()).doubles("y")[0]);
  }
}
