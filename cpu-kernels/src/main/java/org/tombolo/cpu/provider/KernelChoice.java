package org.tombolo.cpu.provider;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tombolo.cpu.gemm.Finish;
import org.tombolo.cpu.gemm.PaddingRepair;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.cpu.kernel.KernelCompiler;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Kernel;
import org.tombolo.device.LoopKernel;
import org.tombolo.graph.Cost;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Chooses between our kernel for an operation and those of providers.
///
/// What is fastest for an operation and its types is measured the first time that they are met, on
/// made-up elements, and kept for the device. Since kernels add in different orders, a choice
/// decides the last bits of results; `always` and `off` leave nothing to measurement.
///
/// Where others are seen to use the device's threads meanwhile, our kernel runs, and the next one
/// who asks measures.
///
/// | `tombolo.cpu.providers` | which kernel runs |
/// |---|---|
/// | `measure`, or nothing | the fastest |
/// | `always` | a provider's where it has one: its first |
/// | `off` | ours |
public final class KernelChoice {
  /// The property that says how to choose.
  public static final String PROPERTY = "tombolo.cpu.providers";

  private static final System.Logger LOG = System.getLogger("org.tombolo.cpu");

  /// Arithmetic below which calling a library costs more than it saves.
  private static final double LEAST_FLOPS = 1e5;

  /// Operands and results larger than this are not made up to measure.
  private static final long MOST_BYTES = 1L << 29;

  /// How much faster than ours a kernel must be.
  private static final double ADVANTAGE = 0.95;

  /// Time for which a kernel runs before it is measured, and for all rounds of one kernel.
  private static final long NANOS = 20_000_000;

  private static final int ROUNDS = 21;
  private static final int LEAST_ROUNDS = 3;

  /// How long our kernel may stay slower than a library's before it counts as compiled, after it
  /// last became faster and in all.
  private static final long PATIENCE = 100_000_000;

  private static final long MOST_PATIENCE = 2_000_000_000;

  /// How often a choice is measured while others use the team.
  private static final int ATTEMPTS = 3;

  private static final Object MEASURING = new Object();
  private static final long ALIGNMENT = 128;

  /// Answers that are kept.
  private static final int MOST_ANSWERS = 2000;

  /// How a kernel is chosen.
  private enum Mode {
    MEASURE,
    ALWAYS,
    OFF
  }

  private final List<KernelProvider> providers;
  private final Mode mode;
  private final KernelCompiler ours;
  private final WorkerTeam team;
  private final Map<Kernel.Single, HostKernel> answers = new ConcurrentHashMap<>();

  private KernelChoice(
      List<KernelProvider> providers, Mode mode, KernelCompiler ours, WorkerTeam team) {
    this.providers = List.copyOf(providers);
    this.mode = mode;
    this.ours = ours;
    this.team = team;
  }

  /// The providers that are on the class path and work here.
  ///
  /// @param ours makes our kernels
  /// @param team the threads that it uses; providers may use as many
  /// @throws IllegalArgumentException if the property has no such value
  public static KernelChoice system(KernelCompiler ours, WorkerTeam team) {
    return new KernelChoice(usable(), mode(), ours, team);
  }

  /// The names of the providers that are used, in the order in which they are asked.
  ///
  /// @throws IllegalArgumentException if the property has no such value
  public static List<String> providers() {
    return usable().stream().map(KernelProvider::name).toList();
  }

  private static List<KernelProvider> usable() {
    return mode() == Mode.OFF ? List.of() : Found.USABLE;
  }

  /// What the class path has, looked at once: a native library is loaded once for a process.
  private static final class Found {
    static final List<KernelProvider> USABLE = look();

    private static List<KernelProvider> look() {
      List<KernelProvider> usable = new ArrayList<>();
      for (KernelProvider provider : ServiceLoader.load(KernelProvider.class)) {
        provider
            .missing()
            .ifPresentOrElse(
                why -> LOG.log(System.Logger.Level.WARNING, "{0}", why),
                () -> usable.add(provider));
      }
      return List.copyOf(usable);
    }
  }

