package org.tombolo.conformance;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.LongStream;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Executable;
import org.tombolo.device.Launch;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Runs [cases][OpCase] on a device and compares with the reference. A driver's tests go through
/// [OpCases#all] with it:
///
/// ```java
/// var check = new DriverCheck(device);
/// for (OpCase each : OpCases.all(seed)) {
///   switch (check.run(each)) {
///     case Outcome.Agrees() -> {}
///     case Outcome.Refused(String reason) -> assertTrue(mayRefuse(each), reason);
///     case Outcome.Differs(String problem) -> fail(problem + ", seed " + seed);
///   }
/// }
/// ```
///
/// Each case is compiled as one region and launched three times between guard bytes, which must
/// stay as they are, as must the inputs; the three results must be equal bit for bit. Where the
/// device allows an output to replace an input, that is run as well and must give the same.
public final class DriverCheck {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int REPEATS = 3;

  private final Device device;

  /// @param device an open device
  public DriverCheck(Device device) {
    this.device = device;
  }

  /// Runs one case.
  public Outcome run(OpCase each) {
    return measure(each).outcome();
  }

  /// What came of a case, with its accuracy.
  ///
  /// @param outcome as [#run] returns it
  /// @param worstUlps largest error of a float in units in the last place; empty where nothing was
  ///   computed or no output is a float
  public record Measured(Outcome outcome, OptionalDouble worstUlps) {}

  /// Runs one case and measures how far floats are from the reference.
  public Measured measure(OpCase each) {
    Optional<String> refusal = refusal(each.graph());
    if (refusal.isPresent()) {
      return new Measured(new Outcome.Refused(refusal.get()), OptionalDouble.empty());
    }
    try (Executable executable = device.compile(new Region(each.name(), each.graph()))) {
      Session session = new Session(each, executable);
      Outcome outcome =
          session
              .run()
              .<Outcome>map(problem -> new Outcome.Differs(each.name() + ": " + problem))
              .orElseGet(Outcome.Agrees::new);
      return new Measured(outcome, session.worstUlps);
    } catch (DeviceException | IllegalArgumentException e) {
      return new Measured(
          new Outcome.Differs(each.name() + ": not refused, but " + e), OptionalDouble.empty());
    }
  }

