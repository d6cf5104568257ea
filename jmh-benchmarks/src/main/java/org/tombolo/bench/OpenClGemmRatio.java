package org.tombolo.bench;

import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import org.tombolo.cpu.gemm.ContractionPlan;
import org.tombolo.cpu.gemm.Contractions;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Device;
import org.tombolo.device.Driver;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Probe;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Compares the matrix products of an OpenCL device with OpenBLAS on the host, and its convolutions
/// with its own 1024x1024x1024 product, all in one run and through the driver: a launch, packing
/// included, and the wait for it, on operands that are already on the device. `docs/performance.md`
/// has the command. Every result is compared with that of the Java kernels first, and a wrong one
/// ends the program with status 1.
public final class OpenClGemmRatio {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final PrintStream print = System.out;
  private final WorkerTeam team = new WorkerTeam(WorkerTeam.threads());
  private final Contractions javaKernels = new Contractions(team);
  private final SplittableRandom random = new SplittableRandom(42);
  private final Device device;
  private final int rounds;
  private boolean wrong;

  private OpenClGemmRatio(Device device, int rounds) {
    this.device = device;
    this.rounds = rounds;
  }

  /// Runs the comparison.
  ///
  /// @param args number of rounds, 31 unless given, and id of the device, the first unless given
  public static void main(String[] args) {
    Driver driver =
        ServiceLoader.load(Driver.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(one -> one.id().equals("opencl"))
            .findFirst()
            .orElseThrow();
    List<Probe> probes = driver.probe();
    Probe.Found found =
        probes.stream()
            .filter(Probe.Found.class::isInstance)
            .map(Probe.Found.class::cast)
            .filter(one -> args.length < 2 || one.info().id().equals(args[1]))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no such OpenCL device: " + probes));
    try (Device device = driver.open(found)) {
      OpenClGemmRatio ratio =
          new OpenClGemmRatio(device, args.length > 0 ? Integer.parseInt(args[0]) : 31);
      ratio.run();
      if (ratio.wrong) {
        System.exit(1);
      }
    }
  }

  /// An operation with the types of its operands and the floating-point operations it takes.
  private record Work(String name, Op op, TensorType a, TensorType b, double flops) {
    TensorType out() {
      return op.infer(List.of(a, b));
    }

    /// Products in a sum.
    double terms() {
      return flops / 2 / out().size();
    }

    static Work product(String name, int m, int k, int n, boolean turnedA, boolean turnedB) {
      return new Work(
          "%s (%d x %d x %d)".formatted(name, m, k, n),
          new Op.Dot(List.of(), List.of(), List.of(turnedA ? 0 : 1), List.of(turnedB ? 1 : 0)),
          turnedA ? TensorType.f32(k, m) : TensorType.f32(m, k),
          turnedB ? TensorType.f32(n, k) : TensorType.f32(k, n),
          2.0 * m * k * n);
    }

    static Work of(ConvPass pass) {
      return new Work(pass.name(), pass.op(), pass.x(), pass.kernel(), pass.flops());
    }
  }

  private void run() {
    print.printf(
        "%s, %d units; medians (and bests) of %d rounds%n%n",
        device.info().model(), device.info().units(), rounds);
    print.printf("| product (m x k x n) | GFLOP/s | OpenBLAS, GFLOP/s | ratio |%n");
    print.printf("|---|---|---|---|%n");
    raceOpenBlas("1024", 1024, 1024, 1024, false, false);
    raceOpenBlas("256", 256, 256, 256, false, false);
    raceOpenBlas("1023", 1023, 1023, 1023, false, false);
    raceOpenBlas("2048", 2048, 2048, 2048, false, false);
    raceOpenBlas("1024 NT", 1024, 1024, 1024, false, true);
    raceOpenBlas("1024 TN", 1024, 1024, 1024, true, false);
    raceOpenBlas("dense forward", 128, 3136, 128, false, false);
    raceOpenBlas("dense to input", 128, 128, 3136, false, true);
    raceOpenBlas("dense to weights", 3136, 128, 128, true, false);
    print.printf("%n| convolution (batch 128 or 16) | GFLOP/s | 1024 product, GFLOP/s | ratio |%n");
    print.printf("|---|---|---|---|%n");
    List<ConvPass> passes = new ArrayList<>(ConvPass.training("28x28x1->16", 128, 28, 1, 5, 16, 2));
    passes.addAll(ConvPass.training("14x14x16->32", 128, 14, 16, 5, 32, 2));
    passes.addAll(ConvPass.training("32x32x64->64", 16, 32, 64, 3, 64, 1));
    Work yardstick = Work.product("1024", 1024, 1024, 1024, false, false);
    for (ConvPass pass : passes) {
      try (OnDevice own = new OnDevice(Work.of(pass));
          OnDevice yard = new OnDevice(yardstick)) {
        report(Work.of(pass), own, yardstick, yard::run);
      }
    }
  }

  private void raceOpenBlas(String name, int m, int k, int n, boolean turnedA, boolean turnedB) {
    Work work = Work.product(name, m, k, n, turnedA, turnedB);
    try (OnDevice own = new OnDevice(work)) {
      MemorySegment theirs = own.arena.allocate(work.out().bytes(), 64);
      report(
          work,
          own,
          work,
          () -> OpenBlas.multiply(m, k, n, turnedA, turnedB, own.a, own.b, theirs));
    }
  }

  private void report(Work work, OnDevice own, Work yardstick, Runnable yard) {
    check(own);
    Race race = new Race();
    race.enter(own::run);
    race.enter(yard);
    List<Race.Seconds> seconds = race.run(rounds);
    double median = work.flops / seconds.get(0).median() / 1e9;
    double best = work.flops / seconds.get(0).best() / 1e9;
    double yardMedian = yardstick.flops / seconds.get(1).median() / 1e9;
    double yardBest = yardstick.flops / seconds.get(1).best() / 1e9;
    print.printf(
        Locale.ROOT,
        "| %s | %.0f (%.0f) | %.0f (%.0f) | %.2f (%.2f) |%n",
        work.name,
        median,
        best,
        yardMedian,
        yardBest,
        median / yardMedian,
        best / yardBest);
  }

  /// Compares every element with the Java kernels; both may be off by the bound of Higham,
  /// *Accuracy and Stability of Numerical Algorithms*, 3.1.
  private void check(OnDevice own) {
    own.run();
    MemorySegment got = own.download();
    MemorySegment want = onHost(own, own.a, own.b);
    MemorySegment scale = onHost(own, own.absolute(own.a), own.absolute(own.b));
    double bound = 2 * (own.work.terms() + 2) * 0x1p-24;
    for (long i = 0; i < own.work.out().size(); i++) {
      double off = Math.abs((double) got.getAtIndex(F32, i) - want.getAtIndex(F32, i));
      if (!(off <= bound * scale.getAtIndex(F32, i))) {
        print.printf(
            "WRONG: %s: element %d is %s, Java has %s%n",
            own.work.name, i, got.getAtIndex(F32, i), want.getAtIndex(F32, i));
        wrong = true;
        return;
      }
    }
  }

  private MemorySegment onHost(OnDevice own, MemorySegment a, MemorySegment b) {
    Work work = own.work;
    ContractionPlan plan =
        switch (work.op) {
          case Op.Dot dot -> javaKernels.dot(dot, work.a, work.b);
          case Op.Conv conv -> javaKernels.conv(conv, work.a, work.b);
          default -> throw new IllegalArgumentException("not a contraction: " + work.op);
        };
    MemorySegment out = own.arena.allocate(work.out().bytes(), 64);
    plan.run(a, b, out, own.arena.allocate(plan.scratchBytes(), 64));
    return out;
  }

  /// Work compiled for the device, with its operands on host and device.
  private final class OnDevice implements AutoCloseable {
    private final Work work;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment a;
    private final MemorySegment b;
    private final Slice out;
    private final List<Slice> memory = new ArrayList<>();
    private final Executable executable;
    private final Launch launch;

    OnDevice(Work work) {
      this.work = work;
      this.a = values(work.a);
      this.b = values(work.b);
      GraphBuilder builder = new GraphBuilder("race");
      builder.output(
          "out",
          builder.add(work.op, List.of(builder.input("a", work.a), builder.input("b", work.b))));
      this.executable = device.compile(new Region(work.name, builder.build()));
      List<Slice> inputs = List.of(upload(a), upload(b));
      this.out = allocate(work.out().bytes());
      this.launch = executable.bind(inputs, List.of(out), allocate(executable.scratchBytes()));
    }

    private MemorySegment values(TensorType type) {
      MemorySegment values = arena.allocate(type.bytes(), 64);
      for (long i = 0; i < type.size(); i++) {
        values.setAtIndex(F32, i, (float) random.nextDouble(-1, 1));
      }
      return values;
    }

    private MemorySegment absolute(MemorySegment values) {
      MemorySegment out = arena.allocate(values.byteSize(), 64);
      for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
        out.setAtIndex(F32, i, Math.abs(values.getAtIndex(F32, i)));
      }
      return out;
    }

    private Slice allocate(long bytes) {
      memory.add(Slice.all(device.allocate(bytes)));
      return memory.getLast();
    }

    private Slice upload(MemorySegment values) {
      Slice target = allocate(values.byteSize());
      device
          .queue(QueueRole.UPLOAD)
          .upload(values, HostMemory.VALID_UNTIL_EVENT, target, List.of())
          .await(PATIENCE);
      return target;
    }

    MemorySegment download() {
      MemorySegment values = arena.allocate(out.bytes(), 64);
      device.queue(QueueRole.DOWNLOAD).download(out, values, List.of()).await(PATIENCE);
      return values;
    }

    void run() {
      device.queue(QueueRole.COMPUTE).launch(launch, List.of()).await(PATIENCE);
    }

    @Override
    public void close() {
      launch.close();
      executable.close();
      memory.forEach(slice -> slice.buffer().close());
      arena.close();
    }
  }
}
