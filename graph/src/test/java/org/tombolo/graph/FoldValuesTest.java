package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the reference gives for reductions, products and windows, against plain loops that know
/// nothing of strides.
class FoldValuesTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  // Reductions.

  @Test
  void reduceSumsAnyAxes() {
    Tensor x = random(2, 3, 5);
    double[] middle = new double[10];
    double[] outer = new double[3];
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        for (int k = 0; k < 5; k++) {
          middle[i * 5 + k] += x.at((i * 3L + j) * 5 + k);
          outer[j] += x.at((i * 3L + j) * 5 + k);
        }
      }
    }
    assertArrayEquals(middle, evaluate(new Op.Reduce(ReduceFn.SUM, List.of(1)), x).toDoubles());
    assertArrayEquals(
        outer, evaluate(new Op.Reduce(ReduceFn.SUM, List.of(2, 0)), x).toDoubles(), 1e-15);
  }

  @Test
  void reduceSumsInIndexOrderHoweverAxesAreListed() {
    Tensor x = Tensor.of(new double[] {1e16, 1, -1e16, 1}, 2, 2);
    assertEquals(1, evaluate(new Op.Reduce(ReduceFn.SUM, List.of(1, 0)), x).at(0));
    assertEquals(1, evaluate(new Op.Reduce(ReduceFn.SUM, List.of(0, 1)), x).at(0));
  }

  @ParameterizedTest
  @CsvSource({
    "SUM, 8.0, 0.0",
    "PROD, -24.0, 1.0",
    "MAX, 4.0, -Infinity",
    "MIN, -1.0, Infinity",
  })
  void reduceFoldsFloats(ReduceFn fn, double want, double ofNothing) {
    Op all = new Op.Reduce(fn, List.of(0));
    assertEquals(want, evaluate(all, f64(2, -1, 4, 3)).at(0));
    assertEquals(ofNothing, evaluate(all, f64()).at(0));
    assertEquals(NAN, evaluate(all, f64(1, NAN, 2)).at(0));
  }

  @ParameterizedTest
  @CsvSource({
    "SUM, U8, 43, 0",
    "PROD, U8, 224, 1",
    "MAX, U8, 200, 0",
    "MIN, U8, 4, 255",
    "MAX, I8, 95, -128",
    "MIN, I8, -56, 127",
    "MAX, I16, 200, -32768",
    "MIN, I32, 4, 2147483647",
    "MAX, I64, 200, -9223372036854775808",
    "MAX, BOOL, 1, 0",
    "MIN, BOOL, 0, 1",
  })
  void reduceFoldsIntegersAndWraps(ReduceFn fn, DType dtype, long want, long ofNothing) {
    long[] values = {200, 4, 95};
    Op all = new Op.Reduce(fn, List.of(0));
    Tensor some =
        Tensor.wholes(TensorType.of(dtype, 3), i -> dtype == DType.BOOL ? i & 1 : values[(int) i]);
    Tensor nothing = Tensor.wholes(TensorType.of(dtype, 0), i -> 0);
    assertEquals(want, evaluate(all, some).longAt(0));
    assertEquals(ofNothing, evaluate(all, nothing).longAt(0));
  }

  @Test
  void argMaxIsTheFirstOfEquals() {
    GraphBuilder g = new GraphBuilder("arg");
    Node x = g.input("x", TensorType.of(DType.F64, 3, 3));
    g.output("y", x.argMax(1));
    Tensor in = Tensor.of(new double[] {1, 5, 5, -INF, -INF, -INF, 1, NAN, 2}, 3, 3);
    assertEquals(Tensor.of(new int[] {1, 0, 1}), Reference.run(g.build(), List.of(in)).get(0));
  }

  // Products.

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "2, 3, 5", "7, 1, 13", "3, 0, 4", "0, 3, 4", "17, 31, 2"})
  void dotIsTheMatrixProduct(int m, int k, int n) {
    Tensor a = random(m, k);
    Tensor b = random(k, n);
    double[] want = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        for (int p = 0; p < k; p++) {
          want[i * n + j] += a.at((long) i * k + p) * b.at((long) p * n + j);
        }
      }
    }
    Op matmul = new Op.Dot(List.of(), List.of(), List.of(1), List.of(0));
    assertArrayEquals(want, evaluate(matmul, a, b).toDoubles());
  }

  @Test
  void dotPairsBatchAndSeveralContractedAxes() {
    Tensor a = random(2, 3, 5, 4);
    Tensor b = random(5, 4, 7, 2);
    double[] want = new double[5 * 3 * 7];
    for (int c = 0; c < 5; c++) {
      for (int j = 0; j < 3; j++) {
        for (int n = 0; n < 7; n++) {
          for (int i = 0; i < 2; i++) {
            for (int k = 0; k < 4; k++) {
              want[(c * 3 + j) * 7 + n] +=
                  a.at(((i * 3L + j) * 5 + c) * 4 + k) * b.at(((c * 4L + k) * 7 + n) * 2 + i);
            }
          }
        }
      }
    }
    Op dot = new Op.Dot(List.of(2), List.of(0), List.of(0, 3), List.of(3, 1));
    assertArrayEquals(want, evaluate(dot, a, b).toDoubles(), 1e-14);
  }

  @Test
  void dotOfIntegersWraps() {
    Op dot = new Op.Dot(List.of(), List.of(), List.of(0), List.of(0));
    Tensor a = Tensor.wholes(TensorType.of(DType.I8, 2), i -> 100);
    assertEquals((byte) 20_000, evaluate(dot, a, a).longAt(0));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, 1, 1, 1, 0",
    "2, 7, 5, 3, 3, 2, 1, 1",
    "1, 5, 6, 1, 2, 3, 2, 0",
    "3, 4, 4, 2, 4, 1, 3, 2",
    "0, 4, 4, 2, 3, 1, 1, 0",
    "2, 4, 4, 0, 3, 1, 1, 0",
    "2, 4, 4, 1, 3, 0, 1, 0",
  })
  void convIsTheSumOverTheWindow(
      int n, int h, int w, int cin, int size, int cout, int stride, int pad) {
    Tensor x = random(n, h, w, cin);
    Tensor kernel = random(size, size, cin, cout);
    int oh = (h + 2 * pad - size) / stride + 1;
    int ow = (w + 2 * pad - size) / stride + 1;
    double[] want = new double[n * oh * ow * cout];
    for (int i = 0; i < want.length; i++) {
      int f = i % cout;
      int column = i / cout % ow * stride - pad;
      int row = i / cout / ow % oh * stride - pad;
      int image = i / cout / ow / oh;
      for (int y = Math.max(row, 0); y < Math.min(row + size, h); y++) {
        for (int z = Math.max(column, 0); z < Math.min(column + size, w); z++) {
          for (int c = 0; c < cin; c++) {
            want[i] +=
                x.at(((long) (image * h + y) * w + z) * cin + c)
                    * kernel.at(((long) ((y - row) * size + z - column) * cin + c) * cout + f);
          }
        }
      }
    }
    WindowDim dim = WindowDim.of(size, stride, pad, pad);
    Op conv = new Op.Conv(List.of(dim, dim), false, ConvDims.channelsLast(2));
    assertArrayEquals(want, evaluate(conv, x, kernel).toDoubles(), 1e-13);
  }

  @Test
  void convReversedTurnsTheKernel() {
    Tensor x = random(2, 7, 3);
    Tensor kernel = random(3, 3, 5);
    List<WindowDim> window = List.of(new WindowDim(3, 2, 1, 2, 1, 2));
    assertEquals(
        evaluate(
            new Op.Conv(window, false, ConvDims.channelsLast(1)),
            x,
            evaluate(new Op.Reverse(List.of(0)), kernel)),
        evaluate(new Op.Conv(window, true, ConvDims.channelsLast(1)), x, kernel));
  }

  @Test
  void convDilationIsInteriorPadding() {
    Tensor x = random(2, 4, 3);
    Tensor kernel = random(2, 3, 5);
    Op spread = new Op.Pad(List.of(0L, 0L, 0L), List.of(0L, 0L, 0L), List.of(0L, 2L, 0L), 0);
    Op spreadKernel = new Op.Pad(List.of(0L, 0L, 0L), List.of(0L, 0L, 0L), List.of(1L, 0L, 0L), 0);
    assertEquals(
        evaluate(
            new Op.Conv(List.of(WindowDim.of(3, 2, 1, 4)), false, ConvDims.channelsLast(1)),
            evaluate(spread, x),
            evaluate(spreadKernel, kernel)),
        evaluate(
            new Op.Conv(List.of(new WindowDim(2, 2, 1, 4, 3, 2)), false, ConvDims.channelsLast(1)),
            x,
            kernel));
  }

  @Test
  void convNegativePaddingCrops() {
    Tensor x = random(1, 9, 2);
    Tensor kernel = random(3, 2, 2);
    Op crop = new Op.Slice(List.of(0L, 2L, 0L), List.of(1L, 8L, 2L), List.of(1L, 1L, 1L));
    assertEquals(
        evaluate(
            new Op.Conv(List.of(WindowDim.of(3, 1, 0, 0)), false, ConvDims.channelsLast(1)),
            evaluate(crop, x),
            kernel),
        evaluate(
            new Op.Conv(List.of(WindowDim.of(3, 1, -2, -1)), false, ConvDims.channelsLast(1)),
            x,
            kernel));
  }

  @Test
  void convTakesAxesInAnyRoles() {
    List<WindowDim> window = List.of(WindowDim.of(2, 1, 1, 0), WindowDim.of(3, 2, 0, 1));
    Tensor x = random(2, 4, 6, 3);
    Tensor kernel = random(2, 3, 3, 5);
    Tensor plain = evaluate(new Op.Conv(window, false, ConvDims.channelsLast(2)), x, kernel);

    // images [cin, w, h, n], kernel [kh, cout, kw, cin], result [ow, cout, n, oh]
    ConvDims turned = new ConvDims(3, 0, List.of(2, 1), 3, 1, List.of(0, 2), 2, 1, List.of(3, 0));
    Tensor got =
        evaluate(
            new Op.Conv(window, false, turned),
            evaluate(new Op.Permute(List.of(3, 2, 1, 0)), x),
            evaluate(new Op.Permute(List.of(0, 3, 1, 2)), kernel));

    assertEquals(evaluate(new Op.Permute(List.of(2, 3, 0, 1)), plain), got);
  }

  @Test
  void convOfIntegersWraps() {
    Op conv = new Op.Conv(List.of(WindowDim.of(2, 1, 0, 0)), false, ConvDims.channelsLast(1));
    Tensor x = Tensor.wholes(TensorType.of(DType.U8, 1, 2, 1), i -> 100);
    Tensor kernel = Tensor.wholes(TensorType.of(DType.U8, 2, 1, 1), i -> 2);
    assertEquals(400 - 256, evaluate(conv, x, kernel).longAt(0));
  }

  // Windows.

  @Test
  void reduceWindowLeavesOutWhatIsOutside() {
    List<WindowDim> window = List.of(WindowDim.of(3, 2, 2, 2));
    Tensor x = f64(-1, -2, NAN, -4, -5);
    assertArrayEquals(
        new double[] {-1, NAN, NAN, -5},
        evaluate(new Op.ReduceWindow(ReduceFn.MAX, window), x).toDoubles());
    assertArrayEquals(
        new double[] {-1, NAN, NAN, -5},
        evaluate(new Op.ReduceWindow(ReduceFn.SUM, window), x).toDoubles());
  }

  @Test
  void reduceWindowOfPaddingOnlyFoldsNothing() {
    List<WindowDim> window = List.of(WindowDim.of(1, 1, 1, 0));
    Tensor x = Tensor.of(new int[] {5}, 1);
    assertEquals(
        Tensor.of(new int[] {Integer.MIN_VALUE, 5}),
        evaluate(new Op.ReduceWindow(ReduceFn.MAX, window), x));
  }

  @Test
  void reduceWindowSumIsAConvolutionWithOnes() {
    List<WindowDim> window =
        List.of(new WindowDim(2, 2, 1, 0, 2, 1), new WindowDim(3, 1, -1, 2, 1, 2));
    Tensor x = random(4, 7);
    Tensor ones = Tensor.full(TensorType.of(DType.F64, 2, 3, 1, 1), 1);
    Tensor want =
        evaluate(
            new Op.Conv(window, false, ConvDims.channelsLast(2)),
            evaluate(new Op.Reshape(Shape.of(1, 4, 7, 1)), x),
            ones);
    Tensor got = evaluate(new Op.ReduceWindow(ReduceFn.SUM, window), x);
    assertArrayEquals(want.toDoubles(), got.toDoubles(), 1e-15);
  }

  @Test
  void windowMaxGradGoesToTheFirstOfEqualsAndToNaN() {
    List<WindowDim> window = List.of(WindowDim.of(2, 1, 0, 0));
    Tensor x = f64(3, 3, 1, NAN, 9, NAN, NAN);
    Tensor dy = f64(1, 2, 4, 8, 16, 32);
    assertArrayEquals(
        new double[] {1, 2, 0, 12, 0, 48, 0},
        evaluate(new Op.WindowMaxGrad(window), x, dy).toDoubles());
  }

  @Test
  void windowMaxGradPassesNothingOnFromPadding() {
    List<WindowDim> window = List.of(WindowDim.of(1, 1, 1, 1));
    Tensor x = Tensor.of(new int[] {7}, 1);
    assertEquals(
        Tensor.of(new int[] {10}, 1),
        evaluate(new Op.WindowMaxGrad(window), x, Tensor.of(new int[] {1, 10, 100})));
  }

  @Test
  void windowMaxGradSumsToDy() {
    List<WindowDim> window = List.of(WindowDim.of(3, 2, 1, 1), WindowDim.of(2, 1, 0, 1));
    Tensor x = random(5, 7);
    Tensor dy = random(3, 7);
    double want = Arrays.stream(dy.toDoubles()).sum();
    double got = Arrays.stream(evaluate(new Op.WindowMaxGrad(window), x, dy).toDoubles()).sum();
    assertEquals(want, got, 1e-13, "seed " + SEED);
  }

  private static Tensor evaluate(Op op, Tensor... operands) {
    return Reference.evaluate(op, List.of(operands));
  }

  private static Tensor random(long... dims) {
    SplittableRandom random = new SplittableRandom(SEED);
    return Tensor.filled(TensorType.of(DType.F64, dims), i -> random.nextDouble(-1, 1));
  }

  private static Tensor f64(double... values) {
    return Tensor.of(values, values.length);
  }
}
