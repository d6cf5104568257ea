package org.tombolo.bench;

import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.tombolo.cpu.gemm.ContractionPlan;
import org.tombolo.cpu.gemm.Contractions;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Compares our matrix products with OpenBLAS, and our convolutions with our own 1024x1024x1024
/// product, all in one run; `docs/performance.md` has the command. Results are spot-checked in
/// double precision first, and a wrong one ends the program with status 1.
public final class GemmRatio {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT;
  private static final int SPOTS = 200;

  private final PrintStream print = System.out;
  private final Arena arena = Arena.ofShared();
  private final WorkerTeam team = new WorkerTeam(WorkerTeam.threads());
  private final Contractions contractions = new Contractions(team);
  private final SplittableRandom random = new SplittableRandom(42);
  private final int rounds;
  private final String filter;
  private boolean wrong;

  private GemmRatio(int rounds, String filter) {
    this.rounds = rounds;
    this.filter = filter;
  }

  /// Runs the comparison.
  ///
  /// @param args number of rounds, 31 unless given; then a text that lines must contain
  public static void main(String[] args) {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 31;
    GemmRatio ratio = new GemmRatio(rounds, args.length > 1 ? args[1] : "");
    ratio.run();
    if (ratio.wrong) {
      System.exit(1);
    }
  }

  /// A product `[m,k] * [k,n]`, operands turned or not.
  private record Product(String name, int m, int k, int n, boolean turnedA, boolean turnedB) {
    double flops() {
      return 2.0 * m * k * n;
    }
  }

  private static List<Product> products() {
    List<Product> products = new ArrayList<>();
    for (int n : new int[] {1024, 256, 512, 1023, 1025, 2048}) {
      products.add(new Product("" + n, n, n, n, false, false));
    }
    products.add(new Product("1024 NT", 1024, 1024, 1024, false, true));
    products.add(new Product("1024 TN", 1024, 1024, 1024, true, false));
    products.add(new Product("1024 TT", 1024, 1024, 1024, true, true));
    products.add(new Product("dense forward", 128, 3136, 128, false, false));
    products.add(new Product("dense to input", 128, 128, 3136, false, true));
    products.add(new Product("dense to weights", 3136, 128, 128, true, false));
    products.add(new Product("64", 64, 64, 64, false, false));
    return products;
  }

  private static List<ConvPass> convolutions() {
    List<ConvPass> passes = new ArrayList<>(ConvPass.training("28x28x1->16", 128, 28, 1, 5, 16, 2));
    passes.addAll(ConvPass.training("14x14x16->32", 128, 14, 16, 5, 32, 2));
    passes.addAll(ConvPass.training("32x32x64->64", 16, 32, 64, 3, 64, 1));
    return passes;
  }

  private void run() {
    print.printf("%d threads; medians (and bests) of %d rounds%n%n", team.size(), rounds);
    print.printf("| product (m x k x n) | GFLOP/s | OpenBLAS, GFLOP/s | ratio |%n");
    print.printf("|---|---|---|---|%n");
    for (Product product : products()) {
      if (product.name.contains(filter)) {
        race(product);
      }
    }
    print.printf("%n| convolution (batch 128 or 16) | GFLOP/s | 1024 product, GFLOP/s | ratio |%n");
    print.printf("|---|---|---|---|%n");
    for (ConvPass pass : convolutions()) {
      if (pass.name().contains(filter)) {
        race(pass);
      }
    }
  }

