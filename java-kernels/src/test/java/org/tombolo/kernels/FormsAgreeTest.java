package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Plain Java on one thread, the worker team and OpenCL C give the same.
class FormsAgreeTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private static KernelCheck.Report agree(Kernel kernel, Range range, TensorType... operands) {
    KernelCheck.Report report = KernelCheck.agree(kernel, range, operands).requireAllRan();
    assertEquals(
        KernelCheck.agree(kernel, range.withChecks(), operands).differences(),
        report.differences());
    return report;
  }

  static Stream<Kernel> exact() {
    return Stream.of(
        new SampleKernels.Relu(),
        new SampleKernels.NegatedCompare(),
        new SampleKernels.NestedTernary(),
        new SampleKernels.Loops(),
        new SampleKernels.Casts(),
        new SampleKernels.Constants(),
        new SampleKernels.Remainder(),
        new SampleKernels.EveryOther());
  }

  @ParameterizedTest
  @MethodSource("exact")
  void floatsToTheBit(Kernel kernel) {
    for (int n : new int[] {1, 7, 1031}) {
      agree(kernel, Range.of(n), TensorType.f32(n)).require(0, 0);
    }
  }

  @Test
  void functionsWithinAFewUnits() {
    agree(new SampleKernels.Maths(), Range.of(997), TensorType.f32(997)).require(64, 1e-5);
  }

  static Stream<Kernel> whole() {
    return Stream.of(
        new SampleKernels.WholeNumbers(), new SampleKernels.Choices(), new SampleKernels.Order());
  }

  @ParameterizedTest
  @MethodSource("whole")
  void integersToTheBit(Kernel kernel) {
    TensorType type = TensorType.of(DType.I32, 1009);
    agree(kernel, Range.of(1009), type, type).require(0, 0);
  }

  @Test
  void theLeastIntegerOverMinusOneIsItself() {
    Tensor a = Tensor.of(new int[] {Integer.MIN_VALUE, 7, -7, 7, -7});
    Tensor b = Tensor.of(new int[] {-1, 2, 2, -2, -2});
    assertEquals(
        List.of(Tensor.of(new int[] {Integer.MIN_VALUE, 4, -4, -2, 2})),
        KernelCall.of(new SampleKernels.Division(), Range.of(5)).evaluate(List.of(a, b)));
    KernelCheck.agree(new SampleKernels.Division(), Range.of(5), List.of(a, b))
        .requireAllRan()
        .require(0, 0);
  }

  @Test
  void wideNumbers() {
    TensorType type = TensorType.of(DType.I64, 211);
    agree(new SampleKernels.Wide(1L << 40, 1e-3), Range.of(211), type, type).require(0, 0);
  }

  @Test
  void narrowNumbers() {
    agree(
            new SampleKernels.Narrow(true, (byte) 100),
            Range.of(300),
            TensorType.of(DType.I8, 300),
            TensorType.of(DType.I16, 300),
            TensorType.of(DType.BOOL, 300),
            TensorType.of(DType.I16, 300))
        .require(0, 0);
    agree(
            new SampleKernels.Narrow(false, (byte) -1),
            Range.of(9),
            TensorType.of(DType.U8, 9),
            TensorType.of(DType.I16, 9),
            TensorType.of(DType.BOOL, 9),
            TensorType.of(DType.I16, 9))
        .require(0, 0);
  }

  @Test
  void groupsMeetAtBarriers() {
    int n = 1000;
    Tensor x = Tensor.filled(TensorType.f32(n), i -> i % 17);
    Kernel kernel = new SampleKernels.GroupSum(64, 16);
    Range range = Range.of(Range.roundUp(n, 64)).inGroupsOf(64);
    float[] want = new float[16];
    for (int i = 0; i < n; i++) {
      want[i / 64] += i % 17;
    }
    assertArrayEquals(
        want, KernelCall.of(kernel, range).evaluate(List.of(x)).getFirst().toFloats());
    KernelCheck.agree(kernel, range, List.of(x)).requireAllRan().require(0, 0);
    KernelCheck.agree(kernel, range.withChecks(), List.of(x)).requireAllRan().require(0, 0);
  }

  @Test
  void atomicsCountAll() {
    SplittableRandom random = new SplittableRandom(SEED);
    Tensor x = Tensor.wholes(TensorType.of(DType.I32, 5000), _ -> random.nextInt(-100, 100));
    Kernel kernel = new SampleKernels.Histogram(10);
    int[] want = new int[13];
    for (int i = 0; i < 5000; i++) {
      int v = (int) x.longAt(i);
      want[Math.floorMod(v, 10)]++;
      want[10] = Math.max(want[10], v);
      want[11] = Math.min(want[11], v);
    }
    want[12] = 42;
    assertEquals(
        Tensor.of(want), KernelCall.of(kernel, Range.of(5000)).evaluate(List.of(x)).getFirst());
    KernelCheck.agree(kernel, Range.of(5000), List.of(x)).requireAllRan().require(0, 0);
    KernelCheck.agree(kernel, Range.of(5000).withChecks(), List.of(x))
        .requireAllRan()
        .require(0, 0);
    Tensor counts = Tensor.filled(TensorType.of(DType.I32, 16), i -> i);
    KernelCheck.agree(
            new SampleKernels.LocalHistogram(), Range.of(5000).inGroupsOf(50), List.of(x, counts))
        .requireAllRan()
        .require(0, 0);
  }

  static Stream<Range> ranges() {
    return Stream.of(
        Range.of(5),
        Range.of(6).inGroupsOf(3),
        Range.of(3, 5),
        Range.of(4, 6).inGroupsOf(2, 3),
        Range.of(2, 3, 5),
        Range.of(2, 4, 6).inGroupsOf(1, 2, 3),
        Range.of(0));
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void itemsKnowWhereTheyAre(Range range) {
    Kernel kernel = new SampleKernels.Ids((int) range.items());
    KernelCheck.agree(kernel, range).requireAllRan().require(0, 0);
    Tensor ids = KernelCall.of(kernel, range).evaluate(List.of()).getFirst();
    for (int i = 0; i < range.items(); i++) {
      assertEquals(i, ids.longAt(i * 22L + 6L * range.rank()), "row-major");
      assertEquals(i % range.global().getLast(), ids.longAt(i * 22L + 6L * (range.rank() - 1)));
    }
  }

  @Test
  void memoryOfAnItem() {
    agree(new SampleKernels.Median(13, 17), Range.of(13, 17), TensorType.f32(13, 17)).require(0, 0);
  }

  @Test
  void elementsThatNobodyWritesAreZero() {
    Tensor got =
        KernelCall.of(new SampleKernels.EveryOther(), Range.of(5))
            .evaluate(List.of(Tensor.of(new float[] {1, 2, 3, 4, 5})))
            .getFirst();
    assertArrayEquals(new float[] {1, 0, 3, 0, 5}, got.toFloats());
  }

  @Test
  void oneTranslationServesAllExtentsAndScalars() {
    KernelCheck.agree(new Saxpy(1), Range.of(3), TensorType.f32(3), TensorType.f32(3));
    int before = OpenClForm.translations();
    KernelCheck.agree(new Saxpy(5), Range.of(70), TensorType.f32(70), TensorType.f32(70))
        .requireAllRan()
        .require(0, 0);
    assertEquals(before, OpenClForm.translations());
  }

  @Test
  void gradientsAgreeWithDifferenceQuotients() {
    TensorType type = TensorType.f32(11);
    KernelCheck.gradients(new Saxpy(3), Range.of(11), type, type).require(0, 1e-3);
  }

  @Test
  void theReferenceRunsIt() {
    var g = new GraphBuilder("g");
    var x = g.input("x", TensorType.f32(3));
    g.output("y", new Saxpy(2).call(Range.of(3), x, x));
    assertArrayEquals(
        new float[] {3, 6, 9},
        Reference.run(g.build(), List.of(Tensor.of(new float[] {1, 2, 3}))).getFirst().toFloats());
  }
}
