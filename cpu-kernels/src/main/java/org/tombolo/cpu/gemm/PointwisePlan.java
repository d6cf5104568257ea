package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// A convolution whose windows are single places, channels first: for each image the product of the
/// kernel and the image, as both lie.
final class PointwisePlan implements ContractionPlan {
  private final Operands operands;
  private final Product product;

  /// Whether a convolution is of this form.
  static boolean fits(Op.Conv op, Operands operands) {
    ConvDims dims = op.dims();
    int spatial = dims.spatialRank();
    return spatial > 0
        && op.window().stream().allMatch(WindowDim.each()::equals)
        && operands.a().shape().strides()[dims.lhsSpatial().getLast()] == 1
        && operands.out().shape().strides()[dims.outSpatial().getLast()] == 1;
  }

  /// @param op a convolution that [#fits]
  /// @param operands types of operands and result
  /// @param kernels compute tiles
  /// @param crew shares work and memory
  PointwisePlan(Op.Conv op, Operands operands, MicroKernels kernels, Crew crew) {
    this.operands = operands;
    ConvDims dims = op.dims();
    TensorType x = operands.a();
    TensorType filters = operands.b();
    long[] xs = x.shape().strides();
    long[] ks = filters.shape().strides();
    long[] outs = operands.out().shape().strides();
    List<Axis> batch = new ArrayList<>();
    batch.add(new Axis(x.dim(dims.lhsBatch()), 0, xs[dims.lhsBatch()], outs[dims.outBatch()]));
    dims.group()
        .ifPresent(group ->
            batch.add(
                new Axis(x.dim(group.lhs()), ks[group.rhs()], xs[group.lhs()], outs[group.out()])));
    List<Axis> rows =
        List.of(
            new Axis(filters.dim(dims.rhsOut()), ks[dims.rhsOut()], 0, outs[dims.outFeature()]));
    List<Axis> columns = new ArrayList<>();
    for (int i = 0; i < dims.spatialRank(); i++) {
      int from = dims.lhsSpatial().get(i);
      columns.add(new Axis(x.dim(from), 0, xs[from], outs[dims.outSpatial().get(i)]));
    }
    List<Axis> inner =
        List.of(new Axis(x.dim(dims.lhsFeature()), ks[dims.rhsIn()], xs[dims.lhsFeature()], 0));
    product = new Product(new Contraction(batch, rows, columns, inner, 0, 0, 0), kernels, crew);
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch) {
    operands.require(a, b, out);
    product.run(new LeftOperand.Packed(b), a, out, 0);
  }

  @Override
  public void run(
      MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch, Finish finish) {
    operands.require(a, b, out);
    product.runFinished(new LeftOperand.Packed(b), a, out, finish);
  }
}
