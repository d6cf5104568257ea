package org.tombolo.opencl;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Buffer;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.device.Tuner;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.codegen.KernelLibrary;
import org.tombolo.opencl.contraction.Blocking;
import org.tombolo.opencl.contraction.Blockings;
import org.tombolo.opencl.contraction.Contractions;
import org.tombolo.opencl.kernel.DeviceLimits;

/// Finds the best blocks of products and convolutions by trial.
///
/// Candidates compete by successive halving (Jamieson and Talwalkar, *Non-stochastic best arm
/// identification and hyperparameter optimization*, AISTATS 2016): all run a few times, the slower
/// half leaves, the others run twice as often, until one is left or time is up. That one then runs
/// by turns with the usual blocks and replaces them only if it is clearly faster. The time of a
/// candidate is the least of its runs, since whatever disturbs a run makes it slower.
final class OpenClTuner implements Tuner {
  /// Part of the usual time that a candidate must beat.
  private static final double CLEARLY = 0.97;

  /// Beside the best so far, what need not run again.
  private static final double FAR_SLOWER = 2;

  /// Turns of the last two.
  private static final int TURNS = 6;

  /// Part of the budget for building and the first rounds; the rest is for the last two.
  private static final double TRIALS = 0.8;

  private static final Duration LONGEST_RUN = Duration.ofMinutes(1);

  private final OpenClDevice device;
  private final DeviceLimits limits;
  private final TuningFile tuned;

  OpenClTuner(OpenClDevice device, TuningFile tuned) {
    this.device = device;
    this.limits = device.limits();
    this.tuned = tuned;
  }

  @Override
  public Path file() {
    return tuned.file();
  }

  @Override
  public int merge(Path findings) throws IOException {
    return tuned.merge(findings);
  }

  @Override
  public Optional<Finding> known(Region region) {
    return choices(region, false).flatMap(choices -> tuned.finding(choices.shapeClass()));
  }

  private Optional<Blockings.Choices> choices(Region region, boolean thorough) {
    return Kernel.of(region) instanceof Kernel.Single single
        ? Contractions.choices(
            single.op(),
            single.operands().stream().map(single.inputs()::get).toList(),
            device.dialect(),
            limits,
            thorough)
        : Optional.empty();
  }

  @Override
  public Optional<Finding> tune(Region region, Duration budget, boolean thorough) {
    Optional<Blockings.Choices> choices = choices(region, thorough);
    if (choices.isEmpty()) {
      return Optional.empty();
    }
    try (Contest contest = new Contest(region, choices.get(), budget)) {
      Finding finding = contest.hold();
      tuned.put(finding);
      return Optional.of(finding);
    }
  }

  /// Blocks with a launch that uses them.
  private static final class Candidate implements AutoCloseable {
    private final Blocking blocking;
    private final Executable executable;
    private final Launch launch;
    private final @Nullable Buffer scratch;
    private double best = Double.POSITIVE_INFINITY;

    private Candidate(
        Blocking blocking, Executable executable, Launch launch, @Nullable Buffer scratch) {
      this.blocking = blocking;
      this.executable = executable;
      this.launch = launch;
      this.scratch = scratch;
    }

    private double best() {
      return best;
    }

    @Override
    public void close() {
      launch.close();
      executable.close();
      if (scratch != null) {
        scratch.close();
      }
    }
  }

  /// One region, its operands on the device, and the candidates.
  private final class Contest implements AutoCloseable {
    private final Region region;
    private final Blockings.Choices choices;
    private final long start = System.nanoTime();
    private final long budget;
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Slice> inputs = new ArrayList<>();

    /// Those that may still win; the usual blocks are the first.
    private final List<Candidate> candidates = new ArrayList<>();

    private int tried;
    private int rejected;

    Contest(Region region, Blockings.Choices choices, Duration budget) {
      this.region = region;
      this.choices = choices;
      this.budget = budget.toNanos();
    }

    Finding hold() {
      SplittableRandom random = new SplittableRandom(1);
      for (TensorType type : Kernel.of(region).inputs()) {
        inputs.add(upload(type, random));
      }
      Slice output = memory(Kernel.of(region).outputs().get(0).bytes());
      Candidate usual = prepare(choices.usual(), output);
      candidates.add(usual);
      tried++;
      byte[] right = runOnce(usual, output);
      for (Blocking blocking : choices.others()) {
        if (tried + rejected > 1 && isOver(TRIALS)) { // one at least, however slow building is
          break;
        }
        enter(blocking, output, right);
      }
      Candidate winner = halve(usual);
      if (winner != usual) {
        usual.best = Double.POSITIVE_INFINITY;
        winner.best = Double.POSITIVE_INFINITY;
        for (int turn = 0; turn < TURNS || (turn < 10 * TURNS && !isOver(1)); turn++) {
          run(turn % 2 == 0 ? usual : winner);
          run(turn % 2 == 0 ? winner : usual);
        }
      }
      Candidate kept = winner.best < CLEARLY * usual.best ? winner : usual;
      return new Finding(
          choices.shapeClass(),
          kept.blocking.text(),
          kept == usual ? 1 : usual.best / kept.best,
          kept.best,
          tried,
          rejected);
    }

