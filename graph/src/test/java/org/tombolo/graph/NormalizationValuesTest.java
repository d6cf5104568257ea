package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Normalizations against their textbook formulas, element by element.
class NormalizationValuesTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final double EPSILON = 1e-3;

  /// `(x - mean) / sqrt(variance + epsilon) * scale + shift` where elements with the same row
  /// number share mean and variance, and elements with the same place number scale and shift.
  private static double[] formula(
      Tensor x, Tensor scale, Tensor shift, IntUnaryOperator row, IntUnaryOperator place) {
    int size = (int) x.type().size();
    int rows = 1 + IntStream.range(0, size).map(row).max().orElse(0);
    double[] sum = new double[rows];
    double[] squares = new double[rows];
    int[] count = new int[rows];
    for (int i = 0; i < size; i++) {
      sum[row.applyAsInt(i)] += x.at(i);
      count[row.applyAsInt(i)]++;
    }
    for (int i = 0; i < size; i++) {
      int r = row.applyAsInt(i);
      squares[r] += Math.pow(x.at(i) - sum[r] / count[r], 2);
    }
    double[] y = new double[size];
    for (int i = 0; i < size; i++) {
      int r = row.applyAsInt(i);
      double normal = (x.at(i) - sum[r] / count[r]) / Math.sqrt(squares[r] / count[r] + EPSILON);
      y[i] = normal * scale.at(place.applyAsInt(i)) + shift.at(place.applyAsInt(i));
    }
    return y;
  }

  private static void assertSame(double[] want, Composite function, Tensor... operands) {
    double[] got = Reference.evaluate(new Op.Call(function), List.of(operands)).toDoubles();
    assertEquals(want.length, got.length);
    for (int i = 0; i < want.length; i++) {
      assertEquals(want[i], got[i], 1e-12, "element " + i + ", seed " + SEED);
    }
  }

  @Test
  void layerNormIsOverTheLastAxes() {
    Tensor x = random(1, 5, 2, 3);
    Tensor scale = random(2, 2, 3);
    Tensor shift = random(3, 2, 3);
    double[] want = formula(x, scale, shift, i -> i / 6, i -> i % 6);
    assertSame(want, new Normalization.LayerNorm(1, EPSILON), x, scale, shift);
  }

  @Test
  void batchNormIsOverAllButTheChannels() {
    Tensor x = random(1, 5, 3, 7);
    Tensor scale = random(2, 3);
    Tensor shift = random(3, 3);
    double[] want = formula(x, scale, shift, i -> i / 7 % 3, i -> i / 7 % 3);
    assertSame(want, new Normalization.BatchNorm(1, EPSILON), x, scale, shift);
  }

  @Test
  void groupNormIsOverChannelsOfOneExample() {
    Tensor x = random(1, 2, 6, 5);
    Tensor scale = random(2, 6);
    Tensor shift = random(3, 6);
    double[] want = formula(x, scale, shift, i -> i / 10, i -> i / 5 % 6);
    assertSame(want, new Normalization.GroupNorm(1, 3, EPSILON), x, scale, shift);
  }

  @Test
  void groupNormTakesChannelsThatComeLast() {
    Tensor x = random(1, 2, 5, 6);
    Tensor scale = random(2, 6);
    Tensor shift = random(3, 6);
    double[] want = formula(x, scale, shift, i -> i / 30 * 2 + i % 6 / 3, i -> i % 6);
    assertSame(want, new Normalization.GroupNorm(2, 2, EPSILON), x, scale, shift);
  }

  @Test
  void asManyGroupsAsChannelsNormaliseEachMap() {
    Tensor x = random(1, 2, 3, 5);
    Tensor scale = random(2, 3);
    Tensor shift = random(3, 3);
    double[] want = formula(x, scale, shift, i -> i / 5, i -> i / 5 % 3);
    assertSame(want, new Normalization.GroupNorm(1, 3, EPSILON), x, scale, shift);
  }

  @Test
  void rmsNormTakesNoMeanOff() {
    Tensor x = random(1, 4, 5);
    Tensor scale = random(2, 5);
    double[] want = new double[20];
    for (int i = 0; i < 20; i++) {
      double squares = 0;
      for (int j = i / 5 * 5; j < i / 5 * 5 + 5; j++) {
        squares += x.at(j) * x.at(j);
      }
      want[i] = x.at(i) / Math.sqrt(squares / 5 + EPSILON) * scale.at(i % 5);
    }
    assertSame(want, new Normalization.RmsNorm(1, EPSILON), x, scale);
  }

  @Test
  void inferenceUsesWhatIsGiven() {
    Tensor x = random(1, 4, 3);
    Tensor scale = random(2, 3);
    Tensor shift = random(3, 3);
    Tensor mean = random(4, 3);
    Tensor variance = Tensor.of(new double[] {0.5, 2, 0}, 3);
    double[] want = new double[12];
    for (int i = 0; i < 12; i++) {
      int c = i % 3;
      want[i] =
          (x.at(i) - mean.at(c)) / Math.sqrt(variance.at(c) + EPSILON) * scale.at(c) + shift.at(c);
    }
    Composite inference = new Normalization.BatchNormInference(1, EPSILON);
    assertSame(want, inference, x, scale, shift, mean, variance);
  }

  /// A mean of squares less the square of the mean would give nothing but rounding here.
  @Test
  void aLargeMeanCostsNoDigits() {
    TensorType type = TensorType.f32(1, 4);
    Tensor x = Tensor.filled(type, i -> 1e6 + i);
    Tensor one = Tensor.full(TensorType.f32(4), 1);
    Tensor zero = Tensor.full(TensorType.f32(4), 0);
    double[] got =
        Reference.evaluate(new Op.Call(new Normalization.LayerNorm(1, 1e-5)), List.of(x, one, zero))
            .toDoubles();
    double deviation = Math.sqrt(1.25);
    for (int i = 0; i < 4; i++) {
      assertEquals((i - 1.5) / deviation, got[i], 1e-4, Arrays.toString(got));
    }
  }

  @Test
  void squaresOfHalfFloatsDoNotOverflow() {
    Tensor x = Tensor.of(new double[] {3000, -3000, 1000, -1000}, 1, 4);
    GraphBuilder g = new GraphBuilder("half");
    Node half = g.constant(x).cast(DType.F16);
    Node one = g.full(TensorType.of(DType.F16, 4), 1);
    g.output("y", g.call(new Normalization.RmsNorm(1, 1e-5), half, one).cast(DType.F64));
    double[] got = Reference.run(g.build(), Map.of(), Map.of()).doubles("y");
    assertEquals(3000 / Math.sqrt(5e6), got[0], 1e-3);
    assertEquals(-1000 / Math.sqrt(5e6), got[3], 1e-3);
  }

  private static Tensor random(long stream, long... dims) {
    SplittableRandom random = new SplittableRandom(SEED + stream);
    return Tensor.filled(TensorType.of(DType.F64, dims), i -> random.nextDouble(-2, 2));
  }
}
