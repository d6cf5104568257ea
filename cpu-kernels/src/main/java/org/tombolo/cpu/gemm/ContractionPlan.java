package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;

/// A dot or a convolution with everything decided that its types decide. Safe to be run by several
/// threads at once, each with its own memory.
public interface ContractionPlan {

  /// Bytes of working memory that each run needs for itself.
  long scratchBytes();

  /// Computes the result. Segments hold dense row-major elements in native byte order, on or off
  /// the heap; the result and the scratch overlap nothing else.
  ///
  /// @param a left operand, or images, of exactly its size
  /// @param b right operand, or kernel, of exactly its size
  /// @param out result, of exactly its size; every element is written
  /// @param scratch at least [#scratchBytes] bytes; its content does not matter
  /// @throws IllegalArgumentException if a segment has another size
  void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch);

  /// The same, with each element of the result finished once it is there.
  ///
  /// @param finish works in the memory of the result
  default void run(
      MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch, Finish finish) {
    run(a, b, out, scratch);
    finish.all();
  }
}