    private boolean isOver(double part) {
      return System.nanoTime() - start > part * budget;
    }

    /// Builds a candidate and lets it take part if it gives the right bits, and is not far slower
    /// than the best: that saves its runs and its working memory.
    private void enter(Blocking blocking, Slice output, byte[] right) {
      Candidate candidate = null;
      boolean isRight = false;
      try {
        candidate = prepare(blocking, output);
        isRight = Arrays.equals(right, runOnce(candidate, output));
      } catch (DeviceException e) { // blocks that this device cannot do, unless it can do nothing
        if (device.isLost()) {
          throw e;
        }
      }
      if (isRight) {
        tried++;
      } else {
        rejected++;
      }
      double best = candidates.stream().mapToDouble(Candidate::best).min().orElseThrow();
      if (candidate != null && isRight && candidate.best < FAR_SLOWER * best) {
        candidates.add(candidate);
      } else if (candidate != null) {
        candidate.close();
      }
    }

    /// Lets the slower half go again and again.
    ///
    /// @return the fastest, or the fastest so far when time is up
    private Candidate halve(Candidate usual) {
      List<Candidate> left = new ArrayList<>(candidates);
      for (int runs = 2; left.size() > 1 && !isOver(TRIALS); runs *= 2) {
        for (int i = 0; i < runs && !isOver(TRIALS); i++) {
          left.forEach(this::run);
        }
        left.sort(Comparator.comparingDouble(Candidate::best));
        left.subList((left.size() + 1) / 2, left.size()).clear();
      }
      return left.stream().min(Comparator.comparingDouble(Candidate::best)).orElse(usual);
    }

    private Candidate prepare(Blocking blocking, Slice output) {
      KernelLibrary library =
          new KernelLibrary(device.dialect(), limits, _ -> Optional.of(blocking));
      Executable executable = device.compile(region, library);
      Buffer scratch = null;
      try {
        long bytes = executable.scratchBytes();
        scratch = bytes == 0 ? null : device.allocate(bytes);
        Slice room = scratch == null ? new Slice(output.buffer(), 0, 0) : Slice.all(scratch);
        Launch launch = executable.bind(inputs, List.of(output), room);
        return new Candidate(blocking, executable, launch, scratch);
      } catch (RuntimeException e) {
        executable.close();
        if (scratch != null) {
          scratch.close();
        }
        throw e;
      }
    }

    /// Runs a candidate on memory that holds something else, and fetches what it gives.
    private byte[] runOnce(Candidate candidate, Slice output) {
      MemorySegment bytes = host(output.bytes());
      bytes.fill((byte) 0x5A);
      upload(bytes, output);
      run(candidate);
      device.queue(QueueRole.DOWNLOAD).download(output, bytes, List.of()).await(LONGEST_RUN);
      return bytes.toArray(JAVA_BYTE);
    }

    private void run(Candidate candidate) {
      long before = System.nanoTime();
      device.queue(QueueRole.COMPUTE).launch(candidate.launch, List.of()).await(LONGEST_RUN);
      candidate.best = Math.min(candidate.best, (System.nanoTime() - before) * 1e-9);
    }

    private Slice upload(TensorType type, SplittableRandom random) {
      Slice target = memory(type.bytes());
      MemorySegment values = host(type.bytes());
      for (long i = 0; i < type.size(); i++) {
        values.setAtIndex(JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
      }
      upload(values, target);
      return target;
    }

    private void upload(MemorySegment bytes, Slice target) {
      device
          .queue(QueueRole.UPLOAD)
          .upload(bytes, HostMemory.VALID_UNTIL_EVENT, target, List.of())
          .await(LONGEST_RUN);
    }

    /// Memory that stays while a transfer that nobody waits for any more uses it.
    private static MemorySegment host(long bytes) {
      return Arena.ofAuto().allocate(Math.max(1, bytes), Float.BYTES).asSlice(0, bytes);
    }

    private Slice memory(long bytes) {
      Buffer buffer = device.allocate(bytes);
      buffers.add(buffer);
      return Slice.all(buffer);
    }

    @Override
    public void close() {
      candidates.forEach(Candidate::close);
      buffers.forEach(Buffer::close);
    }
  }
}
