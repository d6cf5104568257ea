package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Attention against its formula in plain loops.
class AttentionValuesTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final double SCALE = 0.6;
  private static final int DEPTH = 3;
  private static final int OUT = 2;

  private interface Visible {
    boolean at(int example, int head, int query, int key);
  }

  private interface Added {
    double at(int example, int head, int query, int key);
  }

  /// Of each query, the values weighted by the exponentials of its scores.
  private static double[] formula(Tensor q, Tensor k, Tensor v, Visible visible, Added added) {
    int n = (int) q.type().dim(0);
    int heads = (int) q.type().dim(1);
    int queries = (int) q.type().dim(2);
    int shared = heads / (int) k.type().dim(1);
    int keys = (int) k.type().dim(2);
    double[] out = new double[n * heads * queries * OUT];
    for (int row = 0; row < n * heads * queries; row++) {
      int example = row / (heads * queries);
      int head = row / queries % heads;
      int keyRow = (example * (heads / shared) + head / shared) * keys;
      double total = 0;
      for (int j = 0; j < keys; j++) {
        if (visible.at(example, head, row % queries, j)) {
          double score = 0;
          for (int d = 0; d < DEPTH; d++) {
            score += q.at(row * DEPTH + d) * k.at((keyRow + j) * DEPTH + d);
          }
          double e = Math.exp(score * SCALE + added.at(example, head, row % queries, j));
          total += e;
          for (int d = 0; d < OUT; d++) {
            out[row * OUT + d] += e * v.at((keyRow + j) * OUT + d);
          }
        }
      }
      for (int d = 0; d < OUT && total > 0; d++) {
        out[row * OUT + d] /= total;
      }
    }
    return out;
  }

  private static void assertSame(double[] want, boolean causal, Tensor... operands) {
    double[] got =
        Reference.evaluate(new Op.Call(new Attention(SCALE, causal)), List.of(operands))
            .toDoubles();
    assertEquals(want.length, got.length);
    for (int i = 0; i < want.length; i++) {
      assertEquals(want[i], got[i], 1e-13, "element " + i + ", seed " + SEED);
    }
  }

  @ParameterizedTest(name = "{0} heads on {1}, {2} queries, {3} keys")
  @CsvSource({"1, 1, 1, 1", "2, 2, 3, 5", "6, 2, 5, 3", "4, 1, 2, 2", "3, 3, 2, 7"})
  void followsTheFormula(int heads, int keyHeads, int queries, int keys) {
    Tensor q = random(1, 2, heads, queries, DEPTH);
    Tensor k = random(2, 2, keyHeads, keys, DEPTH);
    Tensor v = random(3, 2, keyHeads, keys, OUT);
    assertSame(formula(q, k, v, (n, h, i, j) -> true, (n, h, i, j) -> 0), false, q, k, v);
    assertSame(
        formula(q, k, v, (n, h, i, j) -> j <= i + keys - queries, (n, h, i, j) -> 0),
        true,
        q,
        k,
        v);

    Tensor added = random(4, 1, heads, queries, keys);
    assertSame(
        formula(
            q,
            k,
            v,
            (n, h, i, j) -> true,
            (n, h, i, j) -> added.at(((long) h * queries + i) * keys + j)),
        false,
        q,
        k,
        v,
        added);

    SplittableRandom random = new SplittableRandom(SEED);
    Tensor mask = Tensor.filled(TensorType.of(DType.BOOL, 2, 1, 1, keys), i -> random.nextInt(2));
    Visible open = (n, h, i, j) -> mask.at((long) n * keys + j) != 0;
    assertSame(formula(q, k, v, open, (n, h, i, j) -> 0), false, q, k, v, mask);
    assertSame(
        formula(
            q,
            k,
            v,
            (n, h, i, j) -> open.at(n, h, i, j) && j <= i + keys - queries,
            (n, h, i, j) -> 0),
        true,
        q,
        k,
        v,
        mask);
    Tensor infinite =
        Tensor.filled(
            TensorType.of(DType.F64, 2, 1, 1, keys),
            i -> mask.at(i) != 0 ? 0 : Double.NEGATIVE_INFINITY);
    assertSame(formula(q, k, v, open, (n, h, i, j) -> 0), false, q, k, v, infinite);
  }

  @Test
  void hugeScoresStayFinite() {
    Tensor q = Tensor.full(TensorType.f32(1, 1, 2, DEPTH), 1e18);
    Tensor k = Tensor.filled(TensorType.f32(1, 1, 2, DEPTH), i -> i < DEPTH ? 1e18 : 0);
    Tensor v = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, OUT);
    assertSame(new double[] {1, 2, 1, 2}, false, q, k, v);
  }

  private static Tensor random(long stream, long... dims) {
    SplittableRandom random = new SplittableRandom(SEED + stream);
    return Tensor.filled(TensorType.of(DType.F64, dims), i -> random.nextDouble(-2, 2));
  }
}
