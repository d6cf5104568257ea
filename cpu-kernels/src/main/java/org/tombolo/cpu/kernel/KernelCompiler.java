package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.tombolo.cpu.gemm.ContractionPlan;
import org.tombolo.cpu.gemm.Contractions;
import org.tombolo.cpu.gemm.Finish;
import org.tombolo.cpu.math.VectorMath;
import org.tombolo.cpu.math.VectorMaths;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Kernel;
import org.tombolo.device.LoopKernel;
import org.tombolo.graph.Attention;
import org.tombolo.graph.Composite;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphFunction;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;

/// Chooses how a region is run.
public final class KernelCompiler {
  private final WorkerTeam team;
  private final VectorMath math;
  private final Contractions contractions;

  /// @param team shares the work of all kernels; must stay open while they are used
  /// @param math transcendental functions
  public KernelCompiler(WorkerTeam team, VectorMath math) {
    this.team = team;
    this.math = math;
    this.contractions = new Contractions(team);
  }

  /// Why there is no kernel for an operation; empty where there is one.
  public static Optional<String> refusal(Op op, List<TensorType> operands) {
    return switch (op) {
      case Op.Input _,
          Op.Constant _,
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
          Op.Pad _,
          Op.Concat _,
          Op.Reduce _,
          Op.Dot _,
          Op.Conv _,
          Op.ReduceWindow _,
          Op.WindowMaxGrad _,
          Op.Gather _,
          Op.ScatterAdd _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _ ->
          Optional.empty();
      case Op.Variable _, Op.Assign _ ->
          Optional.of(op.mnemonic() + ": state belongs to the plan, not to a device");
      case Op.Control _ ->
          Optional.of(op.mnemonic() + ": control flow belongs to the plan, not to a device");
      case Op.Call(Composite function) -> refusal(function, operands);
      case Op.Custom(CustomFunction function, int _) -> CustomLaunch.refusal(function, operands);
    };
  }

  private static Optional<String> refusal(Composite function, List<TensorType> operands) {
    TensorType x = operands.get(0);
    return switch (function) {
      case Composite.Softmax(int axis) ->
          axis == x.rank() - 1
              ? Optional.empty()
              : Optional.of("softmax: axis %d is not the last one".formatted(axis));
      case Composite.LogSoftmax(int axis) ->
          axis == x.rank() - 1
              ? needsVectors(function, x)
              : Optional.of("log_softmax: axis %d is not the last one".formatted(axis));
      case Composite.SparseCrossEntropy _, Composite.SparseCrossEntropyGrad _ -> Optional.empty();
      case Composite.Dropout _, Composite.BinaryCrossEntropy _, GraphFunction _ ->
          Optional.of(function.name() + ": its operations fuse with those around it");
      case Normalization.LayerNorm _, Normalization.RmsNorm _ -> needsVectors(function, x);
      case Composite.CrossEntropy _,
          Attention _,
          Normalization.BatchNorm _,
          Normalization.BatchNormInference _,
          Normalization.GroupNorm _ ->
          Optional.of(function.name() + ": no kernel of its own");
    };
  }

  private static Optional<String> needsVectors(Composite function, TensorType x) {
    if (x.dtype() != DType.F32) {
      return Optional.of("%s: %s has no kernel of its own".formatted(function.name(), x.dtype()));
    }
    return VectorMaths.usesVectors()
        ? Optional.empty()
        : Optional.of(function.name() + ": its kernel needs the Vector API");
  }

  /// A kernel for a region whose operations are not refused.
  public HostKernel compile(Kernel kernel) {
    return switch (kernel) {
      case LoopKernel loop -> loop(loop);
      case Kernel.Single single -> single(single);
      case Kernel.Finished finished ->
          finished(single(finished.contraction()), finished.epilogue());
      case Kernel.Custom custom -> CustomLaunch.of(custom, team);
    };
  }

  /// A kernel for a contraction and what its result goes through.
  ///
  /// @param contraction computes the result
  /// @param epilogue loop over the region's inputs and, behind them, the result
  public HostKernel finished(HostKernel contraction, LoopKernel epilogue) {
    return epilogue.space().size() == 0
        ? contraction
        : new Finished(contraction, new ElementLoop(epilogue, math, team));
  }

  private HostKernel loop(LoopKernel loop) {
    Optional<LoopKernel.Reduction> fold = loop.fold();
    if (loop.space().size() == 0) {
      return new Nothing(
          fold.map(LoopKernel.Reduction::fn).orElse(ReduceFn.SUM), loop.outputs().get(0));
    }
    if (fold.isPresent()) {
      return new FoldLoop(loop, math, team);
    }
    boolean copies =
        loop.body().size() == 1
            && loop.stores().size() == 1
            && loop.body().get(0) instanceof LoopKernel.Load load
            && load.view().isDense()
            && loop.inputs().size() == 1
            && loop.inputs().get(load.input()).bytes() == loop.outputs().get(0).bytes();
    return copies ? new Copy(team) : new ElementLoop(loop, math, team);
  }

