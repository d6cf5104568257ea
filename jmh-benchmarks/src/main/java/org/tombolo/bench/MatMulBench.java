package org.tombolo.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tombolo.cpu.gemm.ContractionPlan;
import org.tombolo.cpu.gemm.Contractions;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Square matrix products of single-precision floats in native memory, by path:
///
/// | path | what |
/// |---|---|
/// | `reference` | three loops over arrays, summed in double precision |
/// | `plain` | our blocked product with its micro-kernel in plain Java |
/// | `vector` | the same on the Vector API |
/// | `openblas` | OpenBLAS, as a yardstick |
///
/// Paths that use several threads use all processors.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class MatMulBench {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT;

  /// Rows, columns and terms.
  @Param({"256", "1024"})
  public int n;

  /// How the product is computed.
  @Param({"reference", "plain", "vector", "openblas"})
  public String path = "vector";

  private final Arena arena = Arena.ofShared();
  private final WorkerTeam team = new WorkerTeam(WorkerTeam.threads());
  private MemorySegment out = MemorySegment.NULL;
  private Runnable product = () -> {};

  /// Makes operands, computes the product once and compares all of it with the reference: a fast
  /// wrong answer is no result.
  @Setup(Level.Trial)
  public void setUp() {
    MemorySegment a = random(1);
    MemorySegment b = random(2);
    out = arena.allocate(4L * n * n, 64);
    product = product(a, b);
    product.run();
    double[] want = new double[n * n];
    double[] scale = new double[n * n];
    multiply(a, b, want, scale);
    for (int i = 0; i < want.length; i++) {
      double got = out.getAtIndex(F32, i);
      if (!(Math.abs(got - want[i]) <= (n + 1) * 0x1p-24 * scale[i])) {
        throw new IllegalStateException(
            "%s: element %d is %s; need %s".formatted(path, i, got, want[i]));
      }
    }
  }

  private Runnable product(MemorySegment a, MemorySegment b) {
    return switch (path) {
      case "reference" ->
          () -> {
            double[] sums = new double[n * n];
            multiply(a, b, sums, null);
            for (int i = 0; i < sums.length; i++) {
              out.setAtIndex(F32, i, (float) sums[i]);
            }
          };
      case "plain" -> ours(Contractions.plain(team), a, b);
      case "vector" -> {
        if (!Contractions.vectorized()) {
          throw new IllegalStateException(
              "vector: no Vector API\n  try: java --add-modules jdk.incubator.vector");
        }
        yield ours(new Contractions(team), a, b);
      }
      case "openblas" -> () -> OpenBlas.multiply(n, n, n, false, false, a, b, out);
      default ->
          throw new IllegalArgumentException(
              "path \"%s\"; need reference, plain, vector or openblas".formatted(path));
    };
  }

  private Runnable ours(Contractions contractions, MemorySegment a, MemorySegment b) {
    Op.Dot op = new Op.Dot(List.of(), List.of(), List.of(1), List.of(0));
    TensorType type = TensorType.f32(n, n);
    ContractionPlan plan = contractions.dot(op, type, type);
    MemorySegment scratch = arena.allocate(plan.scratchBytes(), 64);
    return () -> plan.run(a, b, out, scratch);
  }

  private MemorySegment random(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    MemorySegment memory = arena.allocate(4L * n * n, 64);
    for (long i = 0; i < (long) n * n; i++) {
      memory.setAtIndex(F32, i, (float) random.nextDouble(-1, 1));
    }
    return memory;
  }

  /// Adds the product to `sums`, and that of the magnitudes to `scale` if given.
  private void multiply(
      MemorySegment a, MemorySegment b, double[] sums, double @Nullable [] scale) {
    for (int row = 0; row < n; row++) {
      for (int term = 0; term < n; term++) {
        double left = a.getAtIndex(F32, (long) row * n + term);
        for (int column = 0; column < n; column++) {
          double right = b.getAtIndex(F32, (long) term * n + column);
          sums[row * n + column] += left * right;
          if (scale != null) {
            scale[row * n + column] += Math.abs(left * right);
          }
        }
      }
    }
  }

  /// One product.
  @Benchmark
  public MemorySegment multiply() {
    product.run();
    return out;
  }

  /// Ends threads and gives memory back.
  @TearDown(Level.Trial)
  public void tearDown() {
    team.close();
    arena.close();
  }
}
