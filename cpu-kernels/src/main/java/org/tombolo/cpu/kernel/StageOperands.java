package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Where a [Stage] finds its operands; each thread has its own.
final class StageOperands {
  /// Segments by number.
  MemorySegment[] memory = {};

  /// First byte in each segment.
  long[] positions = {};

  /// Working arrays by number, of the class that the kind of the item says.
  Object[] arrays = {};

  /// Constants by number, as raw bits.
  long[] constants = {};

  /// Makes room.
  void grow(int memories, int arraysOfStage) {
    if (memory.length < memories) {
      memory = Arrays.copyOf(memory, memories);
      positions = new long[memories];
    }
    if (arrays.length < arraysOfStage) {
      arrays = Arrays.copyOf(arrays, arraysOfStage);
    }
  }

  /// Lets go of memory.
  void release() {
    Arrays.fill(memory, null);
  }
}
