package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;

/// A dot, with operands exchanged where that lets tiles be stored line by line.
final class DotPlan implements ContractionPlan {
  private final Operands operands;
  private final Product product;
  private final boolean turned;

  /// @param operands types of operands and result
  /// @param sum what is computed
  /// @param kernels compute tiles
  /// @param crew shares work and memory
  DotPlan(Operands operands, Contraction sum, MicroKernels kernels, Crew crew) {
    this.operands = operands;
    turned = sum.storesAlongRows();
    product = new Product(turned ? sum.turned() : sum, kernels, crew);
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch) {
    operands.require(a, b, out);
    product.run(new LeftOperand.Packed(turned ? b : a), turned ? a : b, out, 0);
  }

  @Override
  public void run(
      MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch, Finish finish) {
    operands.require(a, b, out);
    product.runFinished(new LeftOperand.Packed(turned ? b : a), turned ? a : b, out, finish);
  }
}
