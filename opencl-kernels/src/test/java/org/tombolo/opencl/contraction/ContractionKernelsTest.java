package org.tombolo.opencl.contraction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.contraction.ContractionCases.Case;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.Steps;

/// Kernels of both dialects against the reference, on the first OpenCL device whatever it is.
class ContractionKernelsTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static KernelRunner runner;

  /// A dialect and the kind of device that it writes for.
  enum Form {
    AVX512(Dialect.SIMD, 2, 1024, 1024, 16),
    AVX2(Dialect.SIMD, 2, 1024, 64, 8),
    SSE(Dialect.SIMD, 64, 1024, 32, 4),
    GPU(Dialect.SIMT, 1, 1024, 32, 1),
    SMALL_GPU(Dialect.SIMT, 8, 128, 16, 1);

    private final Dialect dialect;
    private final int units;
    private final int group;
    private final int localKibibytes;
    private final int lanes;

    Form(Dialect dialect, int units, int group, int localKibibytes, int lanes) {
      this.dialect = dialect;
      this.units = units;
      this.group = group;
      this.localKibibytes = localKibibytes;
      this.lanes = lanes;
    }

    DeviceLimits limits() {
      return new DeviceLimits(units, group, (long) localKibibytes << 10, lanes, false);
    }

    Steps steps(Case one) {
      return steps(one, Blockings.USUAL);
    }

    Steps steps(Case one, Blockings blockings) {
      DeviceLimits limits = limits();
      Optional<Steps> steps =
          one.op() instanceof Op.Dot dot
              ? Contractions.dot(dot, one.a(), one.b(), dialect, limits, blockings)
              : Contractions.conv((Op.Conv) one.op(), one.a(), one.b(), dialect, limits, blockings);
      return steps.orElseThrow();
    }
  }

  @BeforeAll
  static void open() {
    Optional<KernelRunner> found = KernelRunner.open();
    if (found.isEmpty()) {
      assertFalse(
          "required".equals(System.getProperty("tombolo.opencl")),
          "no OpenCL device\n  try: apt-get install pocl-opencl-icd");
      assumeTrue(false, "no OpenCL device: contraction kernels are not run");
    }
    runner = found.orElseThrow();
  }

  @AfterAll
  static void close() {
    if (runner != null) {
      runner.close();
    }
  }

  /// Everything on the main form of each dialect, but for what differs only in its stages; on the
  /// others what exercises their tiles.
  static Stream<Arguments> cases() {
    List<Case> products = ContractionCases.products();
    List<Case> arrangements = ContractionCases.arrangements();
    List<Case> convolutions = ContractionCases.convolutions();
    List<Case> lenet = ContractionCases.lenet();
    List<Case> tiles = products.stream().filter(one -> one.result().size() > 300).toList();
    Stream<Case> simd =
        Stream.of(products, arrangements, convolutions, lenet).flatMap(List::stream);
    Stream<Case> simt =
        Stream.of(
                products,
                arrangements.subList(0, 2),
                convolutions,
                lenet.stream().filter(one -> one.op() instanceof Op.Conv).toList())
            .flatMap(List::stream);
    return Stream.of(
            simd.map(one -> Arguments.of(Form.AVX512, one)),
            simt.map(one -> Arguments.of(Form.GPU, one)),
            Stream.of(Form.AVX2, Form.SSE, Form.SMALL_GPU)
                .flatMap(form ->
                    Stream.concat(tiles.stream().limit(6), convolutions.stream().limit(1))
                        .map(one -> Arguments.of(form, one))))
        .flatMap(all -> all);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void agreesWithTheReference(Form form, Case one) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] a = uniform(random, one.a());
    float[] b = uniform(random, one.b());

    float[] got = run(form, one, a, b);

    double[] want = reference(one, a, b);
    double[] scale = reference(one, absolute(a), absolute(b));
    // Higham, Accuracy and Stability of Numerical Algorithms, 3.1: a sum of k products in any order
    // is off by at most k*u/(1-k*u) times the sum of their absolute values.
    double roundoff = (terms(one) + 2) * 0x1p-24;
    for (int i = 0; i < want.length; i++) {
      double bound = roundoff * scale[i] + Float.MIN_NORMAL;
      assertEquals(want[i], got[i], bound, "element " + i + ", seed " + SEED);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AVX512", "GPU"})
  void infinitiesAndNansStayInTheirRowsAndColumns(Form form) {
    Case one =
        new Case(
            "product",
            new Op.Dot(List.of(), List.of(), List.of(1), List.of(0)),
            TensorType.f32(65, 17),
            TensorType.f32(17, 127));
    SplittableRandom random = new SplittableRandom(SEED);
    float[] a = uniform(random, one.a());
    float[] b = uniform(random, one.b());
    a[3 * 17 + 16] = Float.NaN;
    a[64 * 17] = Float.POSITIVE_INFINITY;
    b[16 * 127 + 126] = Float.NEGATIVE_INFINITY;

    float[] got = run(form, one, a, b);

    double[] want = reference(one, a, b);
    for (int i = 0; i < want.length; i++) {
      String where = "element " + i + ", seed " + SEED;
      if (Double.isFinite(want[i])) {
        assertEquals(want[i], got[i], 1e-4, where);
      } else {
        assertEquals(want[i], got[i], where);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AVX512", "GPU"})
  void threeRunsGiveTheSameBits(Form form) {
    Case split =
        ContractionCases.products().stream()
            .filter(one -> one.name().contains("4099"))
            .findFirst()
            .orElseThrow();
    assertTrue(
        form.steps(split).steps().stream().anyMatch(step -> step.kernel().equals("sum_ranges")),
        "depth of " + split + " is not cut into ranges; need a case where it is");
    SplittableRandom random = new SplittableRandom(SEED);
    float[] a = uniform(random, split.a());
    float[] b = uniform(random, split.b());
    float[] first = run(form, split, a, b);
    for (int again = 0; again < 2; again++) {
      assertArrayEquals(first, run(form, split, a, b), "seed " + SEED);
    }
  }

  /// Of many blocks those that are far apart: tiles, depths and heights differ together.
  @ParameterizedTest
  @CsvSource({"AVX512, true", "AVX2, false", "SSE, true", "GPU, false"})
  void blocksDoNotChangeBits(Form form, boolean windows) {
    Case one =
        windows
            ? ContractionCases.convolutions().getFirst()
            : new Case(
                "product",
                new Op.Dot(List.of(), List.of(), List.of(1), List.of(1)),
                TensorType.f32(67, 1033),
                TensorType.f32(61, 1033));
    SplittableRandom random = new SplittableRandom(SEED);
    float[] a = uniform(random, one.a());
    float[] b = uniform(random, one.b());
    float[] usual = run(form, one, a, b);
    List<Blocking> others =
        Contractions.choices(one.op(), List.of(one.a(), one.b()), form.dialect, form.limits(), true)
            .orElseThrow()
            .others();
    assertTrue(others.size() >= 10, one + ": " + others);
    for (int i = 0; i < 5; i++) {
      Blocking blocking = others.get(i * (others.size() - 1) / 4);
      Steps steps = form.steps(one, _ -> Optional.of(blocking));
      float[] got = runner.run(steps, a, b, Math.toIntExact(one.result().size()));
      assertArrayEquals(usual, got, blocking.text() + ", seed " + SEED);
    }
  }

  /// The number of programs is what building kernels costs; shapes share them.
  @Test
  void sizesShareAProgram() {
    int built = runner.programsBuilt();
    for (long size : List.of(301L, 302L, 303L)) {
      Case one =
          new Case(
              "product",
              new Op.Dot(List.of(), List.of(), List.of(1), List.of(0)),
              TensorType.f32(size, 21),
              TensorType.f32(21, size));
      SplittableRandom random = new SplittableRandom(SEED);
      run(Form.AVX512, one, uniform(random, one.a()), uniform(random, one.b()));
    }
    assertTrue(runner.programsBuilt() <= built + 1, "built more than one program for one form");
  }

  private static float[] run(Form form, Case one, float[] a, float[] b) {
    return runner.run(form.steps(one), a, b, (int) one.result().size());
  }

  private static double[] reference(Case one, float[] a, float[] b) {
    return Reference.evaluate(
            one.op(),
            List.of(
                Tensor.of(a, one.a().shape().toArray()), Tensor.of(b, one.b().shape().toArray())))
        .toDoubles();
  }

  /// Products in a sum.
  private static long terms(Case one) {
    return switch (one.op()) {
      case Op.Dot dot ->
          dot.lhsContract().stream().mapToLong(one.a()::dim).reduce(1, (x, y) -> x * y);
      case Op.Conv conv ->
          conv.dims().rhsSpatial().stream()
              .mapToLong(one.b()::dim)
              .reduce(one.b().dim(conv.dims().rhsIn()), (x, y) -> x * y);
      default -> throw new AssertionError(one.op());
    };
  }

  private static float[] uniform(SplittableRandom random, TensorType type) {
    float[] values = new float[(int) type.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return values;
  }

  private static float[] absolute(float[] values) {
    float[] out = values.clone();
    for (int i = 0; i < out.length; i++) {
      out[i] = Math.abs(out[i]);
    }
    return out;
  }
}
