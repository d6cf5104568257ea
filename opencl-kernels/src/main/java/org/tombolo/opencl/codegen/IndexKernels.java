package org.tombolo.opencl.codegen;

import java.util.List;
import org.tombolo.device.Kernel;
import org.tombolo.graph.AxisView;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.IndexedAxis;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels that pick and add along an axis, and pick from each line. A work-item writes one
/// element, or those of one line; none writes what another one reads, so every order is fixed.
final class IndexKernels {
  /// Up to so many comparisons of a place with an index per column, each place looks for its
  /// updates; beyond, each column goes through the updates.
  private static final long FEW_COMPARISONS = 1 << 16;

  private static final Lanes ONE = Lanes.ONE;

  private final long group;

  IndexKernels(Dialect dialect, DeviceLimits limits) {
    this.group = dialect == Dialect.SIMD ? 16 : LoopKernels.group(dialect, limits);
  }

  /// Copies bits, so that every NaN stays what it is.
  Steps gather(Op.Gather op, Kernel.Single single) {
    TensorType data = single.operand(0);
    TensorType indices = single.operand(1);
    IndexedAxis axis = IndexedAxis.of(op, data, indices);
    DType bits = PlaceKernels.bits(data.dtype());
    Signature signature =
        new Signature()
            .input("x", bits, single.operands().get(0))
            .input("at", indices.dtype(), single.operands().get(1))
            .output("out", bits, 0);
    return kernel(
        "gather",
        signature,
        single.result().size(),
        code -> {
          code.line("const long line = item / %d;", axis.inner() * axis.indices());
          code.line("const long i = item / %d %% %d;", axis.inner(), axis.indices());
          code.line("const long chosen = at[line / %d * %d + i];", axis.outer(), axis.indices());
          code.line("const int inside = %s;", inside(axis));
          code.line("const long place = inside ? chosen : 0;");
          code.open("if (inside)");
          code.line(
              "out[item] = x[(line * %d + place) * %d + item %% %d];",
              axis.extent(), axis.inner(), axis.inner());
          code.next("else");
          code.line("out[item] = %s;", notThere(data.dtype()));
          code.close();
        });
  }

  /// Whether `chosen` is a place on the axis. One test for both ends, since a negative number is a
  /// large one without sign. Mesa 22.3 says of any `long` widened from an `int` that it is not less
  /// than a constant above 0.
  private static String inside(IndexedAxis axis) {
    return "(ulong)chosen < %dul".formatted(axis.extent());
  }

  /// The bits of what an index outside picks: NaN, or 0.
  private static String notThere(DType dtype) {
    return switch (dtype) {
      case F32 -> "0x7fc00000";
      case F64 -> "0x7ff8000000000000L";
      case F16 -> "0x7e00";
      case BF16 -> "0x7fc0";
      case I8, U8, I16, I32, I64, BOOL -> "0";
    };
  }

  /// Adds in the order of the indices. Sums of half-width floats are rounded once, at the end.
  Steps scatterAdd(Op.ScatterAdd op, Kernel.Single single) {
    TensorType data = single.operand(0);
    TensorType indices = single.operand(1);
    IndexedAxis axis = IndexedAxis.of(op, data, indices);
    boolean half = data.dtype() == DType.F16 || data.dtype() == DType.BF16;
    boolean few = axis.extent() * axis.indices() <= FEW_COMPARISONS;
    return half || few ? lookForUpdates(single, axis) : goThroughUpdates(single, axis);
  }

  private static Signature scatter(Kernel.Single single) {
    return new Signature()
        .input("x", single.operand(0).dtype(), single.operands().get(0))
        .input("at", single.operand(1).dtype(), single.operands().get(1))
        .input("more", single.operand(2).dtype(), single.operands().get(2))
        .output("out", single.result().dtype(), 0);
  }

