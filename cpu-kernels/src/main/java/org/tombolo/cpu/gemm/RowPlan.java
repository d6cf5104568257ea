package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A row times a matrix, small enough for the calling thread alone. Such products are what batches
/// of one example are made of.
final class RowPlan implements ContractionPlan {
  private final Operands operands;
  private final RowKernel kernel;
  private final RowKernel.Places places;

  private RowPlan(Operands operands, RowKernel kernel, RowKernel.Places places) {
    this.operands = operands;
    this.kernel = kernel;
    this.places = places;
  }

  private static Axis only(List<Axis> axes) {
    return axes.isEmpty() ? new Axis(1, 0, 1, 1) : axes.getFirst();
  }

  /// Whether a contraction is of this form, and small.
  static boolean fits(Contraction sum) {
    long columns = Axis.size(sum.columns());
    long terms = Axis.size(sum.inner());
    return sum.batch().isEmpty()
        && sum.rows().isEmpty()
        && sum.columns().size() <= 1
        && sum.inner().size() <= 1
        && only(sum.columns()).b() == 1
        && only(sum.columns()).out() == 1
        && columns > 0
        && terms > 0
        && columns * terms < Blocking.SHARED_WORK
        && Blocking.termsPerPart(columns, columns, terms) == terms;
  }

  /// A plan for a contraction that [#fits].
  static RowPlan of(Operands operands, Contraction sum, MicroKernels kernels) {
    Axis columns = only(sum.columns());
    Axis inner = only(sum.inner());
    RowKernel.Places places =
        new RowKernel.Places(
            sum.a(),
            inner.a(),
            sum.b(),
            inner.b(),
            sum.out(),
            (int) columns.extent(),
            (int) inner.extent());
    return new RowPlan(operands, kernels.row(), places);
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch) {
    operands.require(a, b, out);
    kernel.multiply(a, b, out, places);
  }
}
