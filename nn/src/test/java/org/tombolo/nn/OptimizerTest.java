package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Optimizers against loops that are written out: linear regression, whose gradient is known.
class OptimizerTest {
  private static final int N = 7;
  private static final int IN = 3;
  private static final int OUT = 2;
  private static final int STEPS = 60;
  private static final int COUNT = IN * OUT + OUT;

  /// Where the elements of kernel and bias begin and end.
  private static final int[][] PARAMETERS = {{0, IN * OUT}, {IN * OUT, COUNT}};

  private static final Model MODEL = Model.sequential("line", Shape.of(IN), Dense.of(OUT));
  private static final Loss LOSS = Loss.meanSquaredError();

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        Optimizer.Sgd.withRate(0.1),
        Optimizer.Sgd.withRate(0.05).momentum(0.9),
        Optimizer.Sgd.withRate(0.05).momentum(0.8).lookingAhead(),
        Optimizer.Sgd.withRate(0.05).lookingAhead(),
        Optimizer.RmsProp.withRate(0.01),
        new Optimizer.RmsProp(0.01, 0.9, 1e-3, 0.5),
        Optimizer.Adagrad.withRate(0.1),
        Optimizer.Adam.withRate(0.01),
        new Optimizer.Adam(0.1, 0, 0.5, 1e-3),
        Optimizer.Adam.withRate(0.01).weightDecay(0.1),
        new Optimizer.Lion(0.01, 0.9, 0.99, 0.1),
        Adafactor.withRate(0.05),
        Optimizer.Sgd.withRate(0.1).momentum(0.9).clippedByValue(0.1),
        Optimizer.Sgd.withRate(0.1).momentum(0.9).clippedByNorm(0.2),
        Optimizer.Sgd.withRate(0.1).momentum(0.9).clippedByGlobalNorm(0.2),
        LossScaling.fixed(Optimizer.Adam.withRate(0.01).clippedByGlobalNorm(0.3), 1024),
        new LossScaling(Optimizer.Sgd.withRate(0.1), 0x1p22, 5));
  }

  /// An optimizer written out: changes parameters, of which the kernel comes row by row before the
  /// bias, by a gradient.
  private interface Loop {
    void step(double[] p, double[] g, int t);
  }

  private static Loop loop(Optimizer optimizer) {
    double[] m = new double[COUNT];
    double[] v = new double[COUNT];
    return switch (optimizer) {
      case Optimizer.Sgd(double rate, double momentum, boolean nesterov) ->
          each((p, g, t, i) -> {
            v[i] = momentum * v[i] + g[i];
            p[i] -= rate * (nesterov ? g[i] + momentum * v[i] : v[i]);
          });
      case Optimizer.RmsProp(double rate, double decay, double epsilon, double momentum) ->
          each((p, g, t, i) -> {
            v[i] = decay * v[i] + (1 - decay) * g[i] * g[i];
            m[i] = momentum * m[i] + g[i] / (Math.sqrt(v[i]) + epsilon);
            p[i] -= rate * m[i];
          });
      case Optimizer.Adagrad(double rate, double epsilon) ->
          each((p, g, t, i) -> {
            v[i] += g[i] * g[i];
            p[i] -= rate * g[i] / (Math.sqrt(v[i]) + epsilon);
          });
      case Optimizer.Adam(double rate, double beta1, double beta2, double epsilon) ->
          each((p, g, t, i) -> {
            m[i] = beta1 * m[i] + (1 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
            double mean = m[i] / (1 - Math.pow(beta1, t));
            double square = v[i] / (1 - Math.pow(beta2, t));
            p[i] -= rate * mean / (Math.sqrt(square) + epsilon);
          });
      case Optimizer.AdamW(Optimizer.Adam adam, double decay) -> {
        Loop inner = loop(adam);
        yield (p, g, t) -> {
          for (int i = 0; i < COUNT; i++) {
            p[i] *= 1 - adam.rate() * decay;
          }
          inner.step(p, g, t);
        };
      }
      case Optimizer.Lion(double rate, double beta1, double beta2, double decay) ->
          each((p, g, t, i) -> {
            double along = Math.signum(beta1 * m[i] + (1 - beta1) * g[i]);
            p[i] -= rate * (along + decay * p[i]);
            m[i] = beta2 * m[i] + (1 - beta2) * g[i];
          });
      case Adafactor(double rate) ->
          (p, g, t) -> {
            double fresh = Math.pow(t, -0.8);
            double[] u = new double[COUNT];
            double meanRow = 0;
            for (int i = 0; i < IN; i++) {
              double sum = 0;
              for (int o = 0; o < OUT; o++) {
                sum += g[i * OUT + o] * g[i * OUT + o];
              }
              m[i] += fresh * (sum / OUT - m[i]);
              meanRow += m[i] / IN;
            }
            for (int o = 0; o < OUT; o++) {
              double sum = 0;
              for (int i = 0; i < IN; i++) {
                sum += g[i * OUT + o] * g[i * OUT + o];
              }
              v[o] += fresh * (sum / IN - v[o]);
              int bias = IN * OUT + o;
              v[bias] += fresh * (g[bias] * g[bias] - v[bias]);
              u[bias] = g[bias] / Math.sqrt(v[bias]);
              for (int i = 0; i < IN; i++) {
                u[i * OUT + o] = g[i * OUT + o] / Math.sqrt(m[i] * v[o] / meanRow);
              }
            }
            for (int[] range : PARAMETERS) {
              double size = Math.max(1e-3, norm(p, range) / Math.sqrt(range[1] - range[0]));
              double sharp = Math.max(1, norm(u, range) / Math.sqrt(range[1] - range[0]));
              for (int i = range[0]; i < range[1]; i++) {
                p[i] -= u[i] / sharp * size * Math.min(rate, 1 / Math.sqrt(t));
              }
            }
          };
      case Clipping(Optimizer inner, Clipping.By by, double limit) -> {
        Loop loop = loop(inner);
        yield (p, g, t) -> {
          double[] limited = g.clone();
          for (int[] range : PARAMETERS) {
            int[] over = by == Clipping.By.NORM ? range : new int[] {0, COUNT};
            double norm = norm(g, over);
            for (int i = range[0]; i < range[1]; i++) {
              limited[i] =
                  by == Clipping.By.VALUE
                      ? Math.max(-limit, Math.min(limit, g[i]))
                      : norm > limit ? g[i] * limit / norm : g[i];
            }
          }
          loop.step(p, limited, t);
        };
      }
      case LossScaling(Optimizer inner, double _, int _) -> loop(inner);
    };
  }

  private interface Element {
    void step(double[] p, double[] g, int t, int i);
  }

  private static Loop each(Element element) {
    return (p, g, t) -> {
      for (int i = 0; i < COUNT; i++) {
        element.step(p, g, t, i);
      }
    };
  }

  private static double norm(double[] x, int[] range) {
    double sum = 0;
    for (int i = range[0]; i < range[1]; i++) {
      sum += x[i] * x[i];
    }
    return Math.sqrt(sum);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void followsTheWrittenOutLoop(Optimizer optimizer) {
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    Tensor x = Tensor.filled(TensorType.f32(N, IN), i -> random.nextDouble() * 2 - 1);
    Tensor y = Tensor.filled(TensorType.f32(N, OUT), i -> random.nextDouble() * 2 - 1);
    Graph graph = ModelGraph.training(MODEL, LOSS, optimizer, seed, x.type(), y.type());
    Map<String, Tensor> variables = new HashMap<>(ModelGraph.initial(MODEL, optimizer, seed));
    Loop loop = loop(optimizer);
    double[] p = new double[COUNT];
    for (int i = 0; i < IN * OUT; i++) {
      p[i] = variables.get("dense1/kernel").at(i);
    }
    double first = Double.NaN;
    for (int step = 1; step <= STEPS; step++) {
      Reference.Result result =
          Reference.run(graph, Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, y), variables);
      double[] gradient = new double[COUNT];
      double want = gradient(x, y, p, gradient);
      first = step == 1 ? want : first;
      assertEquals(want, result.doubles(ModelGraph.LOSS)[0], 1e-4 * want, "step " + step);
      loop.step(p, gradient, step);
      variables.putAll(result.variables());
      assertEquals(step, variables.get(ModelGraph.STEP).longAt(0));
      for (int i = 0; i < COUNT; i++) {
        String where = "element %d, step %d, seed %d".formatted(i, step, seed);
        double got = parameter(variables, i);
        assertEquals(p[i], got, 2e-6, where);
        // Goes on from the float, so that its rounding is not part of later differences.
        p[i] = got;
      }
    }
    assertTrue(gradient(x, y, p, new double[COUNT]) < 0.9 * first, "the loss did not shrink");
  }

  private static double parameter(Map<String, Tensor> variables, int i) {
    return i < IN * OUT
        ? variables.get("dense1/kernel").at(i)
        : variables.get("dense1/bias").at(i - IN * OUT);
  }

  /// Gradients that overflow only once they are scaled.
  @Test
  void aStepThatOverflowsChangesNothingButTheFactor() {
    Optimizer adam = Optimizer.Adam.withRate(0.01);
    LossScaling scaling = new LossScaling(adam, 0x1p20, 3);
    Tensor huge = Tensor.full(TensorType.f32(N, IN), 1e17);
    Tensor y = Tensor.full(TensorType.f32(N, OUT), 0);
    Graph graph = ModelGraph.training(MODEL, LOSS, scaling, 1, huge.type(), y.type());
    Map<String, Tensor> variables = new HashMap<>(ModelGraph.initial(MODEL, scaling, 1));
    Map<String, Tensor> before = new HashMap<>(variables);

    run(graph, huge, y, variables);

    for (String name : ModelGraph.variables(MODEL, adam).keySet()) {
      assertEquals(before.get(name), variables.get(name), name);
    }
    assertEquals(0x1p19, variables.get("scaling/factor").at(0));
    assertEquals(0, variables.get("scaling/good_steps").at(0));

    Tensor x = Tensor.full(TensorType.f32(N, IN), 1);
    double[] factors = {0x1p19, 0x1p19, 0x1p20, 0x1p20};
    for (int step = 0; step < factors.length; step++) {
      run(graph, x, y, variables);
      assertEquals(factors[step], variables.get("scaling/factor").at(0), "good step " + step);
      assertEquals((step + 1) % 3, variables.get("scaling/good_steps").at(0));
    }
    assertNotEquals(before.get("dense1/kernel"), variables.get("dense1/kernel"));
  }

  @Test
  void aFixedFactorSkipsTooAndStays() {
    LossScaling scaling = LossScaling.fixed(Optimizer.Sgd.withRate(0.01).momentum(0.9), 0x1p20);
    Tensor huge = Tensor.full(TensorType.f32(N, IN), 1e17);
    Tensor y = Tensor.full(TensorType.f32(N, OUT), 0);
    Graph graph = ModelGraph.training(MODEL, LOSS, scaling, 1, huge.type(), y.type());
    Map<String, Tensor> variables = new HashMap<>(ModelGraph.initial(MODEL, scaling, 1));
    Map<String, Tensor> before = new HashMap<>(variables);
    run(graph, huge, y, variables);
    assertEquals(before, variables);
  }

  /// The model has statistics and something random, and has learned before.
  @ParameterizedTest
  @MethodSource("org.tombolo.nn.TestEngines#names")
  void aStepThatOverflowsDoesNotCount(String name) {
    Model model =
        Model.sequential(
            "m",
            Shape.of(IN),
            new BatchNorm(),
            new Scale(1e15, 0),
            new Dropout(0.2),
            Dense.of(OUT));
    LossScaling scaling = LossScaling.dynamic(Optimizer.Adam.withRate(0.01));
    SplittableRandom random = new SplittableRandom(1);
    Tensor x = Tensor.filled(TensorType.f32(N, IN), i -> random.nextDouble(-1, 1));
    Tensor good = Tensor.full(TensorType.f32(N, OUT), 1);
    Tensor huge = Tensor.full(good.type(), 3e18);
    Graph graph = ModelGraph.training(model, LOSS, scaling, 1, x.type(), good.type());
    Map<String, Tensor> initial = ModelGraph.initial(model, scaling, 1);
    initial.put("scaling/factor", Tensor.scalar(0x1p24f));
    try (Engine engine = TestEngines.open(name);
        State state = engine.newState()) {
      initial.forEach(state::set);
      Plan plan = engine.compile(graph, state);
      plan.run(Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, good));
      Map<String, Tensor> before = values(state);
      assertEquals(1, before.get(ModelGraph.STEP).longAt(0));
      assertNotEquals(initial.get("batch_norm1/mean"), before.get("batch_norm1/mean"));

      // A loss of about 1e37, and gradients of about 1e33 times 2^24.
      Tensor loss =
          plan.run(Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, huge)).get(ModelGraph.LOSS);

      assertTrue(Double.isFinite(loss.at(0)), loss::toString);
      Map<String, Tensor> after = values(state);
      assertEquals(Tensor.scalar(0x1p23f), after.get("scaling/factor"));
      assertEquals(Tensor.scalar(0), after.get("scaling/good_steps"));
      for (String each : List.of("scaling/factor", "scaling/good_steps")) {
        before.remove(each);
        after.remove(each);
      }
      assertEquals(before, after);
    }
  }

  private static Map<String, Tensor> values(State state) {
    Map<String, Tensor> values = new HashMap<>();
    state.names().forEach(name -> values.put(name, state.get(name)));
    return values;
  }

  private static void run(Graph graph, Tensor x, Tensor y, Map<String, Tensor> variables) {
    variables.putAll(
        Reference.run(graph, Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, y), variables)
            .variables());
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    Optimizer sgd = Optimizer.Sgd.withRate(1);
    assertRefused("clipping: limit is 0.0; need a number above 0", () -> sgd.clippedByNorm(0));
    assertRefused(
        "clipping: of scaled gradients; need those of the loss",
        () -> LossScaling.dynamic(sgd).clippedByNorm(1));
    assertRefused(
        "loss scaling: factor is 1000.0; need a power of two from 1 to 2^24",
        () -> LossScaling.fixed(sgd, 1000));
    assertRefused(
        "loss scaling: of a loss that is scaled already; need one factor",
        () -> LossScaling.fixed(LossScaling.dynamic(sgd), 2));
    assertRefused("decay is -1.0; need 0 or more", () -> new Optimizer.Lion(1, 0, 0, -1));
    assertRefused("rate is 0.0; need a number above 0", () -> Adafactor.withRate(0));
  }

  private static void assertRefused(String problem, Executable code) {
    String message = assertThrows(IllegalArgumentException.class, code).getMessage();
    assertTrue(message.startsWith(problem + "\n  try: "), message);
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