  private static Mode mode() {
    String text = System.getProperty(PROPERTY, "measure");
    for (Mode mode : Mode.values()) {
      if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "-D%s=%s; need measure, always or off\n  try: leaving it out".formatted(PROPERTY, text));
  }

  /// The kernel that is to run a region.
  public HostKernel compile(Kernel kernel) {
    if (kernel instanceof Kernel.Finished(Kernel.Single contraction, LoopKernel epilogue)) {
      return ours.finished(compile(contraction), epilogue);
    }
    if (providers.isEmpty() || !(kernel instanceof Kernel.Single single)) {
      return ours.compile(kernel);
    }
    List<TensorType> operands =
        single.operands().stream().map(operand -> single.inputs().get(operand)).toList();
    boolean small =
        mode == Mode.MEASURE
            && Cost.of(single.op(), operands, single.result()).flops() < LEAST_FLOPS;
    if (small || operands.stream().anyMatch(type -> type.size() == 0)) {
      return ours.compile(kernel);
    }
    List<Integer> inOrder = IntStream.range(0, operands.size()).boxed().toList();
    Kernel.Single plain = new Kernel.Single(single.op(), operands, inOrder, single.result());
    HostKernel chosen = chosen(plain);
    return single.operands().equals(inOrder) ? chosen : picking(chosen, single.operands());
  }

  private HostKernel chosen(Kernel.Single plain) {
    if (answers.size() >= MOST_ANSWERS) {
      answers.clear(); // new shapes all the time; what is in use stays in use
    }
    HostKernel known = answers.computeIfAbsent(plain, this::choose);
    return known == null ? ours.compile(plain) : known;
  }

