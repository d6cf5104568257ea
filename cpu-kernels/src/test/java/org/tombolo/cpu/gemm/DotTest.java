package org.tombolo.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

class DotTest {
  private static final Op.Dot MATMUL = new Op.Dot(List.of(), List.of(), List.of(1), List.of(0));

  static Stream<Arguments> sizes() {
    List<Arguments> cases = new ArrayList<>();
    // One extent at a time over the awkward ones: empty, one, primes, tiles, blocks and one beside.
    for (int m : new int[] {0, 1, 5, 6, 7, 8, 9, 13, 63, 64, 65, 131}) {
      cases.add(Arguments.of(m, 19, 37));
    }
    for (int k : new int[] {0, 1, 2, 31, 255, 256, 257, 1023, 1024, 1025, 2053}) {
      cases.add(Arguments.of(11, k, 35));
    }
    for (int n : new int[] {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 127}) {
      cases.add(Arguments.of(10, 23, n));
    }
    // A single row, which is not packed.
    for (int n :
        new int[] {
          1, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 20, 24, 25, 31, 32, 33, 48, 63, 64, 65, 90, 127, 130
        }) {
      cases.add(Arguments.of(1, 37, n));
    }
    for (int k : new int[] {1, 2, 784, 1025, 4099}) {
      cases.add(Arguments.of(1, k, 75));
    }
    for (int n : new int[] {10, 16, 32, 64}) {
      cases.add(Arguments.of(1, 784, n));
    }
    cases.add(Arguments.of(1, 0, 5));
    cases.add(Arguments.of(1, 0, 32));
    cases.add(Arguments.of(1, 1031, 1033));
    cases.add(Arguments.of(1, 1, 1));
    cases.add(Arguments.of(0, 0, 0));
    cases.add(Arguments.of(150, 300, 150));
    return cases.stream();
  }

  @ParameterizedTest(name = "m={0} k={1} n={2}")
  @MethodSource("sizes")
  void agreesWithTheReferenceHoweverOperandsLie(int m, int k, int n) {
    SplittableRandom random = new SplittableRandom(Check.SEED);
    for (int form = 0; form < 4; form++) {
      boolean turnedA = (form & 1) != 0;
      boolean turnedB = (form & 2) != 0;
      TensorType a = turnedA ? TensorType.f32(k, m) : TensorType.f32(m, k);
      TensorType b = turnedB ? TensorType.f32(n, k) : TensorType.f32(k, n);
      Op op = new Op.Dot(List.of(), List.of(), List.of(turnedA ? 0 : 1), List.of(turnedB ? 1 : 0));
      Check.everywhere(op, Check.random(a, random), Check.random(b, random), k);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19})
  void anyAxesMayBeBatchContractedOrFree(int round) {
    long seed = Check.SEED * 1000 + round;
    Random random = new Random(seed);
    List<Integer> batch = extents(random, random.nextInt(3));
    List<Integer> contracted = extents(random, random.nextInt(3));
    List<Integer> freeA = extents(random, random.nextInt(3));
    List<Integer> freeB = extents(random, random.nextInt(3));
    Operand a = Operand.of(random, batch, contracted, freeA);
    Operand b = Operand.of(random, batch, contracted, freeB);
    Op op = new Op.Dot(a.batch, b.batch, a.contracted, b.contracted);
    SplittableRandom values = new SplittableRandom(seed);
    long terms = contracted.stream().mapToLong(extent -> extent).reduce(1, (x, y) -> x * y);
    Check.everywhere(op, Check.random(a.type, values), Check.random(b.type, values), terms);
  }

  private static List<Integer> extents(Random random, int count) {
    return IntStream.range(0, count).mapToObj(i -> 1 + random.nextInt(7)).toList();
  }

  /// Axes of three roles in random order.
  private record Operand(TensorType type, List<Integer> batch, List<Integer> contracted) {
    static Operand of(
        Random random, List<Integer> batch, List<Integer> contracted, List<Integer> free) {
      List<Integer> all = new ArrayList<>(batch);
      all.addAll(contracted);
      all.addAll(free);
      List<Integer> order = new ArrayList<>(IntStream.range(0, all.size()).boxed().toList());
      Collections.shuffle(order, random);
      return new Operand(
          TensorType.f32(order.stream().mapToLong(all::get).toArray()),
          IntStream.range(0, batch.size()).mapToObj(order::indexOf).toList(),
          IntStream.range(0, contracted.size())
              .mapToObj(i -> order.indexOf(batch.size() + i))
              .toList());
    }
  }