  private Steps lookForUpdates(Kernel.Single single, IndexedAxis axis) {
    DType dtype = single.result().dtype();
    DType sum = CType.accumulator(dtype);
    return kernel(
        "scatter_add",
        scatter(single),
        single.result().size(),
        code -> {
          code.line("const long f = item %% %d;", axis.inner());
          code.line("const long mine = item / %d %% %d;", axis.inner(), axis.extent());
          code.line("const long line = item / %d;", axis.inner() * axis.extent());
          code.line("const long first = line / %d * %d;", axis.outer(), axis.indices());
          code.line("%s sum = %s;", ONE.type(sum), ONE.load(dtype, "x", "item", 1));
          code.open("for (long i = 0; i < %d; i++)", axis.indices());
          code.line("if (at[first + i] != mine) continue;");
          String from = "(line * %d + i) * %d + f".formatted(axis.indices(), axis.inner());
          code.line("const %s v = %s;", ONE.type(sum), ONE.load(dtype, "more", from, 1));
          code.line("sum = %s;", ONE.binary(BinaryFn.ADD, sum, "sum", "v"));
          code.close();
          code.line(ONE.store(dtype, "out", "item", "sum"));
        });
  }

  private Steps goThroughUpdates(Kernel.Single single, IndexedAxis axis) {
    DType dtype = single.result().dtype();
    Signature signature = scatter(single);
    return kernel(
        "scatter_add_columns",
        signature,
        axis.batches() * axis.outer() * axis.inner(),
        code -> {
          code.line("const long f = item %% %d;", axis.inner());
          code.line("const long line = item / %d;", axis.inner());
          code.line("const long first = line / %d * %d;", axis.outer(), axis.indices());
          code.line("const long top = line * %d + f;", axis.extent() * axis.inner());
          code.open("for (long k = 0; k < %d; k++)", axis.extent());
          code.line("out[top + k * %d] = x[top + k * %d];", axis.inner(), axis.inner());
          code.close();
          code.open("for (long i = 0; i < %d; i++)", axis.indices());
          code.line("const long chosen = at[first + i];");
          code.line("if (!(%s)) continue;", inside(axis));
          code.line("const %s sum = out[top + chosen * %d];", ONE.type(dtype), axis.inner());
          code.line(
              "const %s v = more[(line * %d + i) * %d + f];",
              ONE.type(dtype), axis.indices(), axis.inner());
          String next = ONE.binary(BinaryFn.ADD, dtype, "sum", "v");
          code.line("out[top + chosen * %d] = %s;", axis.inner(), next);
          code.close();
        });
  }

  /// One work-item goes along a line. The first NaN wins, and nothing after it.
  Steps argReduce(Op.ArgReduce op, Kernel.Single single) {
    TensorType x = single.operand(0);
    AxisView axis = AxisView.of(x.shape(), op.axis());
    String type = ONE.type(x.dtype());
    return lines(
        op.mnemonic(),
        unary(single),
        axis,
        code -> {
          code.line("%s best = %s;", type, ONE.load(x.dtype(), "x", "start", 1));
          code.line("int place = 0;");
          code.open("for (int k = 1; k < %d; k++)", axis.extent());
          String here = "start + (long)k * %d".formatted(axis.inner());
          code.line("const %s v = %s;", type, ONE.load(x.dtype(), "x", here, 1));
          String better = op.largest() ? "v > best" : "v < best";
          code.open("if (%s || (v != v && best == best))", better);
          code.line("best = v;");
          code.line("place = k;");
          code.close();
          code.close();
          code.line("out[item] = place;");
        });
  }

  private static Signature unary(Kernel.Single single) {
    return new Signature()
        .input("x", single.operand(0).dtype(), single.operands().get(0))
        .output("out", single.result().dtype(), 0);
  }

  /// What a work-item does, numbered `item`.
  @FunctionalInterface
  private interface Body {
    void write(Code code);
  }

  /// A kernel for each line of an axis, which begins at `start`.
  private Steps lines(String name, Signature signature, AxisView axis, Body body) {
    return kernel(
        name,
        signature,
        axis.extent() == 0 ? 0 : axis.lines(),
        code -> {
          code.line(
              "const long start = item / %d * %d + item %% %d;",
              axis.inner(), axis.extent() * axis.inner(), axis.inner());
          body.write(code);
        });
  }

  private Steps kernel(String name, Signature signature, long items, Body body) {
    if (items == 0) {
      return new Steps(List.of(), 0);
    }
    Code code = new Code();
    signature.open(code, name, group);
    code.line("const long item = get_global_id(0);");
    code.open("if (item < %d)", items);
    body.write(code);
    code.close();
    code.close();
    KernelSource source = new KernelSource(name, Prelude.complete(code.toString()));
    return Steps.of(Step.line(source, name, signature.args(), items, group));
  }
}
