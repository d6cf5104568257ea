package org.tombolo.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.CustomKernel;
import org.tombolo.device.HostProgram;
import org.tombolo.device.SourceProgram;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Node;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A kernel with its range, as an operation. Equal if class, scalars, lengths of local and private
/// memory, and range are.
final class KernelCall implements CustomKernel {
  private static final long ALIGNMENT = 128;

  private final Kernel kernel;
  private final KernelClass type;
  private final Range range;
  private final List<Accessor> accessors;
  private final List<Object> value;

  private KernelCall(Kernel kernel, KernelClass type, Range range) {
    this.kernel = type.instance(kernel);
    this.type = type;
    this.range = range;
    this.accessors = type.declared(this.kernel);
    List<Object> all = new ArrayList<>(List.of(kernel.getClass(), range));
    all.addAll(type.values(kernel));
    all.addAll(type.hidden(kernel));
    accessors.stream()
        .filter(accessor -> !isGlobal(accessor))
        .forEach(accessor -> all.add(accessor.length()));
    this.value = List.copyOf(all);
  }

  /// Takes a kernel as it is now.
  ///
  /// @throws KernelException if its class cannot run on a device
  static KernelCall of(Kernel kernel, Range range) {
    KernelClass type = KernelClass.of(kernel.getClass());
    KernelCall call = new KernelCall(kernel, type, range);
    if (call.results().isEmpty()) {
      throw new KernelException(
          "kernel %s: no accessor writes; need a result".formatted(kernel.name()),
          "private final Floats.Writer y = new Floats.Writer()");
    }
    for (Accessor accessor : call.accessors) {
      if (!isGlobal(accessor) && accessor.length() < 1) {
        throw new KernelException(
            "kernel %s: %s has %d elements; need at least one"
                .formatted(kernel.name(), accessor.name(), accessor.length()),
            "a length");
      }
      if (accessor.mode() == Accessor.Mode.LOCAL && range.local().isEmpty()) {
        throw new KernelException(
            "kernel %s: %s is local memory, range %s has no groups; need groups that share it"
                .formatted(kernel.name(), accessor.name(), range),
            "range.inGroupsOf(64)");
      }
    }
    return call;
  }

  private static boolean isGlobal(Accessor accessor) {
    return accessor.mode().reads() || accessor.mode().writes();
  }

  Range range() {
    return range;
  }

  KernelClass type() {
    return type;
  }

  Kernel kernel() {
    return kernel;
  }

  /// Accessors of operands, in order.
  List<Accessor> operands() {
    return accessors.stream().filter(accessor -> accessor.mode().reads()).toList();
  }

  /// Accessors of results, in order.
  List<Accessor> results() {
    return accessors.stream().filter(accessor -> accessor.mode().writes()).toList();
  }

  List<Accessor> accessors() {
    return accessors;
  }

  @Override
  public String name() {
    return type.name();
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    List<Accessor> operands = operands();
    requireThat(
        in.size() == operands.size(),
        "%d operands; need %s".formatted(in.size(), operands.stream().map(Accessor::name).toList()),
        "an operand for each accessor that reads, in this order");
    for (int i = 0; i < in.size(); i++) {
      requireFit("operand", operands.get(i), in.get(i));
    }
    List<TensorType> out = kernel.results(in);
    List<Accessor> results = results();
    requireThat(
        out.size() == results.size(),
        "results(..) gives %s; need types of %s"
            .formatted(out, results.stream().map(Accessor::name).toList()),
        "a type for each accessor that writes, in this order");
    for (int i = 0; i < out.size(); i++) {
      requireFit("result", results.get(i), out.get(i));
      OptionalInt initial = initial(i);
      if (initial.isPresent()) {
        TensorType from = in.get(initial.getAsInt());
        requireThat(
            from.equals(out.get(i)),
            "%s is %s as operand and %s as result; need one type"
                .formatted(results.get(i).name(), from, out.get(i)),
            "the type of the operand in results(..)");
      }
    }
    return out;
  }

  private void requireFit(String what, Accessor accessor, TensorType given) {
    requireThat(
        accessor.dtypes().contains(given.dtype()),
        "%s %s is %s; need %s".formatted(what, accessor.name(), given, accessor.dtypes()),
        "cast(...) of it, or another accessor");
    requireThat(
        given.size() <= Integer.MAX_VALUE,
        "%s %s is %s; need fewer than 2^31 elements".formatted(what, accessor.name(), given),
        "a call for each part");
  }

  private void requireThat(boolean fits, String problem, String remedy) {
    if (!fits) {
      throw new ShapeException("kernel %s: %s".formatted(name(), problem), remedy);
    }
  }

  @Override
  public OptionalInt initial(int result) {
    Accessor accessor = results().get(result);
    return accessor.mode() == Accessor.Mode.READ_WRITE
        ? OptionalInt.of(operands().indexOf(accessor))
        : OptionalInt.empty();
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> in) {
    List<TensorType> types = in.stream().map(Tensor::type).toList();
    List<TensorType> out = infer(types);
    List<MemorySegment> results = new ArrayList<>();
    for (int i = 0; i < out.size(); i++) {
      MemorySegment memory = memory(out.get(i));
      initial(i).ifPresent(operand -> memory.copyFrom(in.get(operand).data()));
      results.add(memory);
    }
    List<MemorySegment> operands = new ArrayList<>();
    for (Tensor operand : in) { // one kind of memory, whoever runs the kernel
      operands.add(memory(operand.type()).copyFrom(operand.data()));
    }
    JavaProgram program = new JavaProgram(this, types);
    program.run(operands, results, 0, program.groups());
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < out.size(); i++) {
      tensors.add(Tensor.wrap(out.get(i), results.get(i)));
    }
    return tensors;
  }

  private static MemorySegment memory(TensorType type) {
    return Arena.ofAuto().allocate(Math.max(1, type.bytes()), ALIGNMENT).asSlice(0, type.bytes());
  }

  @Override
  public Cost cost(List<TensorType> in) {
    return cost(range, kernel.flopsPerItem(), in, infer(in));
  }

  /// Each operand read once, each result written once.
  static Cost cost(Range range, long flopsPerItem, List<TensorType> in, List<TensorType> out) {
    return new Cost(
        range.items() * flopsPerItem,
        in.stream().mapToLong(TensorType::bytes).sum(),
        out.stream().mapToLong(TensorType::bytes).sum());
  }

  @Override
  public List<Optional<Node>> gradient(List<Node> in, List<Node> results, List<Node> dys) {
    return kernel.gradient(in, results, dys);
  }

  @Override
  public Form<HostProgram> hostProgram(List<TensorType> in) {
    return new Form.Given<>(new JavaProgram(this, in));
  }

  @Override
  public Form<SourceProgram> sourceProgram(List<TensorType> in) {
    return OpenClForm.of(this, in);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KernelCall that && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "%s over %s".formatted(name(), range);
  }
}
