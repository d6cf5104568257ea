package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.DataSet;
import org.tombolo.scheduler.Engine;

/// Layers over sequences: their formulas in plain loops, and small tasks that need memory.
class RecurrentLayersTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int IN = 3;
  private static final int UNITS = 2;

  private final Map<String, Tensor> parameters = new HashMap<>();

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /// `x*kernel + bias` of one step of one example.
  private double[] sums(String layer, double[] x, String kernel, String bias, int width) {
    double[] sums = new double[width];
    for (int o = 0; o < width; o++) {
      Tensor b = parameters.get(layer + "/" + bias);
      sums[o] = b == null ? 0 : b.at(o);
      for (int i = 0; i < x.length; i++) {
        sums[o] += x[i] * parameters.get(layer + "/" + kernel).at((long) i * width + o);
      }
    }
    return sums;
  }

  private double[] step(Layer layer, double[] x, double[] h, double[] c) {
    double[] next = new double[UNITS];
    for (int u = 0; u < UNITS; u++) {
      if (layer instanceof SimpleRnn) {
        double[] a = sums("rnn1", x, "kernel", "bias", UNITS);
        double[] b = sums("rnn1", h, "recurrent", "none", UNITS);
        next[u] = Math.tanh(a[u] + b[u]);
      } else if (layer instanceof Lstm) {
        double[] a = sums("lstm1", x, "kernel", "bias", 4 * UNITS);
        double[] b = sums("lstm1", h, "recurrent", "none", 4 * UNITS);
        double in = sigmoid(a[u] + b[u]);
        double forget = sigmoid(a[UNITS + u] + b[UNITS + u]);
        c[u] = forget * c[u] + in * Math.tanh(a[2 * UNITS + u] + b[2 * UNITS + u]);
        next[u] = sigmoid(a[3 * UNITS + u] + b[3 * UNITS + u]) * Math.tanh(c[u]);
      } else {
        double[] a = sums("gru1", x, "kernel", "bias", 3 * UNITS);
        double[] b = sums("gru1", h, "recurrent", "recurrent_bias", 3 * UNITS);
        double reset = sigmoid(a[u] + b[u]);
        double kept = sigmoid(a[UNITS + u] + b[UNITS + u]);
        double fresh = Math.tanh(a[2 * UNITS + u] + reset * b[2 * UNITS + u]);
        next[u] = (1 - kept) * fresh + kept * h[u];
      }
    }
    return next;
  }

  @ParameterizedTest(name = "{0}, {1} steps of {2}")
  @CsvSource({"rnn, 1, 1", "rnn, 5, 3", "lstm, 1, 2", "lstm, 5, 3", "gru, 1, 2", "gru, 7, 3"})
  void followTheirFormulas(String kind, int time, int n) {
    SplittableRandom random = new SplittableRandom(SEED);
    Tensor x = Tensor.filled(TensorType.f32(n, time, IN), i -> random.nextDouble(-1, 1));
    for (boolean sequence : new boolean[] {false, true}) {
      Layer layer =
          switch (kind) {
            case "rnn" -> new SimpleRnn(UNITS, sequence);
            case "lstm" -> new Lstm(UNITS, sequence);
            default -> new Gru(UNITS, sequence);
          };
      Model model = Model.sequential("m", Shape.of(time, IN), layer);
      for (Parameter parameter : model.parameters()) {
        TensorType type = new TensorType(DType.F32, parameter.shape());
        parameters.put(parameter.name(), Tensor.filled(type, i -> random.nextDouble(-1, 1)));
      }
      double[] want = new double[n * (sequence ? time : 1) * UNITS];
      for (int example = 0; example < n; example++) {
        double[] h = new double[UNITS];
        double[] c = new double[UNITS];
        for (int t = 0; t < time; t++) {
          double[] now = new double[IN];
          for (int i = 0; i < IN; i++) {
            now[i] = x.at(((long) example * time + t) * IN + i);
          }
          h = step(layer, now, h, c);
          int at = sequence ? example * time + t : example;
          System.arraycopy(h, 0, want, at * UNITS, UNITS);
        }
      }
      Graph graph = ModelGraph.prediction(model, Loss.meanSquaredError(), x.type());
      Reference.Result result = Reference.run(graph, Map.of(ModelGraph.FEATURES, x), parameters);
      // Floats are rounded after each operation.
      assertArrayEquals(want, result.doubles(ModelGraph.PREDICTION), 2e-6, "seed " + SEED);
    }
  }

  @Test
  void anLstmStartsWithForgetGatesThatKeep() {
    Model model = Model.sequential("m", Shape.of(4, IN), Lstm.of(UNITS));
    Tensor bias = ModelGraph.initial(model, Optimizer.Sgd.withRate(1), SEED).get("lstm1/bias");
    assertEquals(Tensor.of(new float[] {0, 0, 1, 1, 0, 0, 0, 0}), bias);
  }

  @Test
  void embeddingPicksRows() {
    Tensor x = Tensor.of(new int[] {2, 0, 1, 2, 5, -1}, 2, 3);
    Tensor table = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Model model = Model.sequential("m", Shape.of(3), Embedding.of(3, 2));
    Graph graph = ModelGraph.prediction(model, Loss.meanSquaredError(), x.type());
    double[] got =
        Reference.run(graph, Map.of(ModelGraph.FEATURES, x), Map.of("embedding1/table", table))
            .doubles(ModelGraph.PREDICTION);
    double nan = Double.NaN;
    assertArrayEquals(new double[] {5, 6, 1, 2, 3, 4, 5, 6, nan, nan, nan, nan}, got);
  }

  static List<Layer> memories() {
    return List.of(SimpleRnn.of(12), Lstm.of(12), Gru.of(12), MultiHeadAttention.causal(2));
  }

  /// The class of a sequence is its first token, five steps before the end.
  @ParameterizedTest
  @MethodSource("memories")
  void rememberTheFirstToken(Layer layer) {
    Model model =
        layer instanceof MultiHeadAttention
            ? Model.sequential(
                "first", Shape.of(5), Embedding.of(3, 8), layer, new Flatten(), Dense.of(3))
            : Model.sequential("first", Shape.of(5), Embedding.of(3, 8), layer, Dense.of(3));
    Optimizer optimizer = Optimizer.Adam.withRate(0.02).clippedByGlobalNorm(1);
    try (Engine engine = Engine.open("cpu");
        Trainer trainer = model.on(engine).optimizer(optimizer).seed(SEED)) {
      trainer.fit(tokens(240, 1), Fit.epochs(15).batch(20));
      double accuracy = trainer.evaluate(tokens(60, 2)).accuracy().orElseThrow();
      assertTrue(accuracy > 0.95, () -> "accuracy %s, seed %d".formatted(accuracy, SEED));
    }
  }

  private static DataSet tokens(int count, long stream) {
    SplittableRandom random = new SplittableRandom(SEED + stream);
    Tensor features = Tensor.filled(TensorType.of(DType.U8, count, 5), i -> random.nextInt(3));
    Tensor labels = Tensor.filled(TensorType.of(DType.U8, count), i -> features.at(i * 5));
    return new DataSet("tokens", features, labels, List.of("a", "b", "c"));
  }

  @Test
  void refuseWhatTheyCannotTake() {
    assertRefused(
        "rnn1: input is [4]; need [time, features] with at least one of each",
        () -> Model.sequential("m", Shape.of(4), SimpleRnn.of(2)));
    assertRefused("lstm: units is 0; need 1 or more", () -> Lstm.of(0));
    assertRefused(
        "attention1: input is [4,6], heads is 4; need [time, features] with features divisible by"
            + " heads",
        () -> Model.sequential("m", Shape.of(4, 6), MultiHeadAttention.of(4)));
    assertRefused(
        "embedding: vocabulary is 0, units is 3; need 1 to 2^24 vectors of 1 or more numbers",
        () -> Embedding.of(0, 3));
    assertRefused(
        "group_norm1: input is [4,6], groups is 4; need a divisor of its 6 channels",
        () -> Model.sequential("m", Shape.of(4, 6), GroupNorm.of(4)));
    assertRefused(
        "instance_norm1: input is [6]; need channels last and an axis before them",
        () -> Model.sequential("m", Shape.of(6), new InstanceNorm()));
    assertRefused("layer_norm: epsilon is 0.0; need a number above 0", () -> new LayerNorm(0));
    assertRefused(
        "batch_norm: momentum is 1.0; need 0 <= momentum < 1", () -> new BatchNorm(1, 1e-5));
  }

  private static void assertRefused(String problem, Executable code) {
    ShapeException e = assertThrows(ShapeException.class, code);
    assertEquals(problem, e.problem());
  }
}
