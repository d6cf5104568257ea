package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;

/// A compiled region. Immutable: any number of threads may run it at once, each with its own
/// memory.
public interface HostKernel {
  /// Bytes of working memory that each run needs for itself.
  default long scratchBytes() {
    return 0;
  }

  /// Whether an output may lie in exactly the memory of an input.
  default boolean inPlace(int output, int input) {
    return false;
  }

  /// Computes all outputs.
  ///
  /// @param inputs dense elements of each input, exactly its size
  /// @param outputs memory for each output, exactly its size
  /// @param scratch at least [#scratchBytes] bytes
  void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch);
}
