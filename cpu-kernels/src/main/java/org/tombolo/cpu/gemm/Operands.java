package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Types of a plan's operands and result.
///
/// @param a left operand, or images
/// @param b right operand, or kernel
/// @param out result
record Operands(TensorType a, TensorType b, TensorType out) {

  /// The operands of an operation.
  ///
  /// @throws IllegalArgumentException if they are not f32
  /// @throws org.tombolo.graph.ShapeException if they do not fit
  static Operands of(Op op, TensorType a, TensorType b) {
    if (a.dtype() != DType.F32 || b.dtype() != DType.F32) {
      throw new IllegalArgumentException(
          "%s: operands are %s and %s; need f32\n  try: cast(DType.F32) first"
              .formatted(op.mnemonic(), a, b));
    }
    return new Operands(a, b, op.infer(List.of(a, b)));
  }

  /// Checks what a run is given.
  ///
  /// @throws IllegalArgumentException if a segment has another size than its type
  void require(MemorySegment left, MemorySegment right, MemorySegment result) {
    requireBytes("a", left, a);
    requireBytes("b", right, b);
    requireBytes("out", result, out);
  }

  private static void requireBytes(String name, MemorySegment segment, TensorType type) {
    if (segment.byteSize() != type.bytes()) {
      throw new IllegalArgumentException(
          "contraction: %s has %d bytes, type is %s; need %d bytes\n  try: asSlice(offset, bytes)"
              .formatted(name, segment.byteSize(), type, type.bytes()));
    }
  }
}
