package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Optimizers against loops that are written out: linear regression, whose gradient is known.
class OptimizerTest {
  private static final int N = 7;
  private static final int IN = 3;
  private static final int OUT = 2;
  private static final int STEPS = 6;

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        Optimizer.Sgd.withRate(0.1),
        Optimizer.Sgd.withRate(0.05).momentum(0.9),
        Optimizer.Sgd.withRate(0.05).momentum(0.8).lookingAhead(),
        Optimizer.Sgd.withRate(0.05).lookingAhead(),
        Optimizer.Adam.withRate(0.01),
        new Optimizer.Adam(0.1, 0, 0.5, 1e-3));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void followsTheWrittenOutLoop(Optimizer optimizer) {
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    Tensor x = Tensor.filled(TensorType.f32(N, IN), i -> random.nextDouble() * 2 - 1);
    Tensor y = Tensor.filled(TensorType.f32(N, OUT), i -> random.nextDouble() * 2 - 1);
    Model model = Model.sequential("line", Shape.of(IN), Dense.of(OUT));
    Loss loss = Loss.meanSquaredError();
    Graph graph = ModelGraph.training(model, loss, optimizer, seed, x.type(), y.type());
    Map<String, Tensor> variables = new HashMap<>(ModelGraph.initial(model, optimizer, seed));

    // Parameters in one array: the kernel row by row, then the bias.
    int count = IN * OUT + OUT;
    double[] p = new double[count];
    double[] m = new double[count];
    double[] v = new double[count];
    for (int i = 0; i < IN * OUT; i++) {
      p[i] = variables.get("dense1/kernel").at(i);
    }

    for (int step = 1; step <= STEPS; step++) {
      Reference.Result result =
          Reference.run(graph, Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, y), variables);
      double[] gradient = new double[count];
      double want = gradient(x, y, p, gradient);
      assertEquals(want, result.doubles(ModelGraph.LOSS)[0], 1e-5 * want, "step " + step);
      for (int i = 0; i < count; i++) {
        switch (optimizer) {
          case Optimizer.Sgd(double rate, double momentum, boolean nesterov) -> {
            v[i] = momentum * v[i] + gradient[i];
            p[i] -= rate * (nesterov ? gradient[i] + momentum * v[i] : v[i]);
          }
          case Optimizer.Adam(double rate, double beta1, double beta2, double epsilon) -> {
            m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
            v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
            double mean = m[i] / (1 - Math.pow(beta1, step));
            double square = v[i] / (1 - Math.pow(beta2, step));
            p[i] -= rate * mean / (Math.sqrt(square) + epsilon);
          }
        }
      }
      variables.putAll(result.variables());
      assertEquals(step, variables.get(ModelGraph.STEP).longAt(0));
      for (int i = 0; i < count; i++) {
        Tensor tensor = variables.get(i < IN * OUT ? "dense1/kernel" : "dense1/bias");
        double got = tensor.at(i < IN * OUT ? i : i - IN * OUT);
        // Variables are rounded to floats after each step.
        assertEquals(p[i], got, 2e-6, "element %d, step %d, seed %d".formatted(i, step, seed));
      }
    }
  }

  /// Fills in the gradient and gives the loss.
  private static double gradient(Tensor x, Tensor y, double[] p, double[] gradient) {
    double loss = 0;
    for (int n = 0; n < N; n++) {
      for (int o = 0; o < OUT; o++) {
        double residual = p[IN * OUT + o] - y.at(n * OUT + o);
        for (int i = 0; i < IN; i++) {
          residual += x.at(n * IN + i) * p[i * OUT + o];
        }
        loss += residual * residual / (N * OUT);
        double slope = 2 * residual / (N * OUT);
        gradient[IN * OUT + o] += slope;
        for (int i = 0; i < IN; i++) {
          gradient[i * OUT + o] += slope * x.at(n * IN + i);
        }
      }
    }
    return loss;
  }
}
