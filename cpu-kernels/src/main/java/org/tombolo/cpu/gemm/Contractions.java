package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Makes plans for dots and convolutions of single-precision floats.
///
/// Each element of a result is summed in an order that depends on the types alone, so results are
/// equal bit for bit, at each repetition and for any number of threads.
public final class Contractions {
  private final WorkerTeam team;
  private final MicroKernels kernels;
  private final Workspace.Pool pool;

  /// @param team shares the work of the plans; must stay open while they are used
  public Contractions(WorkerTeam team) {
    this(team, MicroKernels.best());
  }

  /// @param team shares the work of the plans
  /// @param kernels compute tiles
  Contractions(WorkerTeam team, MicroKernels kernels) {
    this.team = team;
    this.kernels = kernels;
    pool = new Workspace.Pool(kernels);
  }

  /// A plan for a dot.
  ///
  /// @param op what is contracted
  /// @param a type of the left operand, f32
  /// @param b type of the right operand, f32
  /// @throws IllegalArgumentException if the types are not f32
  /// @throws org.tombolo.graph.ShapeException if the operands do not fit
  public ContractionPlan dot(Op.Dot op, TensorType a, TensorType b) {
    requireF32(op, a, b);
    return plan(
        List.of(Contraction.of(op, a, b)),
        Optional.empty(),
        Optional.empty(),
        a,
        b,
        op.infer(List.of(a, b)));
  }

  /// A plan for a convolution.
  ///
  /// @param op how the window slides
  /// @param x type of the images, f32
  /// @param kernel type of the kernel, f32
  /// @throws IllegalArgumentException if the types are not f32
  /// @throws org.tombolo.graph.ShapeException if the operands do not fit
  public ContractionPlan conv(Op.Conv op, TensorType x, TensorType kernel) {
    requireF32(op, x, kernel);
    ConvLowering lowering = ConvLowering.of(op, x, kernel);
    return plan(
        lowering.parts(),
        lowering.image(),
        lowering.image().map(image -> new PaddingRepair(op, x, kernel)),
        x,
        kernel,
        op.infer(List.of(x, kernel)));
  }

  private static void requireF32(Op op, TensorType a, TensorType b) {
    if (a.dtype() != DType.F32 || b.dtype() != DType.F32) {
      throw new IllegalArgumentException(
          "%s: operands are %s and %s; need f32\n  try: cast(DType.F32) first"
              .formatted(op.mnemonic(), a, b));
    }
  }

  private ContractionPlan plan(
      List<Contraction> parts,
      Optional<PaddedImage> image,
      Optional<PaddingRepair> repair,
      TensorType a,
      TensorType b,
      TensorType out) {
    List<Summation> sums = parts.stream().map(this::summation).toList();
    long imageBytes = image.map(padded -> 4 * padded.size()).orElse(0L);
    return new ContractionPlan() {
      @Override
      public long scratchBytes() {
        return imageBytes;
      }

      @Override
      public void run(MemorySegment x, MemorySegment y, MemorySegment to, MemorySegment scratch) {
        requireBytes("a", x, a);
        requireBytes("b", y, b);
        requireBytes("out", to, out);
        image.ifPresent(padded -> padded.fill(x, scratch, team));
        MemorySegment left = image.isPresent() ? scratch : x;
        for (Summation sum : sums) {
          sum.run(left, y, to);
        }
        repair.ifPresent(padding -> padding.run(x, y, to, team));
      }
    };
  }

  /// One contraction, ready to run.
  private interface Summation {
    void run(MemorySegment a, MemorySegment b, MemorySegment out);
  }

  private Summation summation(Contraction sum) {
    if (sum.storesAlongRows()) {
      Product product = new Product(sum.turned(), kernels, team, pool);
      return (a, b, out) -> product.run(b, a, out);
    }
    return new Product(sum, kernels, team, pool)::run;
  }

  private static void requireBytes(String name, MemorySegment segment, TensorType type) {
    if (segment.byteSize() != type.bytes()) {
      throw new IllegalArgumentException(
          "contraction: %s has %d bytes, type is %s; need %d bytes\n  try: asSlice(offset, bytes)"
              .formatted(name, segment.byteSize(), type, type.bytes()));
    }
  }
}