  private MemorySegment values(long count) {
    MemorySegment memory = arena.allocate(4 * count, 64);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(F32, i, (float) random.nextDouble(-1, 1));
    }
    return memory;
  }

  private void race(Product p) {
    MemorySegment a = values((long) p.m * p.k);
    MemorySegment b = values((long) p.k * p.n);
    MemorySegment ours = arena.allocate(4L * p.m * p.n, 64);
    MemorySegment theirs = arena.allocate(4L * p.m * p.n, 64);
    Runnable mine = product(p, a, b, ours);
    Race race = new Race(team.size());
    race.enter(mine);
    race.enter(() -> OpenBlas.multiply(p.m, p.k, p.n, p.turnedA, p.turnedB, a, b, theirs));
    List<Race.Seconds> seconds = race.run(rounds);
    check(p.name, p, a, b, ours);
    check(p.name + " by OpenBLAS", p, a, b, theirs);
    print.printf(
        Locale.ROOT,
        "| %s (%d x %d x %d) | %s |%n",
        p.name,
        p.m,
        p.k,
        p.n,
        columns(p.flops(), seconds.get(0), p.flops(), seconds.get(1)));
  }

  private Runnable product(Product p, MemorySegment a, MemorySegment b, MemorySegment out) {
    Op.Dot op =
        new Op.Dot(List.of(), List.of(), List.of(p.turnedA ? 0 : 1), List.of(p.turnedB ? 1 : 0));
    ContractionPlan plan =
        contractions.dot(
            op,
            p.turnedA ? TensorType.f32(p.k, p.m) : TensorType.f32(p.m, p.k),
            p.turnedB ? TensorType.f32(p.n, p.k) : TensorType.f32(p.k, p.n));
    MemorySegment scratch = arena.allocate(plan.scratchBytes(), 64);
    return () -> plan.run(a, b, out, scratch);
  }

  private void check(String what, Product p, MemorySegment a, MemorySegment b, MemorySegment out) {
    for (int spot = 0; spot < SPOTS; spot++) {
      int row = random.nextInt(p.m);
      int column = random.nextInt(p.n);
      double sum = 0;
      double scale = 0;
      for (int i = 0; i < p.k; i++) {
        double left = a.getAtIndex(F32, p.turnedA ? (long) i * p.m + row : (long) row * p.k + i);
        double right =
            b.getAtIndex(F32, p.turnedB ? (long) column * p.k + i : (long) i * p.n + column);
        sum += left * right;
        scale += Math.abs(left * right);
      }
      check(what, out.getAtIndex(F32, (long) row * p.n + column), sum, scale, p.k);
    }
  }

  /// Higham, *Accuracy and Stability of Numerical Algorithms*, 3.1.
  private void check(String what, double got, double want, double scale, double terms) {
    if (!(Math.abs(got - want) <= (terms + 1) * 0x1p-24 * scale)) {
      print.printf("WRONG: %s: got %s, want %s%n", what, got, want);
      wrong = true;
    }
  }

  private void race(ConvPass pass) {
    MemorySegment x = values(pass.x().size());
    MemorySegment kernel = values(pass.kernel().size());
    MemorySegment out = arena.allocate(pass.out().bytes(), 64);
    ContractionPlan plan = contractions.conv(pass.op(), pass.x(), pass.kernel());
    MemorySegment scratch = arena.allocate(plan.scratchBytes(), 64);
    Product yardstick = products().getFirst();
    MemorySegment a = values((long) yardstick.m * yardstick.k);
    MemorySegment b = values((long) yardstick.k * yardstick.n);
    MemorySegment c = arena.allocate(4L * yardstick.m * yardstick.n, 64);
    Race race = new Race(team.size());
    race.enter(() -> plan.run(x, kernel, out, scratch));
    race.enter(product(yardstick, a, b, c));
    List<Race.Seconds> seconds = race.run(rounds);
    check(pass, x, kernel, out);
    print.printf(
        Locale.ROOT,
        "| %s | %s |%n",
        pass.name(),
        columns(pass.flops(), seconds.get(0), yardstick.flops(), seconds.get(1)));
  }

  private static String columns(
      double flops, Race.Seconds seconds, double yardFlops, Race.Seconds yard) {
    double median = flops / seconds.median() / 1e9;
    double best = flops / seconds.best() / 1e9;
    double yardMedian = yardFlops / yard.median() / 1e9;
    double yardBest = yardFlops / yard.best() / 1e9;
    return "%.0f (%.0f) | %.0f (%.0f) | %.2f (%.2f)"
        .formatted(median, best, yardMedian, yardBest, median / yardMedian, best / yardBest);
  }

  private void check(ConvPass pass, MemorySegment x, MemorySegment kernel, MemorySegment out) {
    ConvDims dims = pass.op().dims();
    List<WindowDim> window = pass.op().window();
    long[] xs = pass.x().shape().strides();
    long[] ks = pass.kernel().shape().strides();
    long[] outs = pass.out().shape().strides();
    long features = pass.x().dim(dims.lhsFeature());
    for (int spot = 0; spot < SPOTS / 10; spot++) {
      long n = random.nextLong(pass.out().dim(dims.outBatch()));
      long f = random.nextLong(pass.out().dim(dims.outFeature()));
      long[] at = new long[2];
      long element = n * outs[dims.outBatch()] + f * outs[dims.outFeature()];
      for (int i = 0; i < 2; i++) {
        at[i] = random.nextLong(pass.out().dim(dims.outSpatial().get(i)));
        element += at[i] * outs[dims.outSpatial().get(i)];
      }
      double sum = 0;
      double scale = 0;
      for (long ky = 0; ky < window.get(0).size(); ky++) {
        for (long kx = 0; kx < window.get(1).size(); kx++) {
          long iy = window.get(0).index(at[0], ky, pass.x().dim(dims.lhsSpatial().get(0)));
          long ix = window.get(1).index(at[1], kx, pass.x().dim(dims.lhsSpatial().get(1)));
          long ty = pass.op().reversed() ? window.get(0).size() - 1 - ky : ky;
          long tx = pass.op().reversed() ? window.get(1).size() - 1 - kx : kx;
          for (long c = 0; iy >= 0 && ix >= 0 && c < features; c++) {
            long left =
                n * xs[dims.lhsBatch()]
                    + iy * xs[dims.lhsSpatial().get(0)]
                    + ix * xs[dims.lhsSpatial().get(1)]
                    + c * xs[dims.lhsFeature()];
            long right =
                ty * ks[dims.rhsSpatial().get(0)]
                    + tx * ks[dims.rhsSpatial().get(1)]
                    + c * ks[dims.rhsIn()]
                    + f * ks[dims.rhsOut()];
            double term = (double) x.getAtIndex(F32, left) * kernel.getAtIndex(F32, right);
            sum += term;
            scale += Math.abs(term);
          }
        }
      }
      double terms = (double) window.get(0).size() * window.get(1).size() * features;
      check(pass.name(), out.getAtIndex(F32, element), sum, scale, terms);
    }
  }
}
