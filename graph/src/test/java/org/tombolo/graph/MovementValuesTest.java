package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the reference gives for operations that make or move elements without arithmetic.
class MovementValuesTest {

  @Test
  void iotaCountsAlongItsAxis() {
    Op rows = new Op.Iota(TensorType.of(DType.I32, 2, 3), 0);
    Op columns = new Op.Iota(TensorType.f32(2, 3), 1);
    assertEquals(ints(new long[] {2, 3}, 0, 0, 0, 1, 1, 1), Reference.evaluate(rows, List.of()));
    assertEquals(
        floats(new long[] {2, 3}, 0, 1, 2, 0, 1, 2), Reference.evaluate(columns, List.of()));
  }

  @Test
  void iotaOfANarrowTypeWrapsOrRounds() {
    Tensor bytes = Reference.evaluate(new Op.Iota(TensorType.of(DType.I8, 131), 0), List.of());
    Tensor halves = Reference.evaluate(new Op.Iota(TensorType.of(DType.F16, 2051), 0), List.of());
    assertEquals(-126, bytes.longAt(130));
    assertEquals(2048, halves.at(2049));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "42, 7", "-1, -1", "4294967296, 9223372036854775807"})
  void randomBitsAreWordsOfPhilox(long seed, long stream) {
    Tensor key = Tensor.of(new long[] {seed, stream});

    Tensor bits = Reference.evaluate(new Op.RandomBits(Shape.of(3, 5)), List.of(key));

    for (int i = 0; i < 15; i++) {
      assertEquals(Philox.word(seed, stream, i), bits.longAt(i), "word " + i);
    }
  }

  @Test
  void randomUniformCoversZeroToOneEvenly() {
    GraphBuilder g = new GraphBuilder("uniform");
    g.output("u", g.randomUniform(g.constant(Tensor.of(new long[] {1, 2})), Shape.of(10_000)));
    int[] bins = new int[10];
    for (float u : Reference.run(g.build(), List.of()).get(0).toFloats()) {
      bins[(int) (u * 10)]++;
    }
    for (int count : bins) {
      // Binomial with n=10000, p=0.1: 6 standard deviations of 30 either side.
      assertEquals(1000, count, 180);
    }
  }

  @Test
  void reshapeKeepsRowMajorOrder() {
    assertEquals(
        floats(new long[] {3, 2}, 1, 2, 3, 4, 5, 6),
        one(new Op.Reshape(Shape.of(3, 2)), floats(new long[] {2, 3}, 1, 2, 3, 4, 5, 6)));
  }

  @Test
  void permuteMovesAxes() {
    Tensor x = counting(2, 3, 5);
    Tensor got = one(new Op.Permute(List.of(2, 0, 1)), x);
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 2; j++) {
        for (int k = 0; k < 3; k++) {
          assertEquals(x.at(((long) j * 3 + k) * 5 + i), got.at(((long) i * 2 + j) * 3 + k));
        }
      }
    }
  }

  @Test
  void broadcastRepeatsAxesOfOne() {
    Tensor x = ints(new long[] {2, 1, 2}, 1, 2, 3, 4);
    assertEquals(
        ints(new long[] {2, 3, 2}, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4),
        one(new Op.Broadcast(Shape.of(2, 3, 2)), x));
  }

  @Test
  void sliceTakesEveryStride() {
    Op slice = new Op.Slice(List.of(1L, 0L), List.of(4L, 5L), List.of(2L, 3L));
    assertEquals(floats(new long[] {2, 2}, 5, 8, 15, 18), one(slice, counting(4, 5)));
  }

  @Test
  void padAddsAroundAndBetween() {
    Op pad = new Op.Pad(List.of(1L, 0L), List.of(0L, 1L), List.of(1L, 2L), 9);
    assertEquals(
        floats(new long[] {4, 5}, 9, 9, 9, 9, 9, 0, 9, 9, 1, 9, 9, 9, 9, 9, 9, 2, 9, 9, 3, 9),
        one(pad, counting(2, 2)));
  }

  @Test
  void padConvertsItsValueToTheType() {
    Op pad = new Op.Pad(List.of(1L), List.of(0L), List.of(0L), 300.7);
    Tensor bytes = Tensor.ofUnsigned(new byte[] {7}, 1);
    Tensor half = Tensor.filled(TensorType.of(DType.BF16, 1), i -> 1);
    assertEquals(Tensor.ofUnsigned(new byte[] {(byte) 255, 7}), one(pad, bytes));
    assertArrayEquals(new double[] {300, 1}, one(pad, half).toDoubles());
  }

  @Test
  void countsAndPaddingAreOfTheirTypeInMidGraphToo() {
    GraphBuilder g = new GraphBuilder("inner");
    Node halves = g.iota(TensorType.of(DType.F16, 2051), 0);
    g.output("count", halves.slice(0, 2049, 2050));
    g.output("pad", halves.slice(0, 0, 0).pad(new long[] {1}, new long[1], new long[1], 300.7));

    Reference.Result result = Reference.run(g.build(), Map.of(), Map.of());

    assertArrayEquals(new double[] {2048}, result.doubles("count"));
    assertArrayEquals(new double[] {300.75}, result.doubles("pad"));
  }

  @Test
  void padOfNothingIsAllPadding() {
    Op pad = new Op.Pad(List.of(2L), List.of(1L), List.of(5L), -1);
    assertEquals(floats(new long[] {3}, -1, -1, -1), one(pad, counting(0)));
  }

  @Test
  void reverseTurnsAxes() {
    assertEquals(
        floats(new long[] {2, 3}, 5, 4, 3, 2, 1, 0),
        one(new Op.Reverse(List.of(0, 1)), counting(2, 3)));
    assertEquals(
        floats(new long[] {2, 3}, 2, 1, 0, 5, 4, 3),
        one(new Op.Reverse(List.of(1)), counting(2, 3)));
  }

  @Test
  void concatJoinsAlongAnAxis() {
    Tensor a = ints(new long[] {2, 2}, 1, 2, 3, 4);
    Tensor none = ints(new long[] {2, 0});
    Tensor b = ints(new long[] {2, 1}, 5, 6);
    assertEquals(
        ints(new long[] {2, 3}, 1, 2, 5, 3, 4, 6),
        Reference.evaluate(new Op.Concat(1), List.of(a, none, b)));
  }

  @Test
  void movedLongsKeepEveryBit() {
    Tensor x = Tensor.of(new long[] {Long.MAX_VALUE, Long.MIN_VALUE + 1});
    assertEquals(
        Tensor.of(new long[] {Long.MIN_VALUE + 1, Long.MAX_VALUE}),
        one(new Op.Reverse(List.of(0)), x));
  }

  private static Tensor one(Op op, Tensor x) {
    return Reference.evaluate(op, List.of(x));
  }

  private static Tensor counting(long... dims) {
    return Tensor.filled(TensorType.f32(dims), i -> i);
  }

  private static Tensor floats(long[] dims, float... values) {
    return Tensor.of(values, dims);
  }

  private static Tensor ints(long[] dims, int... values) {
    return Tensor.of(values, dims);
  }
}
