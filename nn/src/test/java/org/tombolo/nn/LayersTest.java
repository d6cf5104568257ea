package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.Seeds;

/// Shapes, messages and formulas of every layer, computed by the reference.
class LayersTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private static Tensor random(long stream, long... dims) {
    SplittableRandom random = new SplittableRandom(SEED + stream);
    return Tensor.filled(TensorType.f32(dims), i -> random.nextDouble() * 2 - 1);
  }

  /// Result of one layer in double precision for given parameters.
  private static double[] run(Layer layer, Tensor x, Map<String, Tensor> parameters) {
    Shape all = x.shape();
    Model model = Model.sequential("m", Shape.of(all.toList().subList(1, all.rank())), layer);
    Graph graph = ModelGraph.prediction(model, Loss.meanSquaredError(), x.type());
    Map<String, Tensor> variables = new LinkedHashMap<>();
    parameters.forEach(
        (name, value) -> variables.put(model.places().getFirst().name() + "/" + name, value));
    return Reference.run(graph, Map.of(ModelGraph.FEATURES, x), variables)
        .doubles(ModelGraph.PREDICTION);
  }

  @ParameterizedTest(name = "{0}x{1} window {2} stride {3} {4}, {5} channels in {6} groups")
  @CsvSource({
    "5, 5, 3, 1, same, 2, 1",
    "6, 7, 5, 1, same, 2, 1",
    "7, 6, 3, 2, same, 2, 1",
    "8, 5, 2, 3, same, 2, 1",
    "5, 5, 3, 1, valid, 2, 1",
    "9, 7, 3, 2, valid, 2, 1",
    "4, 4, 4, 1, valid, 2, 1",
    "5, 4, 3, 2, 1, 2, 1",
    "1, 1, 1, 1, 2, 2, 1",
    "7, 5, 3, 1, same, 6, 3",
    "5, 8, 2, 2, 1, 4, 2",
    "5, 4, 3, 1, same, 5, 5",
  })
  void convolutionSumsUnderTheWindow(
      int h, int w, int size, int stride, String edge, int cin, int groups) {
    int seen = cin / groups;
    int perGroup = 3;
    int filters = perGroup * groups;
    int n = 2;
    Padding padding =
        switch (edge) {
          case "same" -> new Padding.Same();
          case "valid" -> new Padding.Valid();
          default -> new Padding.Zeros(Integer.parseInt(edge));
        };
    Conv2d layer = Conv2d.of(filters, size).stride(stride).padding(padding).groups(groups);
    Shape out = layer.infer(Shape.of(h, w, cin));
    Tensor x = random(1, n, h, w, cin);
    Tensor kernel = random(2, size, size, seen, filters);
    Tensor bias = random(3, filters);

    double[] got = run(layer, x, Map.of("kernel", kernel, "bias", bias));

    int oh = (int) out.dim(0);
    int ow = (int) out.dim(1);
    int top = 0;
    int left = 0;
    if (edge.equals("same")) {
      assertEquals((h + stride - 1) / stride, oh);
      assertEquals((w + stride - 1) / stride, ow);
      top = Math.max(0, (oh - 1) * stride + size - h) / 2;
      left = Math.max(0, (ow - 1) * stride + size - w) / 2;
    } else if (!edge.equals("valid")) {
      top = left = Integer.parseInt(edge);
    }
    int at = 0;
    for (int i = 0; i < n; i++) {
      for (int r = 0; r < oh; r++) {
        for (int c = 0; c < ow; c++) {
          for (int f = 0; f < filters; f++) {
            double sum = bias.at(f);
            for (int kr = 0; kr < size; kr++) {
              for (int kc = 0; kc < size; kc++) {
                int y = r * stride + kr - top;
                int z = c * stride + kc - left;
                for (int ch = 0; ch < seen && y >= 0 && y < h && z >= 0 && z < w; ch++) {
                  sum +=
                      x.at(((i * h + y) * w + z) * cin + f / perGroup * seen + ch)
                          * kernel.at(((kr * size + kc) * seen + ch) * filters + f);
                }
              }
            }
            assertEquals(sum, got[at++], 1e-12, "seed " + SEED);
          }
        }
      }
    }
    assertEquals(got.length, at);
  }

  @Test
  void denseIsAProductAndABias() {
    Tensor x = random(1, 3, 4);
    Tensor kernel = random(2, 4, 2);
    Tensor bias = random(3, 2);
    double[] got =
        run(Dense.of(2).activation(Activation.TANH), x, Map.of("kernel", kernel, "bias", bias));
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 2; j++) {
        double sum = bias.at(j);
        for (int k = 0; k < 4; k++) {
          sum += x.at(i * 4 + k) * kernel.at(k * 2 + j);
        }
        assertEquals(Math.tanh(sum), got[i * 2 + j], 1e-12, "seed " + SEED);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 4, 2, 2", "5, 7, 2, 2", "5, 5, 3, 1", "3, 3, 3, 3", "7, 4, 2, 3"})
  void poolsTakeMaximumAndMean(int h, int w, int size, int stride) {
    int channels = 3;
    Tensor x = random(1, 2, h, w, channels);
    Shape out = new MaxPool2d(size, stride).infer(Shape.of(h, w, channels));
    assertEquals(out, new AvgPool2d(size, stride).infer(Shape.of(h, w, channels)));
    assertEquals(Shape.of((h - size) / stride + 1, (w - size) / stride + 1, channels), out);
    double[] largest = run(new MaxPool2d(size, stride), x, Map.of());
    double[] mean = run(new AvgPool2d(size, stride), x, Map.of());
    int at = 0;
    for (int i = 0; i < 2; i++) {
      for (int r = 0; r < out.dim(0); r++) {
        for (int c = 0; c < out.dim(1); c++) {
          for (int ch = 0; ch < channels; ch++, at++) {
            double max = Double.NEGATIVE_INFINITY;
            double sum = 0;
            for (int kr = 0; kr < size; kr++) {
              for (int kc = 0; kc < size; kc++) {
                int row = i * h + r * stride + kr;
                double value = x.at((row * w + c * stride + kc) * channels + ch);
                max = Math.max(max, value);
                sum += value;
              }
            }
            assertEquals(max, largest[at], 0, "seed " + SEED);
            assertEquals(sum / (size * size), mean[at], 1e-12, "seed " + SEED);
          }
        }
      }
    }
  }

  @Test
  void activationsAreTheirFormulas() {
    Tensor x = Tensor.of(new float[] {-2, -1, 0, 1, 2, 40}, 1, 6);
    assertArrayEquals(new double[] {0, 0, 0, 1, 2, 40}, run(Activation.RELU, x, Map.of()));
    assertArrayEquals(new double[] {-2, -1, 0, 1, 2, 40}, run(Activation.LINEAR, x, Map.of()));
    double[] sigmoid = run(Activation.SIGMOID, x, Map.of());
    double[] tanh = run(Activation.TANH, x, Map.of());
    double[] softmax = run(Activation.SOFTMAX, x, Map.of());
    double sum = 0;
    for (int i = 0; i < 6; i++) {
      sum += Math.exp(x.at(i) - 40);
    }
    for (int i = 0; i < 6; i++) {
      assertEquals(1 / (1 + Math.exp(-x.at(i))), sigmoid[i], 1e-12);
      assertEquals(Math.tanh(x.at(i)), tanh[i], 1e-12);
      assertEquals(Math.exp(x.at(i) - 40) / sum, softmax[i], 1e-12);
    }
    // x * Phi(x) with the tabulated normal distribution.
    double[] gelu = run(Activation.GELU, x, Map.of());
    double[] normal = {0.02275013194817921, 0.15865525393145705, 0.5, 0.8413447460685429};
    for (int i = 0; i < normal.length; i++) {
      // The factor sqrt(1/2) is a float constant of the graph.
      assertEquals(x.at(i) * normal[i], gelu[i], 1e-7);
    }
  }

  @Test
  void scaleAndFlattenKeepTheElements() {
    Tensor bytes = Tensor.ofUnsigned(new byte[] {0, 1, (byte) 255, 16}, 1, 2, 2, 1);
    assertArrayEquals(new double[] {1, 1.5, 128.5, 9}, run(new Scale(0.5, 1), bytes, Map.of()));
    assertArrayEquals(new double[] {0, 1, 255, 16}, run(new Flatten(), bytes, Map.of()));
    assertEquals(Shape.of(4), new Flatten().infer(Shape.of(2, 2, 1)));
  }

  @Test
  void dropoutDropsItsShareInTrainingOnly() {
    int n = 10_000;
    Tensor ones = Tensor.full(TensorType.f32(1, n), 1);
    Model model = Model.sequential("m", Shape.of(n), new Dropout(0.25), new Dropout(0.5));
    assertArrayEquals(ones.toDoubles(), run(new Dropout(0.25), ones, Map.of()));

    double[] first = dropped(model, ones, 7, 0, "dropout1");
    double[] same = dropped(model, ones, 7, 0, "dropout1");
    double[] nextStep = dropped(model, ones, 7, 1, "dropout1");
    double[] otherSeed = dropped(model, ones, 8, 0, "dropout1");
    double[] second = dropped(model, ones, 7, 0, "dropout2");

    int kept = 0;
    int agree = 0;
    int both = 0;
    for (int i = 0; i < n; i++) {
      // The factor 1/0.75 is a float constant of the graph.
      assertTrue(first[i] == 0 || Math.abs(first[i] - 1 / 0.75) < 1e-7, "element " + first[i]);
      kept += first[i] != 0 ? 1 : 0;
      agree += (first[i] != 0) == (nextStep[i] != 0) ? 1 : 0;
      both += second[i] != 0 ? 1 : 0;
    }
    assertArrayEquals(first, same);
    // Five standard deviations of a binomial distribution.
    assertEquals(0.75, kept / (double) n, 5 * Math.sqrt(0.75 * 0.25 / n));
    assertEquals(0.75 * 0.75 + 0.25 * 0.25, agree / (double) n, 5 * Math.sqrt(0.25 / n));
    // Independent of the first layer: kept by both in 0.75 * 0.5 of the places.
    assertEquals(0.375, both / (double) n, 5 * Math.sqrt(0.25 / n));
    assertTrue(!Arrays.equals(first, otherSeed));
  }

  private static double[] dropped(Model model, Tensor x, long seed, long step, String layer) {
    Graph graph = ModelGraph.inspection(model, Loss.meanSquaredError(), seed, x.type(), x.type());
    return Reference.run(
            graph,
            Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, x),
            Map.of(ModelGraph.STEP, Tensor.of(new long[] {step})))
        .doubles(layer);
  }

  @Test
  void initialValuesKeepTheirBoundsAndVariance() {
    Shape kernel = Shape.of(5, 5, 16, 32);
    double glorot = Math.sqrt(6.0 / (5 * 5 * 16 + 5 * 5 * 32));
    double he = Math.sqrt(6.0 / (5 * 5 * 16));
    assertUniform(glorot, new Initializer.GlorotUniform(), kernel);
    assertUniform(he, new Initializer.HeUniform(), kernel);
    assertEquals(
        Tensor.full(TensorType.f32(3), 2),
        new Initializer.Constant(2).draw(DType.F32, Shape.of(3), Seeds.generator(1)));
    assertEquals(
        Tensor.of(new float[] {0, 2, 2, 0}),
        new Initializer.ConstantRange(2, 1, 3).draw(DType.F32, Shape.of(4), Seeds.generator(1)));
  }

  private static void assertUniform(double bound, Initializer initial, Shape shape) {
    double[] drawn = initial.draw(DType.F32, shape, Seeds.generator(SEED)).toDoubles();
    double squares = 0;
    for (double value : drawn) {
      assertTrue(Math.abs(value) <= bound * 1.000001, initial + " drew " + value);
      squares += value * value;
    }
    // The mean of n squares of a uniform variable deviates by sqrt(4/45/n) of bound^2.
    double tolerance = 5 * Math.sqrt(4.0 / 45 / drawn.length) * bound * bound;
    assertEquals(bound * bound / 3, squares / drawn.length, tolerance, "seed " + SEED);
  }

  @Test
  void summaryShowsShapesAndCounts() {
    assertEquals(
        """
        clothing, input [28,28,1]
        layer                             output      parameters
        scale1    by 0.00392156862745098  [28,28,1]            0
        conv1     5x5 same, relu          [28,28,16]         416
        maxpool1  2x2                     [14,14,16]           0
        conv2     5x5 same, relu          [14,14,32]      12,832
        maxpool2  2x2                     [7,7,32]             0
        flatten1                          [1568]               0
        dense1    relu                    [128]          200,832
        dropout1  rate 0.25               [128]                0
        dense2                            [10]             1,290
        total                                            215,370
        """,
        Models.clothing().summary());
    assertEquals(215_370, Models.clothing().parameterCount());
    assertEquals(Shape.of(10), Models.digits().output());
  }

  @Test
  void aDepthwiseConvolutionHasAWindowPerChannel() {
    Model model =
        Model.sequential(
            "separable",
            Shape.of(9, 9, 8),
            Conv2d.of(8, 3).same().groups(8).stride(2),
            Conv2d.of(4, 1));
    assertEquals(8 * 9 + 8 + 8 * 4 + 4, model.parameterCount());
    assertEquals("3x3 same, stride 2, 8 groups", model.places().getFirst().layer().detail());
  }

  @Test
  void instanceNormIsOfEachChannelOfEachExample() {
    Tensor x = random(1, 2, 3, 5, 4);
    Tensor scale = random(2, 4);
    Tensor shift = random(3, 4);
    double[] got = run(new InstanceNorm(1e-3), x, Map.of("scale", scale, "shift", shift));
    for (int n = 0; n < 2; n++) {
      for (int c = 0; c < 4; c++) {
        double mean = 0;
        double square = 0;
        for (int i = 0; i < 15; i++) {
          double element = x.at((n * 15 + i) * 4 + c);
          mean += element / 15;
          square += element * element / 15;
        }
        double root = Math.sqrt(square - mean * mean + 1e-3);
        for (int i = 0; i < 15; i++) {
          int at = (n * 15 + i) * 4 + c;
          double want = (x.at(at) - mean) / root * scale.at(c) + shift.at(c);
          assertEquals(want, got[at], 1e-6, "element " + at + ", seed " + SEED);
        }
      }
    }
  }

  @Test
  void modelsAreComparedByValue() {
    assertEquals(Models.digits(), Models.digits());
    assertEquals(Models.digits().fingerprint(), Models.digits().fingerprint());
    assertTrue(!Models.digits().fingerprint().equals(Models.clothing().fingerprint()));
  }

  @Test
  void errorsNameTheLayer() {
    assertMessage(
        """
        dense1: input is [28,28,1]; need one axis [features]
          try: Flatten before it\
        """,
        Shape.of(28, 28, 1),
        Dense.of(10));
    assertMessage(
        """
        conv2: input is [26,26,4], window: spans 30 positions of an axis that has 26 with padding; \
        need at least 30
          try: a smaller window or more padding\
        """,
        Shape.of(28, 28, 1),
        Conv2d.of(4, 3),
        Conv2d.of(4, 30));
    assertMessage(
        """
        conv1: input is [9,9,3], groups is 2; need a divisor of its 3 channels
          try: as many groups as channels for a depthwise convolution\
        """,
        Shape.of(9, 9, 3),
        Conv2d.of(4, 3).groups(2));
    assertMessage(
        """
        maxpool1: input is [784]; need [height,width,channels]
          try: Shape.of(height, width, 1) as input shape for images of one channel\
        """,
        Shape.of(784),
        MaxPool2d.of(2));
    assertMessage(
        """
        avgpool1: input is [1,3,2], window: spans 2 positions of an axis that has 1 with padding; \
        need at least 2
          try: a smaller window or more padding\
        """,
        Shape.of(1, 3, 2),
        AvgPool2d.of(2));
    assertMessage(
        """
        model m: no layers; need at least one
          try: Dense.of(10)\
        """,
        Shape.of(3));
  }

  private static void assertMessage(String message, Shape input, Layer... layers) {
    assertEquals(
        message,
        assertThrows(ShapeException.class, () -> Model.sequential("m", input, layers))
            .getMessage());
  }

  @Test
  void settingsAreChecked() {
    List.<Runnable>of(
            () -> Dense.of(0),
            () -> Conv2d.of(1, 0),
            () -> Conv2d.of(1, 3).stride(0),
            () -> Conv2d.of(4, 3).groups(0),
            () -> Conv2d.of(4, 3).groups(3),
            () -> new Padding.Zeros(-1),
            () -> new MaxPool2d(0, 1),
            () -> new AvgPool2d(2, 0),
            () -> new Dropout(1),
            () -> new Dropout(Double.NaN),
            () -> Optimizer.Adam.withRate(0),
            () -> new Optimizer.Adam(0.1, 1, 0.9, 1e-8),
            () -> new Optimizer.Adam(0.1, 0.9, 0.9, 0),
            () -> Optimizer.Sgd.withRate(Double.NaN),
            () -> Optimizer.Sgd.withRate(0.1).momentum(1),
            () -> Fit.epochs(0),
            () -> Fit.epochs(1).batch(0),
            () -> Fit.epochs(1).resume(true))
        .forEach(wrong -> {
          IllegalArgumentException e = assertThrows(IllegalArgumentException.class, wrong::run);
          assertTrue(e.getMessage().contains("\n  try: "), e.getMessage());
        });
  }

  @Test
  void lossesCheckTheirLabels() {
    assertEquals(
        """
        sparse cross-entropy: the model gives [10] per example, a label is f32[10]; need [classes] \
        and one whole number
          try: Dense.of(classes) as last layer, or Loss.meanSquaredError() for labels that are \
        floats\
        """,
        assertThrows(
                ShapeException.class,
                () -> Loss.sparseCrossEntropy().requireFits(Shape.of(10), TensorType.f32(10)))
            .getMessage());
    assertEquals(
        """
        mean squared error: the model gives [10] per example, a label is u8[]; need floats of the \
        same shape
          try: Dense.of(1) as last layer\
        """,
        assertThrows(
                ShapeException.class,
                () -> Loss.meanSquaredError().requireFits(Shape.of(10), TensorType.of(DType.U8)))
            .getMessage());
  }
}
