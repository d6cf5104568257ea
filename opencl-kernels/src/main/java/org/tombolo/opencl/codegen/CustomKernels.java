package org.tombolo.opencl.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.tombolo.device.CustomKernel;
import org.tombolo.device.CustomKernel.Form;
import org.tombolo.device.Kernel;
import org.tombolo.device.SourceProgram;
import org.tombolo.device.SourceProgram.Param;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.FaultReport;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels that users wrote: what a result begins with is put there first, then the user's program
/// runs. Results that nobody reads, and words for faults, lie in the working memory.
final class CustomKernels {
  private static final long MOST_CHOSEN = 256;

  private final Dialect dialect;
  private final DeviceLimits limits;

  CustomKernels(Dialect dialect, DeviceLimits limits) {
    this.dialect = dialect;
    this.limits = limits;
  }

  /// Why a function from outside cannot run here.
  Optional<String> refusal(CustomFunction function, List<TensorType> operands) {
    if (!(function instanceof CustomKernel kernel)) {
      return Optional.of(function.name() + " has no form that runs on this device");
    }
    return switch (kernel.sourceProgram(operands)) {
      case Form.Missing<SourceProgram>(String reason) -> Optional.of(reason);
      case Form.Given<SourceProgram>(SourceProgram program) -> refusal(program);
    };
  }

  private Optional<String> refusal(SourceProgram program) {
    if (program.doubles() && !limits.fp64()) {
      return Optional.of(program.name() + ": the device has no double precision");
    }
    long items = program.local().stream().reduce(1L, (a, b) -> a * b);
    return items > limits.maxWorkGroupSize()
        ? Optional.of(
            "%s: work-groups of %d items; the device has %d"
                .formatted(program.name(), items, limits.maxWorkGroupSize()))
        : Optional.empty();
  }

  Steps lower(Kernel.Custom form) {
    if (form.function() instanceof CustomKernel kernel
        && kernel.sourceProgram(form.operandTypes())
            instanceof Form.Given<SourceProgram>(SourceProgram program)) {
      return lower(form, kernel, program);
    }
    throw new IllegalArgumentException(form.function().name() + " is refused");
  }

  private Steps lower(Kernel.Custom form, CustomKernel kernel, SourceProgram program) {
    List<Step> steps = new ArrayList<>();
    List<Arg> memory = new ArrayList<>();
    long scratch = 0;
    for (int result = 0; result < form.results().size(); result++) {
      long bytes = form.results().get(result).bytes();
      int output = form.wanted().indexOf(result);
      memory.add(output >= 0 ? new Arg.Output(output) : new Arg.Scratch(scratch, bytes));
      scratch += output >= 0 ? 0 : Arg.align(bytes);
      OptionalInt initial = kernel.initial(result);
      steps.add(
          initial.isPresent()
              ? carry(
                  new Arg.Input(form.operands().get(initial.getAsInt())), memory.getLast(), bytes)
              : clear(memory.getLast(), bytes));
    }
    Optional<FaultReport> report = Optional.empty();
    Arg.Scratch words = new Arg.Scratch(scratch, 0);
    if (program.faults().isPresent()) {
      SourceProgram.Faults faults = program.faults().get();
      words = new Arg.Scratch(scratch, faults.words() * 4L);
      steps.add(clear(words, words.bytes()));
      report = Optional.of(new FaultReport(words.offset(), faults));
      scratch += Arg.align(words.bytes());
    }
    List<Arg> args = new ArrayList<>();
    for (Param param : program.params()) {
      args.add(
          switch (param) {
            case Param.Read(int operand) -> new Arg.Input(form.operands().get(operand));
            case Param.Write(int result) -> memory.get(result);
            case Param.IntValue(int value) -> new Arg.IntArg(value);
            case Param.LongValue(long value) -> new Arg.LongArg(value);
            case Param.FloatValue(float value) -> new Arg.FloatArg(value);
            case Param.FaultWords() -> words;
          });
    }
    KernelSource source = new KernelSource(program.name(), program.text(), "", program.user());
    List<Long> local = local(program);
    List<Long> global = new ArrayList<>(program.global());
    global.set(0, Math.ceilDiv(global.get(0), local.get(0)) * local.get(0));
    steps.add(new Step(source, program.entry(), args, global, local));
    return new Steps(steps, scratch, report);
  }

  /// The work-group that was asked for, or a line that fits.
  private List<Long> local(SourceProgram program) {
    if (!program.local().isEmpty()) {
      return program.local();
    }
    long width = Math.min(LoopKernels.group(dialect, limits), MOST_CHOSEN);
    long first = program.global().get(0);
    if (!program.guarded()) {
      while (first % width != 0) {
        width--;
      }
    }
    long line = width;
    return IntStream.range(0, program.global().size()).mapToObj(i -> i == 0 ? line : 1L).toList();
  }

  /// Copies what a result begins with. Whoever binds it leaves it out where both are one memory.
  private Step carry(Arg from, Arg to, long bytes) {
    String type = bytes % 4 == 0 ? "int" : "char";
    long count = bytes % 4 == 0 ? bytes / 4 : bytes;
    Code code = new Code();
    code.open(
        "kernel void %s(global const char *x_base, const long x_at, global char *y_base, const long y_at, const long n)",
        Step.CARRY);
    code.line("global const %s *x = (global const %s *)(x_base + x_at);", type, type);
    code.line("global %s *y = (global %s *)(y_base + y_at);", type, type);
    code.line("const long i = get_global_id(0);");
    code.open("if (i < n)");
    code.line("y[i] = x[i];");
    code.close();
    code.close();
    return line(Step.CARRY, code, List.of(from, to, new Arg.LongArg(count)), count);
  }

  private Step clear(Arg to, long bytes) {
    String type = bytes % 4 == 0 ? "int" : "char";
    long count = bytes % 4 == 0 ? bytes / 4 : bytes;
    Code code = new Code();
    code.open("kernel void clear(global char *y_base, const long y_at, const long n)");
    code.line("global %s *y = (global %s *)(y_base + y_at);", type, type);
    code.line("const long i = get_global_id(0);");
    code.open("if (i < n)");
    code.line("y[i] = 0;");
    code.close();
    code.close();
    return line("clear", code, List.of(to, new Arg.LongArg(count)), count);
  }

  private Step line(String name, Code code, List<Arg> args, long count) {
    KernelSource source = new KernelSource(name, Prelude.complete(code.toString()));
    return Step.line(source, name, args, count, LoopKernels.group(dialect, limits));
  }
}
