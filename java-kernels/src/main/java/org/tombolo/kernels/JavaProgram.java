package org.tombolo.kernels;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.tombolo.device.HostProgram;
import org.tombolo.device.KernelFault;
import org.tombolo.graph.TensorType;

/// A kernel as the Java code that it is. Each task has an instance of its own. Where work-items of
/// a group can meet at a barrier they run by turns or, where their code cannot be taken apart, each
/// has a thread of its own.
final class JavaProgram implements HostProgram {
  static final String REMEDY = "a condition around it, another range, or other operands";

  private final KernelCall call;
  private final List<TensorType> operands;
  private final List<TensorType> results;

  JavaProgram(KernelCall call, List<TensorType> operands) {
    this.call = call;
    this.operands = operands;
    this.results = call.infer(operands);
  }

  @Override
  public long groups() {
    return call.range().items() / groupSize();
  }

  private int groupSize() {
    return Math.toIntExact(call.range().local().stream().reduce(1L, (a, b) -> a * b));
  }

  @Override
  public void run(List<MemorySegment> in, List<MemorySegment> out, long from, long to) {
    if (from == to) {
      return;
    }
    if (groupSize() > 1 && call.type().meets()) {
      Optional<ResumableRun.Stages> stages = call.type().stages();
      if (stages.isPresent()) {
        new GroupStages(this, stages.get(), groupSize()).run(in, out, (int) from, (int) to);
      } else {
        new GroupThreads(this, groupSize()).run(in, out, (int) from, (int) to);
      }
    } else {
      Kernel kernel = bound(in, out);
      List<Accessor> shared = of(kernel, Accessor.Mode.LOCAL);
      List<Accessor> own = of(kernel, Accessor.Mode.PRIVATE);
      Item item = new Item(call.range(), _ -> {});
      if (call.range().local().isEmpty()) {
        item.moveTo((int) from, 0);
        step(kernel, item, own, (int) (to - from));
        return;
      }
      for (int group = (int) from; group < to; group++) {
        shared.forEach(Accessor::begin);
        for (int i = 0; i < groupSize(); i++) {
          item.moveTo(group, i);
          step(kernel, item, own, 1);
        }
      }
    }
  }

  /// Runs work-items one after the other.
  ///
  /// @throws KernelFault if one fails
  void step(Kernel kernel, Item item, List<Accessor> own, int count) {
    try {
      call.type().loop().run(kernel, item, own, count);
    } catch (RuntimeException e) {
      throw fault(e, item, "");
    }
  }

  /// What to throw for what a work-item threw.
  ///
  /// @param line `file:line` of `run`, for where the stack does not tell; empty where it does
  RuntimeException fault(RuntimeException e, Item item, String line) {
    String what =
        switch (e) {
          case Accessor.IndexFault fault -> String.valueOf(fault.getMessage());
          case ArithmeticException _ -> "an integer is divided by zero";
          case IndexOutOfBoundsException _, NullPointerException _ -> e.toString();
          default -> "";
        };
    return what.isEmpty()
        ? e
        : new KernelFault(
            "kernel %s, %s: %s%s".formatted(call.name(), item, what, where(e, line)), REMEDY, e);
  }

  /// Where in the kernel something was thrown. Copied code is not on the stack.
  private String where(Throwable thrown, String line) {
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (call.type().declares(frame.getClassName())) {
        return " (%s:%d)".formatted(frame.getFileName(), frame.getLineNumber());
      }
      if (frame.getClassName().equals(GroupStages.class.getName())) {
        return " (" + line + ")";
      }
    }
    return "";
  }

  /// An instance with the memory of a launch.
  Kernel bound(List<MemorySegment> in, List<MemorySegment> out) {
    Kernel kernel = call.type().instance(call.kernel());
    int operand = 0;
    int result = 0;
    for (Accessor accessor : call.type().declared(kernel)) {
      if (accessor.mode().writes()) {
        accessor.bind(results.get(result), out.get(result));
        result++;
      } else if (accessor.mode().reads()) {
        accessor.bind(operands.get(operand), in.get(operand));
      }
      operand += accessor.mode().reads() ? 1 : 0;
    }
    return kernel;
  }

  Item item(Consumer<Item> barrier) {
    return new Item(call.range(), barrier);
  }

  String name() {
    return call.name();
  }

  /// The accessors of a kind.
  List<Accessor> of(Kernel kernel, Accessor.Mode mode) {
    List<Accessor> found = new ArrayList<>();
    for (Accessor accessor : call.type().declared(kernel)) {
      if (accessor.mode() == mode) {
        found.add(accessor);
      }
    }
    return found;
  }
}
