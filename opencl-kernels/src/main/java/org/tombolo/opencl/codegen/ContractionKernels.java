package org.tombolo.opencl.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.device.Kernel;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.opencl.contraction.Blockings;
import org.tombolo.opencl.contraction.Contractions;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Products of tensors. Single-precision ones mostly have tuned kernels; here is the plain form,
/// one work-item per element of the result and loops over what is summed, which does for every type
/// and every shape.
final class ContractionKernels {
  private static final String INDEX = "long";

  private final Dialect dialect;
  private final DeviceLimits limits;
  private final Blockings blockings;

  ContractionKernels(Dialect dialect, DeviceLimits limits, Blockings blockings) {
    this.dialect = dialect;
    this.limits = limits;
    this.blockings = blockings;
  }

  Steps dot(Op.Dot op, Kernel.Single single) {
    TensorType a = single.operand(0);
    TensorType b = single.operand(1);
    Optional<Steps> tuned =
        a.dtype() == DType.F32
            ? Contractions.dot(op, a, b, dialect, limits, blockings)
                .map(steps -> placed(steps, single))
            : Optional.empty();
    return tuned.orElseGet(() -> plainDot(op, a, b, single));
  }

  Steps conv(Op.Conv op, Kernel.Single single) {
    TensorType x = single.operand(0);
    TensorType kernel = single.operand(1);
    Optional<Steps> tuned =
        x.dtype() == DType.F32
            ? Contractions.conv(op, x, kernel, dialect, limits, blockings)
                .map(steps -> placed(steps, single))
            : Optional.empty();
    return tuned.orElseGet(() -> plainConv(op, x, kernel, single));
  }

  /// Tuned kernels number the operands; a region numbers its inputs.
  private static Steps placed(Steps steps, Kernel.Single single) {
    return Operands.toInputs(steps, single.operands());
  }

  private Steps plainDot(Op.Dot op, TensorType a, TensorType b, Kernel.Single single) {
    List<String> aIndex = unknown(a.rank());
    List<String> bIndex = unknown(b.rank());
    int out = 0;
    for (int i = 0; i < op.lhsBatch().size(); i++) {
      aIndex.set(op.lhsBatch().get(i), "c" + out);
      bIndex.set(op.rhsBatch().get(i), "c" + out++);
    }
    for (int axis : op.lhsFree(a.rank())) {
      aIndex.set(axis, "c" + out++);
    }
    for (int axis : op.rhsFree(b.rank())) {
      bIndex.set(axis, "c" + out++);
    }
    for (int i = 0; i < op.lhsContract().size(); i++) {
      aIndex.set(op.lhsContract().get(i), "k" + i);
      bIndex.set(op.rhsContract().get(i), "k" + i);
    }
    return perResult(
        single,
        code -> {
          for (int i = 0; i < op.lhsContract().size(); i++) {
            code.open(
                "for (%s k%d = 0; k%d < %d; k%d++)",
                INDEX, i, i, a.dim(op.lhsContract().get(i)), i);
          }
          writeProduct(code, a, aIndex, bIndex, b);
          op.lhsContract().forEach(axis -> code.close());
        });
  }

  private Steps plainConv(Op.Conv op, TensorType x, TensorType kernel, Kernel.Single single) {
    ConvDims dims = op.dims();
    List<String> xIndex = unknown(x.rank());
    List<String> kernelIndex = unknown(kernel.rank());
    xIndex.set(dims.lhsBatch(), "c" + dims.outBatch());
    xIndex.set(dims.lhsFeature(), "f");
    kernelIndex.set(dims.rhsIn(), "f");
    kernelIndex.set(dims.rhsOut(), "c" + dims.outFeature());
    dims.group()
        .ifPresent(group -> {
          xIndex.set(group.lhs(), "c" + group.out());
          kernelIndex.set(group.rhs(), "c" + group.out());
        });
    return perResult(
        single,
        code -> {
          for (int i = 0; i < dims.spatialRank(); i++) {
            WindowDim window = op.window().get(i);
            long extent = x.dim(dims.lhsSpatial().get(i));
            code.open("for (%s k%d = 0; k%d < %d; k%d++)", INDEX, i, i, window.size(), i);
            code.line(
                "const %s p%d = c%d * %d + k%d * %d - (%d);",
                INDEX,
                i,
                dims.outSpatial().get(i),
                window.stride(),
                i,
                window.windowDilation(),
                window.padLow());
            code.line(
                "if (p%d < 0 || p%d %% %d != 0 || p%d >= %d) continue;",
                i, i, window.baseDilation(), i, extent * window.baseDilation());
            xIndex.set(dims.lhsSpatial().get(i), "(p%d / %d)".formatted(i, window.baseDilation()));
            kernelIndex.set(
                dims.rhsSpatial().get(i),
                op.reversed() ? "(%d - k%d)".formatted(window.size() - 1, i) : "k" + i);
          }
          code.open("for (%s f = 0; f < %d; f++)", INDEX, x.dim(dims.lhsFeature()));
          writeProduct(code, x, xIndex, kernelIndex, kernel);
          code.close();
          op.window().forEach(window -> code.close());
        });
  }