  private HostKernel single(Kernel.Single single) {
    List<Integer> operands = single.operands();
    return switch (single.op()) {
      case Op.Dot dot -> {
        TensorType a = single.operand(0);
        TensorType b = single.operand(1);
        yield a.dtype() == DType.F32
            ? planned(contractions.dot(dot, a, b), operands)
            : PlainContraction.dot(dot, a, b, operands, team);
      }
      case Op.Conv conv -> {
        TensorType x = single.operand(0);
        TensorType kernel = single.operand(1);
        yield x.dtype() == DType.F32
            ? planned(contractions.conv(conv, x, kernel), operands)
            : PlainContraction.conv(conv, x, kernel, operands, team);
      }
      case Op.ReduceWindow fold -> new WindowFold(fold, single.operand(0), team);
      case Op.WindowMaxGrad grad ->
          new WindowMaxGrad(grad, single.operand(0), operands, math, team);
      case Op.Gather gather ->
          new Gather(gather, single.operand(0), single.operand(1), operands, team);
      case Op.ScatterAdd scatter ->
          new ScatterAdd(scatter, single.operand(0), single.operand(1), operands, team);
      case Op.Scan scan -> new Scan(scan, single.operand(0), team);
      case Op.ArgReduce arg -> new ArgReduce(arg, single.operand(0), team);
      case Op.ArgSort sort -> new ArgSort(sort, single.operand(0), team);
      case Op.Pad pad -> new Pad(pad, single.operand(0), team);
      case Op.Concat(int axis) ->
          new Concat(
              axis,
              operands,
              operands.stream().map(operand -> single.inputs().get(operand)).toList(),
              team);
      case Op.Call(Composite function) -> call(function, single);
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
          throw new IllegalArgumentException(single.op().mnemonic() + " runs as a loop");
    };
  }

  private HostKernel call(Composite function, Kernel.Single single) {
    refusal(function, single.operands().stream().map(single.inputs()::get).toList())
        .ifPresent(reason -> {
          throw new IllegalArgumentException(reason);
        });
    TensorType x = single.operand(0);
    return switch (function) {
      case Composite.Softmax(int axis) ->
          VectorMaths.usesVectors() && x.dtype() == DType.F32 && VectorRows.suits(x.dim(axis))
              ? rows(new VectorRows.Form.Softmax(), axis, single)
              : rows(Rows.Form.SOFTMAX, single);
      case Composite.LogSoftmax(int axis) -> rows(new VectorRows.Form.LogSoftmax(), axis, single);
      case Normalization.LayerNorm(int axis, double epsilon) ->
          rows(new VectorRows.Form.LayerNorm(epsilon), axis, single);
      case Normalization.RmsNorm(int axis, double epsilon) ->
          rows(new VectorRows.Form.RmsNorm(epsilon), axis, single);
      case Composite.SparseCrossEntropy _ -> rows(Rows.Form.LOSS, single);
      case Composite.SparseCrossEntropyGrad _ -> rows(Rows.Form.LOSS_GRADIENT, single);
      case Composite.Dropout _,
          Composite.BinaryCrossEntropy _,
          Composite.CrossEntropy _,
          Attention _,
          GraphFunction _,
          Normalization.BatchNorm _,
          Normalization.BatchNormInference _,
          Normalization.GroupNorm _ ->
          throw new IllegalArgumentException(function.name() + " is refused");
    };
  }

  /// @param axis first of the axes that make a row
  private HostKernel rows(VectorRows.Form form, int axis, Kernel.Single single) {
    TensorType x = single.operand(0);
    long length = x.shape().toList().subList(axis, x.rank()).stream().reduce(1L, (a, b) -> a * b);
    return new VectorRows(form, x, length, single.operands(), team);
  }

  private HostKernel rows(Rows.Form form, Kernel.Single single) {
    return new Rows(form, single.operand(0), single.operands(), math, team);
  }

  private static HostKernel planned(ContractionPlan plan, List<Integer> operands) {
    int a = operands.get(0);
    int b = operands.get(1);
    return new HostKernel() {
      @Override
      public long scratchBytes() {
        return plan.scratchBytes();
      }

      @Override
      public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
        plan.run(inputs[a], inputs[b], outputs[0], scratch);
      }

      @Override
      public void run(
          MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch, Finish finish) {
        plan.run(inputs[a], inputs[b], outputs[0], scratch, finish);
      }
    };
  }
}
