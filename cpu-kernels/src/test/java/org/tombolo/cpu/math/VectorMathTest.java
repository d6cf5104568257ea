package org.tombolo.cpu.math;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.ErrorFunction;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

class VectorMathTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private final VectorMath vector = new VectorApiMath();
  private final VectorMath plain = new PlainMath();

  /// Floats of every sign, exponent and, with a step that is prime, every low bit.
  private static float[] allOver() {
    int step = 20_011;
    float[] x = new float[(int) ((1L << 32) / step)];
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.intBitsToFloat((int) ((long) i * step));
    }
    return x;
  }

  private static double exact(UnaryFn fn, double x) {
    return switch (fn) {
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case TANH -> Math.tanh(x);
      case ERF -> ErrorFunction.erf(x);
      default -> throw new IllegalArgumentException(fn.toString());
    };
  }

  @ParameterizedTest(name = "{0} within {1} ulp")
  @CsvSource({"EXP,1", "LOG,1", "TANH,2.5", "ERF,2"})
  void staysWithinItsBoundAllOver(UnaryFn fn, double bound) {
    float[] x = allOver();
    float[] fast = new float[x.length];
    float[] slow = new float[x.length];
    vector.apply(fn, x, fast, x.length);
    plain.apply(fn, x, slow, x.length);
    for (int i = 0; i < x.length; i++) {
      double want = exact(fn, x[i]);
      requireClose(fn, x[i], fast[i], want, bound);
      requireClose(fn, x[i], slow[i], want, 0.51);
    }
  }

  private static void requireClose(UnaryFn fn, float x, float got, double want, double bound) {
    float nearest = (float) want;
    if (Float.isNaN(nearest) || Float.isInfinite(nearest) || nearest == 0) {
      assertTrue(
          Float.compare(nearest, got) == 0,
          () -> "%s(%s): got %s, need %s".formatted(fn, x, got, nearest));
      return;
    }
    double ulps = Math.abs(got - want) / Math.ulp(nearest);
    assertTrue(
        ulps <= bound,
        () -> "%s(%s): got %s, need %s, %s ulp apart".formatted(fn, x, got, want, ulps));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 1009})
  void lengthsAroundVectorsTouchNothingElse(int n) {
    SplittableRandom random = new SplittableRandom(SEED);
    for (UnaryFn fn : new UnaryFn[] {UnaryFn.EXP, UnaryFn.LOG, UnaryFn.TANH, UnaryFn.ERF}) {
      float[] x = new float[n + 3];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextDouble(0.01, 4);
      }
      float[] y = new float[n + 3];
      Arrays.fill(y, 77);
      vector.apply(fn, x, y, n);
      for (int i = 0; i < n; i++) {
        requireClose(fn, x[i], y[i], exact(fn, x[i]), 2.5);
      }
      assertArrayEquals(new float[] {77, 77, 77}, Arrays.copyOfRange(y, n, n + 3), "seed " + SEED);
      float[] inPlace = x.clone();
      vector.apply(fn, inPlace, inPlace, n);
      assertArrayEquals(Arrays.copyOf(y, n), Arrays.copyOf(inPlace, n));
    }
  }

  /// An element's result must not depend on its place or on what lies beside it.
  @Test
  void resultsDoNotDependOnThePlace() {
    float[] x = new float[100];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.sin(i) * 3;
    }
    float[] all = new float[100];
    vector.apply(UnaryFn.TANH, x, all, 100);
    for (int i = 0; i < x.length; i++) {
      float[] alone = {x[i]};
      vector.apply(UnaryFn.TANH, alone, alone, 1);
      assertEquals(all[i], alone[0]);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SIN", "COS", "ERF", "EXP", "LOG", "TANH"})
  void doublesAgreeWithTheReference(UnaryFn fn) {
    SplittableRandom random = new SplittableRandom(SEED);
    Tensor x =
        Tensor.filled(
            TensorType.of(DType.F64, 2000),
            i -> random.nextDouble(-1, 1) * Math.pow(10, i % 5 - 2));
    GraphBuilder g = new GraphBuilder("double");
    g.output("y", g.input("x", x.type()).unary(fn));
    double[] want = Reference.run(g.build(), List.of(x)).get(0).toDoubles();
    double[] got = x.toDoubles();
    vector.apply(fn, got, got, got.length);
    for (int i = 0; i < got.length; i++) {
      double allowed = 4 * Math.ulp(want[i]);
      assertTrue(
          Math.abs(got[i] - want[i]) <= allowed || (Double.isNaN(want[i]) && Double.isNaN(got[i])),
          fn + " of " + x.at(i) + ", seed " + SEED);
    }
  }

  @Test
  void powersAreThoseOfTheStandard() {
    float[] a = {1, -1, -1, 0, 2, Float.NaN, -8};
    float[] b = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0, -1, 0, 1f / 3};
    float[] y = new float[a.length];
    for (VectorMath math : new VectorMath[] {vector, plain}) {
      math.pow(a, b, y, a.length);
      assertArrayEquals(new float[] {1, 1, 1, 1, 0.5f, 1, Float.NaN}, y, math.name());
    }
  }

  private static float[] withSpecials(SplittableRandom random, int n) {
    float[] specials = {Float.NaN, 0f, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1};
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = random.nextBoolean() ? specials[random.nextInt(6)] : (float) random.nextGaussian();
    }
    return x;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 15, 16, 17, 31, 33, 1000})
  void selectionsAreTheSameBitsAndTouchNothingElse(int n) {
    SplittableRandom random = new SplittableRandom(SEED + n);
    int[] c = random.ints(n + 3, -1, 2).toArray();
    float[] a = withSpecials(random, n + 3);
    float[] b = withSpecials(random, n + 3);
    float[] fast = b.clone();
    float[] slow = b.clone();
    vector.select(c, a, fast, fast, n);
    plain.select(c, a, slow, slow, n);
    assertArrayEquals(slow, fast, "seed " + SEED);
    assertArrayEquals(Arrays.copyOfRange(b, n, n + 3), Arrays.copyOfRange(fast, n, n + 3));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 15, 16, 17, 31, 33, 1000})
  void theFirstOfTheLargestAndTheFirstNanAreKept(int n) {
    SplittableRandom random = new SplittableRandom(SEED + n);
    float[] start = withSpecials(random, n + 3);
    float[] fast = start.clone();
    float[] slow = start.clone();
    int[] fastMarks = new int[n + 3];
    int[] slowMarks = new int[n + 3];
    for (int mark = 1; mark < 6; mark++) {
      float[] x = withSpecials(random, n + 3);
      vector.keepLarger(fast, fastMarks, x, mark, n);
      plain.keepLarger(slow, slowMarks, x, mark, n);
    }
    assertArrayEquals(slow, fast, "seed " + SEED);
    assertArrayEquals(slowMarks, fastMarks, "seed " + SEED);
    assertArrayEquals(Arrays.copyOfRange(start, n, n + 3), Arrays.copyOfRange(fast, n, n + 3));
  }
}
