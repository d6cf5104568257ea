package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final WorkerTeam team;

  /// @param team shares the work of the plans; must stay open while they are used
  public Contractions(WorkerTeam team) {
    this.team = team;
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
        List.of(Contraction.of(op, a, b)), Optional.empty(), a, b, op.infer(List.of(a, b)));
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
        lowering.parts(), lowering.image(), x, kernel, op.infer(List.of(x, kernel)));
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
      TensorType a,
      TensorType b,
      TensorType out) {
    return new ContractionPlan() {
      @Override
      public long scratchBytes() {
        return image.map(padded -> 4 * padded.size()).orElse(0L);
      }

      @Override
      public void run(
          MemorySegment x, MemorySegment y, MemorySegment to, MemorySegment scratch) {
        requireBytes("a", x, a);
        requireBytes("b", y, b);
        requireBytes("out", to, out);
        image.ifPresent(padded -> padded.fill(x, scratch, team));
        for (Contraction part : parts) {
          sum(part, image.isPresent() ? scratch : x, y, to);
        }
      }
    };
  }

  private static void requireBytes(String name, MemorySegment segment, TensorType type) {
    if (segment.byteSize() != type.bytes()) {
      throw new IllegalArgumentException(
          "contraction: %s has %d bytes, type is %s; need %d bytes\n  try: asSlice(offset, bytes)"
              .formatted(name, segment.byteSize(), type, type.bytes()));
    }
  }

  private static void sum(
      Contraction part, MemorySegment a, MemorySegment b, MemorySegment out) {
    int batches = Math.toIntExact(Axis.size(part.batch()));
    int rows = Math.toIntExact(Axis.size(part.rows()));
    int columns = Math.toIntExact(Axis.size(part.columns()));
    int inner = Math.toIntExact(Axis.size(part.inner()));
    long[] batchA = offsets(part.batch(), Axis::a, batches);
    long[] batchB = offsets(part.batch(), Axis::b, batches);
    long[] batchOut = offsets(part.batch(), Axis::out, batches);
    long[] rowA = offsets(part.rows(), Axis::a, rows);
    long[] rowOut = offsets(part.rows(), Axis::out, rows);
    long[] columnB = offsets(part.columns(), Axis::b, columns);
    long[] columnOut = offsets(part.columns(), Axis::out, columns);
    long[] innerA = offsets(part.inner(), Axis::a, inner);
    long[] innerB = offsets(part.inner(), Axis::b, inner);
    for (int i = 0; i < batches; i++) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          long atA = part.a() + batchA[i] + rowA[r];
          long atB = part.b() + batchB[i] + columnB[c];
          float sum = 0;
          for (int k = 0; k < inner; k++) {
            sum =
                Math.fma(
                    a.get(F32, 4 * (atA + innerA[k])), b.get(F32, 4 * (atB + innerB[k])), sum);
          }
          out.set(F32, 4 * (part.out() + batchOut[i] + rowOut[r] + columnOut[c]), sum);
        }
      }
    }
  }

  private static long[] offsets(
      List<Axis> axes, java.util.function.ToLongFunction<Axis> stride, int count) {
    long[] offsets = new long[count];
    Axis.offsets(axes, stride, 0, count, offsets);
    return offsets;
  }
}
