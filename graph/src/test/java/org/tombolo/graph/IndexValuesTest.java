package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Values of operations that pick, add, fold and order along an axis, worked out by hand.
class IndexValuesTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private static double[] run(Tensor x, UnaryOperator<Node> formula) {
    GraphBuilder g = new GraphBuilder("case");
    g.output("y", formula.apply(g.input("x", x.type())));
    return Reference.run(g.build(), Map.of("x", x), Map.of()).doubles("y");
  }

  private static Tensor floats(float... values) {
    return Tensor.of(values);
  }

  private static Node ints(Node near, int... values) {
    return near.builder().constant(Tensor.of(values));
  }

  @Test
  void gatherTakesRowsAndMarksWhatIsOutside() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    assertArrayEquals(
        new double[] {5, 6, 1, 2, NAN, NAN, NAN, NAN},
        run(x, n -> n.gather(0, ints(n, 2, 0, 3, -1))));
    assertArrayEquals(
        new double[] {2, 4, 6}, run(x, n -> n.gather(1, n.builder().scalar(DType.I64, 1))));
    assertArrayEquals(
        new double[] {30, 0},
        run(Tensor.of(new int[] {10, 20, 30}), n -> n.gather(0, ints(n, 2, 3))));
  }

  @Test
  void gatherAlongTakesAnIndexForEachElement() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    assertArrayEquals(
        new double[] {5, 2, 1, 4},
        run(x, n -> n.gatherAlong(0, ints(n, 2, 0, 0, 1).reshape(2, 2))));
  }

  @Test
  void scatterAddsInOrderAndLeavesOutWhatIsOutside() {
    Tensor x = floats(1, 2, 3);
    assertArrayEquals(
        new double[] {1, 2 + 10 + 40, 3 + 30},
        run(
            x,
            n ->
                n.scatterAdd(
                    0, ints(n, 1, 5, 2, 1, -1), n.builder().constant(floats(10, 20, 30, 40, 50)))));
  }

  @Test
  void scansGoEitherWayWithAndWithoutTheElement() {
    Tensor x = floats(1, 2, 3, 4);
    assertArrayEquals(new double[] {1, 3, 6, 10}, scan(x, ReduceFn.SUM, false, false));
    assertArrayEquals(new double[] {0, 1, 3, 6}, scan(x, ReduceFn.SUM, true, false));
    assertArrayEquals(new double[] {10, 9, 7, 4}, scan(x, ReduceFn.SUM, false, true));
    assertArrayEquals(new double[] {9, 7, 4, 0}, scan(x, ReduceFn.SUM, true, true));
    assertArrayEquals(new double[] {1, 2, 6, 24}, scan(x, ReduceFn.PROD, false, false));
    assertArrayEquals(
        new double[] {-INF, 3, 3, NAN},
        scan(floats(3, 1, Float.NaN, 7), ReduceFn.MAX, true, false));
    assertArrayEquals(
        new double[] {200, 144},
        scan(Tensor.wholes(TensorType.of(DType.U8, 2), i -> 200), ReduceFn.SUM, false, false));
  }

  private static double[] scan(Tensor x, ReduceFn fn, boolean exclusive, boolean reverse) {
    return run(x, n -> n.builder().add(new Op.Scan(fn, 0, exclusive, reverse), List.of(n)));
  }

  @Test
  void argReductionsNameTheFirstOfEqualsAndOfNans() {
    assertArrayEquals(new double[] {1}, run(floats(1, 5, 5, 2), n -> n.argMax(0)));
    assertArrayEquals(new double[] {0}, run(floats(1, 5, 1), n -> n.argMin(0)));
    Tensor nans = floats(1, Float.NaN, 7, Float.NaN);
    assertArrayEquals(new double[] {1}, run(nans, n -> n.argMax(0)));
    assertArrayEquals(new double[] {1}, run(nans, n -> n.argMin(0)));
    assertArrayEquals(new double[] {0}, run(floats(-0f, 0f), n -> n.argMax(0)));
  }

  @Test
  void sortingIsStableBothWaysWithNanLargest() {
    Tensor x = floats(2, Float.NaN, -0f, 2, 0f, Float.NEGATIVE_INFINITY);
    assertArrayEquals(new double[] {5, 2, 4, 0, 3, 1}, run(x, n -> n.argSort(0, false)));
    assertArrayEquals(new double[] {1, 0, 3, 2, 4, 5}, run(x, n -> n.argSort(0, true)));
    assertArrayEquals(new double[] {1, 0}, run(x, n -> n.topK(0, 2)));
    assertArrayEquals(
        new double[] {1, 2, 3, 4, 5, 6},
        run(Tensor.of(new int[] {3, 6, 2, 5, 1, 4}, 3, 2), n -> n.sort(0, false).transpose()));
  }

  @Test
  void sortedRandomNumbersAreInOrder() {
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    for (int n : new int[] {0, 1, 2, 7, 64, 101}) {
      Tensor x = Tensor.filled(TensorType.f32(n), i -> random.nextInt(20));
      double[] expected = x.toDoubles();
      Arrays.sort(expected);
      assertArrayEquals(expected, run(x, node -> node.sort(0, false)), "seed " + seed);
      assertEquals(n, expected.length);
    }
  }
}