  /// A kernel whose operands are some of a region's inputs.
  private static HostKernel picking(HostKernel kernel, List<Integer> operands) {
    return new HostKernel() {
      @Override
      public long scratchBytes() {
        return kernel.scratchBytes();
      }

      @Override
      public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
        kernel.run(picked(inputs), outputs, scratch);
      }

      @Override
      public void run(
          MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch, Finish finish) {
        kernel.run(picked(inputs), outputs, scratch, finish);
      }

      private MemorySegment[] picked(MemorySegment[] inputs) {
        return operands.stream().map(operand -> inputs[operand]).toArray(MemorySegment[]::new);
      }
    };
  }

  /// The kernel to keep; null where others used the team all the time, so that nothing was learned.
  private @Nullable HostKernel choose(Kernel.Single question) {
    List<HostKernel> all = new ArrayList<>(List.of(ours.compile(question)));
    for (KernelProvider provider : providers) {
      for (HostKernel kernel : provider.kernels(question.op(), question.inputs(), team.size())) {
        all.add(repaired(kernel, question));
      }
    }
    if (all.size() == 1) {
      return all.get(0);
    }
    if (mode == Mode.ALWAYS) {
      return all.get(1);
    }
    long bytes = question.result().bytes();
    bytes += question.inputs().stream().mapToLong(TensorType::bytes).sum();
    bytes += all.stream().mapToLong(HostKernel::scratchBytes).max().orElse(0);
    return bytes > MOST_BYTES ? all.get(0) : undisturbed(all, question);
  }

  /// Measures one question at a time, and again where another's work met that of a kernel.
  private @Nullable HostKernel undisturbed(List<HostKernel> all, Kernel.Single question) {
    synchronized (MEASURING) {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long before = team.refused();
        HostKernel best = fastest(all, question);
        if (team.refused() == before) {
          return best;
        }
      }
    }
    return null;
  }

  /// A provider's convolution with padding that counts for nothing.
  private HostKernel repaired(HostKernel kernel, Kernel.Single question) {
    if (!(question.op() instanceof Op.Conv conv)) {
      return kernel;
    }
    PaddingRepair repair =
        new PaddingRepair(conv, question.inputs().get(0), question.inputs().get(1));
    return new HostKernel() {
      @Override
      public long scratchBytes() {
        return kernel.scratchBytes();
      }

      @Override
      public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
        kernel.run(inputs, outputs, scratch);
        repair.run(inputs[0], inputs[1], outputs[0], team);
      }
    };
  }

  /// The kernel with the shortest times; the first one unless another is clearly faster.
  ///
  /// All run by turns, and each time the device's threads use the result right after it, as in a
  /// plan: a library brings threads of its own, and where those of both wait for work by turning,
  /// each takes the processors from the other.
  private HostKernel fastest(List<HostKernel> all, Kernel.Single question) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment[] inputs =
          question.inputs().stream().map(type -> filled(arena, type)).toArray(MemorySegment[]::new);
      MemorySegment[] outputs = {arena.allocate(question.result().bytes(), ALIGNMENT)};
      List<Runnable> runs =
          all.stream()
              .<Runnable>map(kernel -> {
                long bytes = Math.max(1, kernel.scratchBytes());
                MemorySegment scratch = arena.allocate(bytes, ALIGNMENT);
                return () -> {
                  kernel.run(inputs, outputs, scratch);
                  use(outputs[0]);
                };
              })
              .toList();
      long toBeat = Long.MAX_VALUE;
      for (Runnable other : runs.subList(1, runs.size())) {
        toBeat = Math.min(toBeat, least(other, NANOS));
      }
      compiled(runs.getFirst(), toBeat);
      return all.get(shortest(runs));
    }
  }

  private void use(MemorySegment result) {
    long grain = Math.max(1, result.byteSize() / team.size());
    team.runRanges(
        result.byteSize(), grain, (from, to) -> result.asSlice(from, to - from).fill((byte) 0));
  }

  /// Runs our kernel until it is compiled: it is fast enough, or has not become faster for long.
  private static void compiled(Runnable ours, long fastEnough) {
    long best = Long.MAX_VALUE;
    long begin = System.nanoTime();
    for (long improved = begin, now = begin;
        best > fastEnough && now - improved < PATIENCE && now - begin < MOST_PATIENCE;
        now = System.nanoTime()) {
      long least = least(ours, NANOS);
      if (least < best - best / 20) {
        improved = System.nanoTime();
      }
      best = Math.min(best, least);
    }
  }

  /// Nanoseconds of the shortest of the runs that fit into a time, and of one at least.
  private static long least(Runnable run, long nanos) {
    long least = Long.MAX_VALUE;
    long begin = System.nanoTime();
    for (long start = begin; start - begin < nanos; ) {
      run.run();
      long end = System.nanoTime();
      least = Math.min(least, end - start);
      start = end;
    }
    return least;
  }

  /// The number of what took the shortest in the median.
  private static int shortest(List<Runnable> runs) {
    List<List<Long>> times = runs.stream().<List<Long>>map(run -> new ArrayList<>()).toList();
    long begin = System.nanoTime();
    for (int round = 0;
        round < LEAST_ROUNDS || (round < ROUNDS && System.nanoTime() - begin < NANOS * runs.size());
        round++) {
      for (int i = 0; i < runs.size(); i++) {
        long start = System.nanoTime();
        runs.get(i).run();
        times.get(i).add(System.nanoTime() - start);
      }
    }
    int best = 0;
    double toBeat = Double.POSITIVE_INFINITY;
    for (int i = 0; i < runs.size(); i++) {
      List<Long> sorted = times.get(i).stream().sorted().toList();
      double median = sorted.get(sorted.size() / 2);
      if (median < toBeat) {
        best = i;
        toBeat = i == 0 ? median * ADVANTAGE : median;
      }
    }
    return best;
  }

  /// Floats between 0 and 1, and zeros of other types: nothing that a kernel would treat specially.
  private static MemorySegment filled(Arena arena, TensorType type) {
    MemorySegment memory = arena.allocate(type.bytes(), ALIGNMENT);
    for (long i = 0; type.dtype() == DType.F32 && i < type.size(); i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (i % 61) / 61f);
    }
    return memory;
  }
}
