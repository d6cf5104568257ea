package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import org.tombolo.cpu.gemm.Finish;

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

  /// Computes the only output and has each of its elements finished once it is there.
  ///
  /// @param finish works in the memory of the output
  default void run(
      MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch, Finish finish) {
    run(inputs, outputs, scratch);
    finish.all();
  }

  /// Fixes the memory of runs that follow each other: never two of them at a time.
  default Runnable bind(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    return () -> run(inputs, outputs, scratch);
  }
}
