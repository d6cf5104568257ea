package org.tombolo.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.cpu.kernel.HostKernel;

/// A primitive with the copies that bring operands into the form that it wants, and its result
/// back.
///
/// Runs of several threads take turns: the objects that say where tensors lie are the kernel's.
final class PrimitiveKernel implements HostKernel {
  private static final long ALIGNMENT = 128;

  /// A tensor that a primitive reads or writes.
  ///
  /// @param name the primitive's number for it
  /// @param given its form in memory
  /// @param wanted the form that the primitive works on
  record Argument(int name, MemorySegment given, MemorySegment wanted) {}

  /// Something to execute.
  private record Step(MemorySegment primitive, int count, MemorySegment arguments) {}

  private final Dnnl dnnl;
  private final int threads;
  private final List<MemorySegment> tensors = new ArrayList<>();
  private final List<Long> scratchAt = new ArrayList<>();
  private final List<MemorySegment> inScratch = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private long scratchBytes;

  private PrimitiveKernel(Dnnl dnnl, int threads) {
    this.dnnl = dnnl;
    this.threads = threads;
  }

  /// @param dnnl the library
  /// @param threads that it may use
  /// @param description of the primitive
  /// @param operands in the order of the operation
  /// @param result what it computes
  /// @return nothing if a form cannot be copied into another
  static Optional<HostKernel> of(
      Dnnl dnnl, int threads, MemorySegment description, List<Argument> operands, Argument result) {
    PrimitiveKernel kernel = new PrimitiveKernel(dnnl, threads);
    try {
      return kernel.build(description, operands, result) ? Optional.of(kernel) : Optional.empty();
    } finally {
      Reference.reachabilityFence(description); // which the wanted forms are parts of
    }
  }

  private boolean build(MemorySegment description, List<Argument> operands, Argument result) {
    dnnl.useThreads(threads);
    List<MemorySegment> arguments = new ArrayList<>();
    List<Integer> names = new ArrayList<>();
    for (Argument operand : operands) {
      MemorySegment given = dnnl.memory(operand.given());
      tensors.add(given);
      names.add(operand.name());
      if (dnnl.equal(operand.given(), operand.wanted())) {
        arguments.add(given);
      } else {
        MemorySegment copy = scratch(operand.wanted());
        if (!addCopy(operand.given(), given, operand.wanted(), copy)) {
          return false;
        }
        arguments.add(copy);
      }
    }
    MemorySegment given = dnnl.memory(result.given());
    tensors.add(given);
    boolean direct = dnnl.equal(result.given(), result.wanted());
    MemorySegment written = direct ? given : scratch(result.wanted());
    names.add(result.name());
    arguments.add(written);
    addPrimitive(description, names, arguments);
    return direct || addCopy(result.wanted(), written, result.given(), given);
  }

  private boolean addCopy(
      MemorySegment from, MemorySegment source, MemorySegment to, MemorySegment destination) {
    Optional<MemorySegment> copy = dnnl.reorder(from, to);
    copy.ifPresent(description ->
        addPrimitive(
            description, List.of(Dnnl.SOURCE, Dnnl.DESTINATION), List.of(source, destination)));
    return copy.isPresent();
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by the garbage collector
  private void addPrimitive(
      MemorySegment description, List<Integer> names, List<MemorySegment> memories) {
    List<Integer> allNames = new ArrayList<>(names);
    List<MemorySegment> all = new ArrayList<>(memories);
    MemorySegment pad = dnnl.wanted(description, Dnnl.Query.SCRATCHPAD);
    if (dnnl.bytes(pad) > 0) {
      allNames.add(Dnnl.SCRATCHPAD);
      all.add(scratch(pad));
    }
    MemorySegment arguments = Arena.ofAuto().allocate(Dnnl.ARGUMENT_BYTES * all.size(), 8);
    for (int i = 0; i < all.size(); i++) {
      arguments.set(JAVA_INT, i * Dnnl.ARGUMENT_BYTES, allNames.get(i));
      arguments.set(ADDRESS, i * Dnnl.ARGUMENT_BYTES + 8, all.get(i));
    }
    steps.add(new Step(dnnl.primitive(description), all.size(), arguments));
  }

  /// A tensor in working memory.
  private MemorySegment scratch(MemorySegment description) {
    MemorySegment memory = dnnl.memory(description);
    inScratch.add(memory);
    scratchAt.add(scratchBytes);
    scratchBytes = Math.ceilDiv(scratchBytes + dnnl.bytes(description), ALIGNMENT) * ALIGNMENT;
    return memory;
  }

  @Override
  public long scratchBytes() {
    return scratchBytes;
  }

  @Override
  public synchronized void run(
      MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    int operands = tensors.size() - 1;
    for (int i = 0; i < operands; i++) {
      dnnl.place(tensors.get(i), inputs[i]);
    }
    dnnl.place(tensors.get(operands), outputs[0]);
    for (int i = 0; i < inScratch.size(); i++) {
      dnnl.place(inScratch.get(i), scratch.asSlice(scratchAt.get(i)));
    }
    dnnl.useThreads(threads);
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      dnnl.execute(step.primitive(), step.count(), step.arguments());
    }
  }
}
