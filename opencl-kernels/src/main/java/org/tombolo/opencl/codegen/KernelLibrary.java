package org.tombolo.opencl.codegen;

import java.util.List;
import java.util.Optional;
import org.tombolo.device.Kernel;
import org.tombolo.device.LoopKernel;
import org.tombolo.graph.Attention;
import org.tombolo.graph.Composite;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphFunction;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.contraction.Blockings;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.Steps;

/// Finds or writes the kernels for every kind of region.
public final class KernelLibrary {
  private final Dialect dialect;
  private final DeviceLimits limits;
  private final LoopKernels loops;
  private final FoldKernels folds;
  private final WindowKernels windows;
  private final PlaceKernels places;
  private final ContractionKernels contractions;
  private final RowKernels rows;
  private final IndexKernels indices;
  private final SortKernels sorts;
  private final ScanKernels scans;
  private final CustomKernels customs;

  /// @param dialect how kernels are written
  /// @param limits what they may ask of the device
  /// @param blockings which blocks are best for products and convolutions, where that is known
  public KernelLibrary(Dialect dialect, DeviceLimits limits, Blockings blockings) {
    this.dialect = dialect;
    this.limits = limits;
    this.loops = new LoopKernels(dialect, limits);
    this.folds = new FoldKernels(dialect, limits);
    this.windows = new WindowKernels(dialect, limits);
    this.places = new PlaceKernels(dialect, limits);
    this.contractions = new ContractionKernels(dialect, limits, blockings);
    this.rows = new RowKernels(dialect, limits);
    this.indices = new IndexKernels(dialect, limits);
    this.sorts = new SortKernels(dialect, limits);
    this.scans = new ScanKernels(dialect, limits);
    this.customs = new CustomKernels(dialect, limits);
  }

  /// How kernels are written.
  public Dialect dialect() {
    return dialect;
  }

  /// Why there is no kernel for an operation; empty when there is.
  ///
  /// @param operands types of its operands, which it accepts
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    boolean wide =
        operands.stream().anyMatch(type -> type.dtype() == DType.F64)
            || op.infer(operands).dtype() == DType.F64;
    if (wide && !limits.fp64()) {
      return Optional.of("the device has no double precision");
    }
    if (op instanceof Op.Custom(CustomFunction function, int _)) {
      return customs.refusal(function, operands);
    }
    return op instanceof Op.Call(Composite function)
        ? switch (function) {
          case Composite.Softmax(int axis) ->
              axis == operands.get(0).rank() - 1
                  ? Optional.empty()
                  : Optional.of("softmax has a kernel for the last axis only");
          case Composite.SparseCrossEntropy _, Composite.SparseCrossEntropyGrad _ ->
              Optional.empty();
          case Composite.LogSoftmax _,
              Composite.CrossEntropy _,
              Composite.BinaryCrossEntropy _,
              Composite.Dropout _,
              Attention _,
              GraphFunction _,
              Normalization _ ->
              Optional.of(op.mnemonic() + " has no kernel of its own");
        }
        : Optional.empty();
  }

  /// What a region runs as.
  ///
  /// @param name label for messages
  public Steps lower(String name, Kernel kernel) {
    return switch (kernel) {
      case LoopKernel whole -> {
        LoopKernel loop = whole.collapsed();
        yield loop.fold().filter(fold -> !fold.axes().isEmpty()).isPresent()
            ? folds.lower(loop)
            : loops.lower(loop);
      }
      case Kernel.Single single -> single(name, single);
      case Kernel.Finished finished ->
          throw new IllegalArgumentException(
              "region %s: %s with an epilogue; this device's limits of regions have none"
                  .formatted(name, finished.contraction().op().mnemonic()));
      case Kernel.Custom custom -> customs.lower(custom);
    };
  }

  private Steps single(String name, Kernel.Single single) {
    return switch (single.op()) {
      case Op.Dot op -> contractions.dot(op, single);
      case Op.Conv op -> contractions.conv(op, single);
      case Op.ReduceWindow op -> windows.reduce(op, single);
      case Op.WindowMaxGrad op -> windows.maxGrad(op, single);
      case Op.Gather op -> indices.gather(op, single);
      case Op.ScatterAdd op -> indices.scatterAdd(op, single);
      case Op.Scan op -> scans.scan(op, single);
      case Op.ArgReduce op -> indices.argReduce(op, single);
      case Op.ArgSort op -> sorts.argSort(op, single);
      case Op.Pad op -> places.pad(op, single);
      case Op.Concat op -> places.concat(op, single);
      case Op.Call(Composite function) ->
          switch (function) {
            case Composite.Softmax _ -> rows.softmax(single);
            case Composite.SparseCrossEntropy _ -> rows.crossEntropy(single);
            case Composite.SparseCrossEntropyGrad _ -> rows.crossEntropyGrad(single);
            case Composite.LogSoftmax _,
                Composite.CrossEntropy _,
                Composite.BinaryCrossEntropy _,
                Composite.Dropout _,
                Attention _,
                GraphFunction _,
                Normalization _ ->
                throw noKernel(name, single);
          };
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Unary _,
          Op.Binary _,
          Op.Compare _,
          Op.Select _,
          Op.Cast _,
          Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Reverse _,
          Op.Reduce _,
          Op.Assign _,
          Op.Control _,
          Op.Custom _ ->
          throw noKernel(name, single);
    };
  }

  private static IllegalArgumentException noKernel(String name, Kernel.Single single) {
    return new IllegalArgumentException(
        "region %s: no kernel for %s; need an operation that the device does not refuse"
            .formatted(name, single.op().mnemonic()));
  }
}
