package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.CustomKernel;
import org.tombolo.device.CustomKernel.Form;
import org.tombolo.device.HostProgram;
import org.tombolo.device.Kernel;
import org.tombolo.graph.Cost;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.TensorType;

/// A kernel that a user wrote, run as Java code: the threads share its work-groups.
final class CustomLaunch implements HostKernel {
  /// Operations and bytes of a task that is worth handing over.
  private static final long WORTHWHILE = 32_768;

  /// Tasks per thread, so that work-groups of unequal length leave no thread idle for long.
  private static final long SHARES = 16;

  /// Where results that nobody reads begin in the working memory.
  private static final long ALIGNMENT = 128;

  private final Kernel.Custom form;
  private final CustomKernel function;
  private final HostProgram program;
  private final WorkerTeam team;

  private CustomLaunch(
      Kernel.Custom form, CustomKernel function, HostProgram program, WorkerTeam team) {
    this.form = form;
    this.function = function;
    this.program = program;
    this.team = team;
  }

  /// Why a function from outside cannot run here.
  static Optional<String> refusal(CustomFunction function, List<TensorType> operands) {
    if (!(function instanceof CustomKernel kernel)) {
      return Optional.of(function.name() + " has no form that runs on this device");
    }
    return switch (kernel.hostProgram(operands)) {
      case Form.Given<HostProgram> _ -> Optional.empty();
      case Form.Missing<HostProgram>(String reason) -> Optional.of(reason);
    };
  }

  static CustomLaunch of(Kernel.Custom form, WorkerTeam team) {
    if (form.function() instanceof CustomKernel kernel
        && kernel.hostProgram(form.operandTypes())
            instanceof Form.Given<HostProgram>(HostProgram program)) {
      return new CustomLaunch(form, kernel, program, team);
    }
    throw new IllegalArgumentException(form.function().name() + " is refused");
  }

  @Override
  public long scratchBytes() {
    long bytes = 0;
    for (int result = 0; result < form.results().size(); result++) {
      bytes += form.wanted().contains(result) ? 0 : aligned(form.results().get(result).bytes());
    }
    return bytes;
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  @Override
  public boolean inPlace(int output, int input) {
    return form.inPlace(output, input);
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    List<MemorySegment> operands = form.operands().stream().map(input -> inputs[input]).toList();
    List<MemorySegment> results = new ArrayList<>();
    long unread = 0;
    for (int result = 0; result < form.results().size(); result++) {
      int output = form.wanted().indexOf(result);
      long bytes = form.results().get(result).bytes();
      MemorySegment memory = output >= 0 ? outputs[output] : scratch.asSlice(unread, bytes);
      unread += output >= 0 ? 0 : aligned(bytes);
      begin(result, memory, operands);
      results.add(memory);
    }
    long groups = program.groups();
    if (groups > 0) {
      team.runRanges(groups, grain(groups), (from, to) -> program.run(operands, results, from, to));
    }
  }

  /// Work-groups of a task.
  private long grain(long groups) {
    Cost cost = function.cost(form.operandTypes());
    long worthwhile = Math.max(1, (cost.flops() + cost.bytes()) / WORTHWHILE);
    return Math.ceilDiv(groups, Math.min(worthwhile, team.size() * SHARES));
  }

  private void begin(int result, MemorySegment memory, List<MemorySegment> operands) {
    OptionalInt initial = function.initial(result);
    if (initial.isEmpty()) {
      memory.fill((byte) 0);
      return;
    }
    MemorySegment from = operands.get(initial.getAsInt());
    if (from.address() != memory.address()) {
      memory.copyFrom(from);
    }
  }
}