  /// The last one has too many columns to be cut.
  @ParameterizedTest(name = "m={0} k={1} n={2}")
  @CsvSource({"1, 20011, 1", "9, 8192, 250", "5, 8193, 257"})
  void longSumsOfSmallResults(int m, int k, int n) {
    SplittableRandom random = new SplittableRandom(Check.SEED);
    assertEquals(n <= 256, Blocking.termsPerPart((long) m * n, n, k) < k);
    Tensor a = Check.random(TensorType.f32(m, k), random);
    Check.everywhere(MATMUL, a, Check.random(TensorType.f32(k, n), random), k);
  }

  @Test
  void manySmallProductsInABatch() {
    SplittableRandom random = new SplittableRandom(Check.SEED);
    Op op = new Op.Dot(List.of(0), List.of(0), List.of(2), List.of(1));
    Check.everywhere(
        op,
        Check.random(TensorType.f32(97, 17, 33), random),
        Check.random(TensorType.f32(97, 33, 19), random),
        33);
  }

  @Test
  void denseLayersForwardAndBackward() {
    SplittableRandom random = new SplittableRandom(Check.SEED);
    Tensor x = Check.random(TensorType.f32(32, 784), random);
    Tensor w = Check.random(TensorType.f32(784, 128), random);
    Tensor dy = Check.random(TensorType.f32(32, 128), random);
    Check.everywhere(MATMUL, x, w, 784);
    Check.everywhere(new Op.Dot(List.of(), List.of(), List.of(1), List.of(1)), dy, w, 128);
    Check.everywhere(new Op.Dot(List.of(), List.of(), List.of(0), List.of(0)), x, dy, 32);
  }

  @Test
  void nanAndInfinityGoWhereTheyBelongAndNowhereElse() {
    int m = 13;
    int k = 40;
    int n = 37;
    Tensor a =
        Tensor.filled(
            TensorType.f32(m, k),
            i -> i == 3L * k + 7 ? Double.NaN : i == 5L * k ? Double.POSITIVE_INFINITY : 1);
    Tensor b =
        Tensor.filled(
            TensorType.f32(k, n), i -> i == 7L * n + 36 ? Double.NEGATIVE_INFINITY : i % 2 - 0.25);
    try (WorkerTeam team = new WorkerTeam(1)) {
      for (MicroKernels kernels : Check.everyKernel()) {
        float[] got = Check.compute(new Contractions(team, kernels), MATMUL, a, b);
        Tensor want = org.tombolo.graph.Reference.evaluate(MATMUL, List.of(a, b));
        for (int i = 0; i < got.length; i++) {
          assertEquals(want.at(i), got[i], 1e-4, kernels.wide().name() + " element " + i);
        }
      }
    }
  }

  @Test
  void memoryMayLieOnTheHeap() {
    TensorType type = TensorType.f32(9, 9);
    Tensor x = Check.random(type, new SplittableRandom(Check.SEED));
    try (WorkerTeam team = new WorkerTeam(2)) {
      Contractions contractions = new Contractions(team);
      float[] out = new float[81];
      contractions
          .dot(MATMUL, type, type)
          .run(x.data(), x.data(), MemorySegment.ofArray(out), MemorySegment.NULL);
      Check.requireSameBits(Check.compute(contractions, MATMUL, x, x), out, "on the heap");
    }
  }

  @Test
  void saysWhatItNeeds() {
    try (WorkerTeam team = new WorkerTeam(1)) {
      Contractions contractions = new Contractions(team);
      TensorType wide = TensorType.of(DType.F64, 2, 2);
      assertEquals(
          "dot: operands are f64[2,2] and f64[2,2]; need f32\n  try: cast(DType.F32) first",
          assertThrows(IllegalArgumentException.class, () -> contractions.dot(MATMUL, wide, wide))
              .getMessage());
      TensorType type = TensorType.f32(2, 2);
      ContractionPlan plan = contractions.dot(MATMUL, type, type);
      MemorySegment four = MemorySegment.ofArray(new float[4]);
      MemorySegment five = MemorySegment.ofArray(new float[5]);
      assertTrue(
          assertThrows(IllegalArgumentException.class, () -> plan.run(four, four, five, four))
              .getMessage()
              .startsWith("contraction: out has 20 bytes, type is f32[2,2]; need 16 bytes"));
    }
  }
}
