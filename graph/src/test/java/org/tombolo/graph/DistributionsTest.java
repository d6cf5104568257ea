package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Random numbers against their distributions: moments and the test of Kolmogorov and Smirnov. The
/// seed is fixed, so that the outcome is too.
class DistributionsTest {
  private static final int COUNT = 100_003;
  private static final long SEED = Long.getLong("test.seed", 42);

  private static double[] draw(long stream, BiFunction<GraphBuilder, Node, Node> numbers) {
    GraphBuilder g = new GraphBuilder("random");
    Node key = g.constant(Tensor.of(new long[] {SEED, stream}));
    g.output("y", numbers.apply(g, key));
    return Reference.run(g.build(), Map.of(), Map.of()).doubles("y");
  }

  private static double normalBelow(double x) {
    return 0.5 * (1 + ErrorFunction.erf(x / Math.sqrt(2)));
  }

  /// The largest distance between the shares below a number that were drawn and that are right. It
  /// exceeds `1.95 / sqrt(n)` once in a thousand draws.
  private static void assertDistribution(double[] drawn, DoubleUnaryOperator below) {
    double[] sorted = drawn.clone();
    Arrays.sort(sorted);
    double distance = 0;
    for (int i = 0; i < sorted.length; i++) {
      double want = below.applyAsDouble(sorted[i]);
      distance = Math.max(distance, Math.abs(want - (double) i / sorted.length));
      distance = Math.max(distance, Math.abs(want - (i + 1.0) / sorted.length));
    }
    assertTrue(
        distance < 1.95 / Math.sqrt(sorted.length), "distance " + distance + ", seed " + SEED);
  }

  private static double moment(double[] drawn, int power) {
    return Arrays.stream(drawn).map(x -> Math.pow(x, power)).average().orElseThrow();
  }

  @Test
  void normalNumbersHaveTheirMomentsAndDistribution() {
    double[] drawn = draw(1, (g, key) -> g.randomNormal(key, Shape.of(COUNT)));
    double root = Math.sqrt(COUNT);
    // Four standard deviations of each mean: the variances of x, x^2, x^3, x^4 are 1, 2, 15, 96.
    assertEquals(0, moment(drawn, 1), 4 / root);
    assertEquals(1, moment(drawn, 2), 4 * Math.sqrt(2) / root);
    assertEquals(0, moment(drawn, 3), 4 * Math.sqrt(15) / root);
    assertEquals(3, moment(drawn, 4), 4 * Math.sqrt(96) / root);
    assertDistribution(drawn, DistributionsTest::normalBelow);
  }

  @Test
  void eachNormalNumberIsTheInverseOfItsUniformOne() {
    double[] drawn = draw(1, (g, key) -> g.randomNormal(key, Shape.of(COUNT)));
    double[] words =
        draw(1, (g, key) -> g.randomBits(key, Shape.of(COUNT)).cast(DType.I64).cast(DType.F64));
    for (int i = 0; i < COUNT; i++) {
      double uniform = (((int) words[i] >>> 9) + 0.5) * 0x1p-23;
      // An error of 5e-7 of the number moves the share below it by that times the density.
      double density = Math.exp(-drawn[i] * drawn[i] / 2) / Math.sqrt(2 * Math.PI);
      double bound = 1e-6 * Math.max(Math.abs(drawn[i]), 1e-7) * density + 1e-15;
      assertEquals(uniform, normalBelow(drawn[i]), bound, "x = " + drawn[i]);
    }
  }

  @ParameterizedTest
  @CsvSource({"-2, 2", "0, 1", "-1, 4", "-100, 100", "2.5, 6", "-5, -2.5"})
  void truncatedNumbersStayBetweenTheirBounds(double low, double high) {
    double[] drawn = draw(2, (g, key) -> g.randomTruncatedNormal(key, Shape.of(COUNT), low, high));
    assertTrue(Arrays.stream(drawn).allMatch(x -> x >= low && x <= high));
    double from = normalBelow(low);
    double to = normalBelow(high);
    assertDistribution(drawn, x -> (normalBelow(x) - from) / (to - from));
  }

  @ParameterizedTest
  @CsvSource({"0", "0.1", "0.5", "0.999", "1"})
  void bernoulliIsTrueWithItsProbability(double probability) {
    double[] drawn =
        draw(3, (g, key) -> g.randomBernoulli(key, Shape.of(COUNT), probability).cast(DType.F32));
    double deviation = Math.sqrt(probability * (1 - probability) / COUNT);
    assertEquals(probability, moment(drawn, 1), 4 * deviation);
  }

  private static double[] permutation(long stream, long count) {
    return draw(stream, (g, key) -> g.randomPermutation(key, count).cast(DType.F64));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 7, 1023, 1024, 5003})
  void permutationsHaveEachNumberOnce(long count) {
    double[] drawn = permutation(4, count);
    assertArrayEquals(drawn, permutation(4, count));
    double[] sorted = drawn.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < count; i++) {
      assertEquals(i, sorted[i]);
    }
    if (count > 7) {
      assertFalse(Arrays.equals(drawn, permutation(5, count)));
      // The sum of i * p(i) of a random order has the mean n^3/4 and the deviation n^2.5/12 or
      // less.
      double product = 0;
      for (int i = 0; i < count; i++) {
        product += (i - (count - 1) / 2.0) * (drawn[i] - (count - 1) / 2.0);
      }
      assertEquals(0, product, 4 * Math.pow(count, 2.5) / 12, "seed " + SEED);
    }
  }

  /// Counts of the 24 orders of 4, by the chi-squared test: 49.7 is exceeded once in a thousand.
  @Test
  void ordersAreEquallyLikely() {
    int draws = 4800;
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < draws; i++) {
      counts.merge(Arrays.toString(permutation(100 + i, 4)), 1, Integer::sum);
    }
    assertEquals(24, counts.size());
    double expected = draws / 24.0;
    double squares =
        counts.values().stream().mapToDouble(c -> (c - expected) * (c - expected)).sum();
    assertTrue(squares / expected < 49.7, squares / expected + ", seed " + SEED);
  }

  @Test
  void otherStreamsGiveOtherNumbers() {
    double[] first = draw(1, (g, key) -> g.randomNormal(key, Shape.of(COUNT)));
    double[] second = draw(2, (g, key) -> g.randomNormal(key, Shape.of(COUNT)));
    double product = 0;
    for (int i = 0; i < COUNT; i++) {
      product += first[i] * second[i] / COUNT;
    }
    assertEquals(0, product, 4 / Math.sqrt(COUNT), "correlation");
  }

  @Test
  void boundsAndProbabilitiesAreChecked() {
    GraphBuilder g = new GraphBuilder("random");
    Node key = g.constant(Tensor.of(new long[] {1, 2}));
    Shape shape = Shape.of(3);
    assertEquals(
        "truncated normal: bounds are 4.0 and 5.0; need low < high, low <= 3 and high >= -3",
        assertThrows(ShapeException.class, () -> g.randomTruncatedNormal(key, shape, 4, 5))
            .problem());
    assertEquals(
        "bernoulli: probability is 1.5; need 0 to 1",
        assertThrows(ShapeException.class, () -> g.randomBernoulli(key, shape, 1.5)).problem());
    assertEquals(
        "permutation: of -1 elements; need 0 to 2^31 - 1",
        assertThrows(ShapeException.class, () -> g.randomPermutation(key, -1)).problem());
  }
}