  /// A kernel that sums into `sum` for each element of the result, whose coordinates are `c0`,
  /// `c1`..
  private Steps perResult(Kernel.Single single, java.util.function.Consumer<Code> sums) {
    TensorType result = single.result();
    DType dtype = accumulator(result.dtype());
    Signature signature =
        new Signature()
            .input("a", single.operand(0).dtype(), single.operands().get(0))
            .input("b", single.operand(1).dtype(), single.operands().get(1))
            .output("out", result.dtype(), 0);
    long group = dialect == Dialect.SIMD ? 16 : LoopKernels.group(dialect, limits);
    Code code = new Code();
    signature.open(code, "contract", group);
    code.line("const %s item = get_global_id(0);", INDEX);
    code.open("if (item < %d)", result.size());
    Coordinates.write(code, INDEX, "item", result.shape(), axis -> true);
    code.line("%s sum = %s;", Lanes.ONE.type(dtype), Lanes.ONE.all(dtype, "0"));
    sums.accept(code);
    code.line(
        Lanes.ONE.store(
            result.dtype(), "out", "item", Lanes.ONE.cast(dtype, narrow(result.dtype()), "sum")));
    code.close();
    code.close();
    KernelSource source = new KernelSource("contract", Prelude.complete(code.toString()));
    return Steps.of(Step.line(source, "contract", signature.args(), result.size(), group));
  }

  private static void writeProduct(
      Code code, TensorType a, List<String> aIndex, List<String> bIndex, TensorType b) {
    DType dtype = accumulator(a.dtype());
    Lanes one = Lanes.ONE;
    DType loaded = narrow(a.dtype());
    String left = one.load(a.dtype(), "a", position(a, aIndex), 0);
    String right = one.load(b.dtype(), "b", position(b, bIndex), 0);
    code.line("const %s x = %s;", one.type(dtype), one.cast(loaded, dtype, left));
    code.line("const %s y = %s;", one.type(dtype), one.cast(loaded, dtype, right));
    if (dtype.isFloat()) {
      code.line("sum = fma(x, y, sum);");
    } else {
      code.line("const %s z = %s;", one.type(dtype), one.binary(BinaryFn.MUL, dtype, "x", "y"));
      code.line("sum = %s;", one.binary(BinaryFn.ADD, dtype, "sum", "z"));
    }
  }

  /// Short integers are summed in 32 bits and cut at the end, which wraps to the same.
  private static DType accumulator(DType dtype) {
    return CType.promotes(dtype) ? DType.I32 : CType.accumulator(dtype);
  }

  /// The type that loaded values have.
  private static DType narrow(DType dtype) {
    return CType.accumulator(dtype);
  }

  private static List<String> unknown(int rank) {
    List<String> index = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      index.add("");
    }
    return index;
  }

  private static String position(TensorType type, List<String> index) {
    long[] strides = type.shape().strides();
    List<String> terms = new ArrayList<>();
    for (int axis = 0; axis < strides.length; axis++) {
      terms.add("%s * %d".formatted(index.get(axis), strides[axis]));
    }
    return terms.isEmpty() ? "0" : String.join(" + ", terms);
  }
}
