package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Compares gradients with difference quotients in double precision.
///
/// For `f(x) = sum(y(x) * dy)` and a step `h` the quotient `(f(x+h) - f(x-h)) / 2h` is off by about
/// `h^2/6 * f'''` from truncation and `u*|f|/h` from rounding, with `u = 2^-53`. At `h = 2^-17 =
/// 7.6e-6` that is `1e-11 * f'''` and `1.5e-11 * |f|`. [#TOLERANCE], relative to the sum of
/// magnitudes, leaves room for a third derivative of 1e4 and a few hundred roundings.
final class CentralDifferences {
  static final double STEP = 0x1p-17;
  static final double TOLERANCE = 1e-7;

  private CentralDifferences() {}

  static void check(GradientCase test, long seed) {
    check(test, graph -> graph, seed);
  }

  /// @param rewrite applied to the graph of the gradients before it runs
  static void check(GradientCase test, Rewrite rewrite, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    GraphBuilder g = new GraphBuilder(test.name());
    List<Node> x = test.inputs(g);
    Node y = test.formula().apply(x);
    Tensor weights = Tensor.filled(y.type(), i -> random.nextDouble(-1, 1));
    Node dy = g.constant(weights);
    g.output("y", y);
    List<Node> gradients = Gradients.of(y, dy, x);
    for (int i = 0; i < x.size(); i++) {
      assertEquals(x.get(i).type(), gradients.get(i).type(), test + ": type of gradient " + i);
      g.output("dx" + i, gradients.get(i));
    }
    Graph whole = rewrite.apply(g.build());
    Graph forward = forward(test);
    List<Tensor> at = test.draw(random);
    List<Tensor> got = run(whole, at);
    double scale = 1 + magnitude(got.getFirst(), weights);
    for (int i = 0; i < x.size(); i++) {
      for (int j = 0; j < at.get(i).type().size(); j++) {
        double above = weighted(run(forward, stepped(at, i, j, STEP)).getFirst(), weights);
        double below = weighted(run(forward, stepped(at, i, j, -STEP)).getFirst(), weights);
        assertEquals(
            (above - below) / (2 * STEP),
            got.get(1 + i).at(j),
            TOLERANCE * scale,
            "%s: gradient %d, element %d, seed %d".formatted(test, i, j, seed));
      }
    }
  }

  private static Graph forward(GradientCase test) {
    GraphBuilder g = new GraphBuilder(test.name());
    g.output("y", test.formula().apply(test.inputs(g)));
    return g.build();
  }

  /// Runs a graph whose variables are only assigned.
  static List<Tensor> run(Graph graph, List<Tensor> at) {
    Map<String, Tensor> inputs = new HashMap<>();
    for (int i = 0; i < at.size(); i++) {
      inputs.put("x" + i, at.get(i));
    }
    Map<String, Tensor> variables = new HashMap<>();
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType type)) {
        variables.put(name, Tensor.full(type, 0));
      }
    }
    return List.copyOf(Reference.run(graph, inputs, variables).outputs().values());
  }

  private static List<Tensor> stepped(List<Tensor> at, int operand, int element, double step) {
    List<Tensor> moved = new ArrayList<>(at);
    Tensor x = at.get(operand);
    moved.set(operand, Tensor.filled(x.type(), i -> x.at(i) + (i == element ? step : 0)));
    return moved;
  }

  static double weighted(Tensor y, Tensor weights) {
    double sum = 0;
    for (long i = 0; i < y.type().size(); i++) {
      sum += y.at(i) * weights.at(i);
    }
    return sum;
  }

  static double magnitude(Tensor y, Tensor weights) {
    double sum = 0;
    for (long i = 0; i < y.type().size(); i++) {
      sum += Math.abs(y.at(i) * weights.at(i));
    }
    return sum;
  }
}