  /// Why the device refuses the first operation of a graph that it refuses.
  private Optional<String> refusal(Graph graph) {
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Op.Input)) {
        List<TensorType> operands = node.inputs().stream().map(Node::type).toList();
        Optional<String> refusal = device.refusal(node.op(), operands);
        if (refusal.isPresent()) {
          return refusal;
        }
      }
    }
    return Optional.empty();
  }

  /// One case with its memory.
  private final class Session {
    private final OpCase each;
    private final Executable executable;
    private final List<TensorType> outputs;
    private OptionalDouble worstUlps = OptionalDouble.empty();

    Session(OpCase each, Executable executable) {
      this.each = each;
      this.executable = executable;
      this.outputs = each.graph().outputs().values().stream().map(Node::type).toList();
    }

    /// The first problem, if there is one.
    Optional<String> run() {
      List<GuardedMemory> inputs = new ArrayList<>();
      List<GuardedMemory> results = new ArrayList<>();
      GuardedMemory scratch = new GuardedMemory(device, executable.scratchBytes());
      try {
        each.inputs().forEach(input -> inputs.add(new GuardedMemory(device, bytes(input))));
        outputs.forEach(type -> results.add(new GuardedMemory(device, type.bytes())));
        return apart(inputs, results, scratch).or(() -> inPlace(inputs, results, scratch));
      } finally {
        scratch.close();
        inputs.forEach(GuardedMemory::close);
        results.forEach(GuardedMemory::close);
      }
    }

    /// Outputs in memory of their own.
    private Optional<String> apart(
        List<GuardedMemory> inputs, List<GuardedMemory> results, GuardedMemory scratch) {
      List<Tensor> wanted = Reference.run(each.graph(), each.inputs());
      List<Tensor> magnitudes =
          each.tolerance().needsMagnitude()
              ? Reference.run(each.graph(), each.inputs().stream().map(Samples::absolute).toList())
              : wanted;
      List<Tensor> first = List.of();
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        List<Tensor> got = launch(inputs, results, scratch);
        Optional<String> problem = damage(inputs, results, scratch, results);
        if (problem.isPresent()) {
          return problem;
        }
        if (repeat == 0) {
          first = got;
          for (int i = 0; i < got.size(); i++) {
            problem = difference(i, wanted.get(i), got.get(i), magnitudes.get(i));
            if (problem.isPresent()) {
              return problem;
            }
          }
        } else if (!got.equals(first)) {
          return Optional.of("run %d differs from the first".formatted(repeat + 1));
        }
      }
      return Optional.empty();
    }

    /// Outputs in the memory of inputs, where the device allows it.
    private Optional<String> inPlace(
        List<GuardedMemory> inputs, List<GuardedMemory> results, GuardedMemory scratch) {
      List<Tensor> expected = launch(inputs, results, scratch);
      for (int output = 0; output < results.size(); output++) {
        for (int input = 0; input < inputs.size(); input++) {
          if (!executable.inPlace(output, input)) {
            continue;
          }
          List<GuardedMemory> joined = new ArrayList<>(results);
          joined.set(output, inputs.get(input));
          List<Tensor> got = launch(inputs, joined, scratch);
          Optional<String> problem = damage(inputs, results, scratch, joined);
          if (problem.isEmpty() && !got.equals(expected)) {
            problem =
                Optional.of("output %d in place of input %d differs".formatted(output, input));
          }
          if (problem.isPresent()) {
            return problem;
          }
        }
      }
      return Optional.empty();
    }

    private List<Tensor> launch(
        List<GuardedMemory> inputs, List<GuardedMemory> results, GuardedMemory scratch) {
      results.forEach(GuardedMemory::fill);
      scratch.fill();
      for (int i = 0; i < inputs.size(); i++) {
        inputs.get(i).fill(each.inputs().get(i).data());
      }
      try (Launch launch =
          executable.bind(
              inputs.stream().map(GuardedMemory::slice).toList(),
              results.stream().map(GuardedMemory::slice).toList(),
              scratch.slice())) {
        device.queue(QueueRole.COMPUTE).launch(launch, List.of()).await(PATIENCE);
      }
      List<Tensor> got = new ArrayList<>();
      for (int i = 0; i < results.size(); i++) {
        got.add(Tensor.wrap(outputs.get(i), results.get(i).data()));
      }
      return got;
    }

    /// Writes outside of outputs.
    private Optional<String> damage(
        List<GuardedMemory> inputs,
        List<GuardedMemory> results,
        GuardedMemory scratch,
        List<GuardedMemory> written) {
      for (int i = 0; i < inputs.size(); i++) {
        String what = "input " + i;
        Optional<String> damage = inputs.get(i).damage().map(seen -> what + ": " + seen);
        if (damage.isPresent()) {
          return damage;
        }
        MemorySegment before = each.inputs().get(i).data();
        if (!written.contains(inputs.get(i)) && before.mismatch(inputs.get(i).data()) != -1) {
          return Optional.of(what + " was changed");
        }
      }
      for (int i = 0; i < results.size(); i++) {
        String what = "output " + i;
        Optional<String> damage = results.get(i).damage().map(seen -> what + ": " + seen);
        if (damage.isPresent()) {
          return damage;
        }
      }
      return scratch.damage().map(seen -> "scratch: " + seen);
    }

    private Optional<String> difference(int output, Tensor want, Tensor got, Tensor magnitude) {
      DType dtype = want.type().dtype();
      Tolerance tolerance = each.tolerance();
      if (dtype.isFloat()) {
        worstUlps = OptionalDouble.of(Math.max(worstUlps.orElse(0), worst(want, got, magnitude)));
      }
      for (long i = 0; i < want.type().size(); i++) {
        boolean fits =
            dtype.isFloat()
                ? tolerance.accepts(dtype, want.at(i), got.at(i), magnitude.at(i))
                : want.longAt(i) == got.longAt(i);
        if (!fits) {
          return Optional.of(
              "output %d, element %d of %s: got %s, need %s within %s%s"
                  .formatted(
                      output,
                      i,
                      want.type(),
                      element(got, i),
                      element(want, i),
                      tolerance,
                      operands(i, want)));
        }
      }
      return Optional.empty();
    }

    private double worst(Tensor want, Tensor got, Tensor magnitude) {
      double worst = 0;
      for (long i = 0; i < want.type().size(); i++) {
        double off =
            each.tolerance().ulpsOff(want.type().dtype(), want.at(i), got.at(i), magnitude.at(i));
        worst = Math.max(worst, off);
      }
      return worst;
    }

    /// The elements at the same place, where that says something.
    private String operands(long index, Tensor want) {
      if (each.inputs().stream().anyMatch(input -> !input.shape().equals(want.shape()))) {
        return "";
      }
      return LongStream.range(0, each.inputs().size())
          .mapToObj(i -> element(each.inputs().get((int) i), index))
          .toList()
          .toString()
          .transform(list -> " for " + list);
    }
  }

  private static String element(Tensor tensor, long index) {
    return tensor.type().dtype().isFloat()
        ? Double.toString(tensor.at(index))
        : Long.toString(tensor.longAt(index));
  }

  private static long bytes(Tensor tensor) {
    return tensor.type().bytes();
  }
}
