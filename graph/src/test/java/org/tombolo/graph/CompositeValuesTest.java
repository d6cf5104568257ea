package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What composites give by decomposing, against their textbook formulas.
class CompositeValuesTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final Tensor SCORES = random(5, 3);
  private static final Tensor LABELS = Tensor.of(new int[] {0, 2, 1, 3, -1});

  private static double probability(int row, int column) {
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      sum += Math.exp(SCORES.at(row * 3L + c));
    }
    return Math.exp(SCORES.at(row * 3L + column)) / sum;
  }

  @Test
  void softmaxIsTheShareOfExponentials() {
    double[] got = call(new Composite.Softmax(1), SCORES).toDoubles();
    for (int i = 0; i < 15; i++) {
      assertEquals(probability(i / 3, i % 3), got[i], 1e-15);
    }
  }

  @Test
  void softmaxOfHugeScoresStaysFinite() {
    Tensor huge = Tensor.of(new double[] {1e300, 1e300, -1e300}, 3);
    assertArrayEquals(new double[] {0.5, 0.5, 0}, call(new Composite.Softmax(0), huge).toDoubles());
  }

  @Test
  void crossEntropyIsTheLogOfTheProbabilityOfTheLabel() {
    double[] got = call(new Composite.SparseCrossEntropy(), SCORES, LABELS).toDoubles();
    assertEquals(-Math.log(probability(0, 0)), got[0], 1e-14);
    assertEquals(-Math.log(probability(1, 2)), got[1], 1e-14);
    assertEquals(-Math.log(probability(2, 1)), got[2], 1e-14);
    assertEquals(Double.NaN, got[3], "label 3 of 3 classes");
    assertEquals(Double.NaN, got[4], "label -1");
  }

  @Test
  void crossEntropyGradIsProbabilityLessTarget() {
    Tensor dy = random(5);
    double[] got = call(new Composite.SparseCrossEntropyGrad(), SCORES, LABELS, dy).toDoubles();
    for (int i = 0; i < 9; i++) {
      double target = LABELS.at(i / 3) == i % 3 ? 1 : 0;
      assertEquals((probability(i / 3, i % 3) - target) * dy.at(i / 3), got[i], 1e-15);
    }
    for (int i = 9; i < 15; i++) {
      assertEquals(Double.NaN, got[i], "labels 3 and -1 of 3 classes");
    }
  }

  @Test
  void logSoftmaxIsTheLogOfTheProbability() {
    double[] got = call(new Composite.LogSoftmax(1), SCORES).toDoubles();
    for (int i = 0; i < 15; i++) {
      assertEquals(Math.log(probability(i / 3, i % 3)), got[i], 1e-14);
    }
    Tensor far = Tensor.of(new double[] {1000, 0, Double.NEGATIVE_INFINITY}, 3);
    assertArrayEquals(
        new double[] {0, -1000, Double.NEGATIVE_INFINITY},
        call(new Composite.LogSoftmax(0), far).toDoubles(),
        1e-12);
  }

  @Test
  void crossEntropyWeighsTheLogsByTheTargets() {
    Tensor targets = random(5, 3);
    double[] got = call(new Composite.CrossEntropy(), SCORES, targets).toDoubles();
    for (int row = 0; row < 5; row++) {
      double want = 0;
      for (int c = 0; c < 3; c++) {
        want -= targets.at(row * 3L + c) * Math.log(probability(row, c));
      }
      assertEquals(want, got[row], 1e-13);
    }
  }

  @Test
  void aClassThatIsImpossibleAndNotWantedCostsNothing() {
    Tensor scores = Tensor.of(new double[] {0, Double.NEGATIVE_INFINITY, 0}, 1, 3);
    Tensor unwanted = Tensor.of(new double[] {1, 0, 0}, 1, 3);
    Tensor wanted = Tensor.of(new double[] {0.5, 0.5, 0}, 1, 3);
    Composite loss = new Composite.CrossEntropy();
    assertEquals(Math.log(2), call(loss, scores, unwanted).at(0), 1e-15);
    assertEquals(Double.POSITIVE_INFINITY, call(loss, scores, wanted).at(0));
  }

  @Test
  void binaryCrossEntropyIsTheLogOfTheSigmoid() {
    double[] scores = {-2, -0.5, 0, 1e-3, 3, -800, 800, -40, 1e4};
    double[] targets = {0, 0.3, 0.5, 1, 0.9, 0, 1, 0, 0};
    double[] got =
        call(new Composite.BinaryCrossEntropy(), Tensor.of(scores), Tensor.of(targets)).toDoubles();
    for (int i = 0; i < 5; i++) {
      double s = 1 / (1 + Math.exp(-scores[i]));
      double want = -targets[i] * Math.log(s) - (1 - targets[i]) * Math.log(1 - s);
      assertEquals(want, got[i], 1e-14);
    }
    assertEquals(0, got[5]);
    assertEquals(0, got[6]);
    assertEquals(Math.exp(-40), got[7], 1e-30, "not lost beside 1");
    assertEquals(1e4, got[8]);
  }

  @Test
  void dropoutZeroesAShareAndScalesTheRest() {
    Tensor x = Tensor.full(TensorType.f32(10_000), 3);
    Tensor key = Tensor.of(new long[] {5, 6});

    Tensor got = call(new Composite.Dropout(0.25), x, key);

    int kept = 0;
    for (float value : got.toFloats()) {
      assertTrue(value == 0 || value == 4, "3 / 0.75, not " + value);
      kept += value == 0 ? 0 : 1;
    }
    // Binomial with n=10000, p=0.75: 6 standard deviations of 43 either side.
    assertEquals(7500.0, kept, 260);
    assertEquals(got, call(new Composite.Dropout(0.25), x, key), "same key, same elements");
    assertTrue(
        !got.equals(call(new Composite.Dropout(0.25), x, Tensor.of(new long[] {5, 7}))),
        "another stream");
  }

  @Test
  void dropoutOfNothingKeepsAll() {
    Tensor x = random(7);
    assertEquals(x, call(new Composite.Dropout(0), x, Tensor.of(new long[] {1, 2})));
  }

  private static Tensor call(Composite function, Tensor... operands) {
    return Reference.evaluate(new Op.Call(function), List.of(operands));
  }

  private static Tensor random(long... dims) {
    SplittableRandom random = new SplittableRandom(SEED);
    return Tensor.filled(TensorType.of(DType.F64, dims), i -> random.nextDouble(-2, 2));
  }
}
