package org.tombolo.cpu.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

  private @Nullable Spare spare;

  /// Room for one vector of each operand, made when it is first asked for.
  Spare spare() {
    Spare made = spare;
    if (made == null) {
      made = new Spare();
      spare = made;
    }
    return made;
  }

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
    if (spare != null) {
      Arrays.fill(spare.operands.memory, null);
    }
  }

  /// Memory and arrays for one vector of each operand.
  static final class Spare {
    /// Elements of the shortest type in a vector.
    private static final int MOST = Species.lanes(false);

    private static final Object[] NONE = {};

    /// What to hand to the code.
    final StageOperands operands = new StageOperands();

    private MemorySegment[] memory = {};
    private final Map<Kind, Object[]> arrays = new EnumMap<>(Kind.class);

    /// Memory for one vector.
    MemorySegment memory(int number) {
      if (number >= memory.length) {
        int had = memory.length;
        memory = Arrays.copyOf(memory, number + 1);
        for (int i = had; i < memory.length; i++) {
          memory[i] = Arena.ofAuto().allocate((long) MOST * Long.BYTES, Long.BYTES);
        }
      }
      return memory[number];
    }

    /// A working array for one vector.
    Object array(Kind kind, int number) {
      Object[] made = arrays.getOrDefault(kind, NONE);
      if (number >= made.length) {
        int had = made.length;
        made = Arrays.copyOf(made, number + 1);
        for (int i = had; i < made.length; i++) {
          made[i] = Array.newInstance(kind.array.getComponentType(), MOST);
        }
        arrays.put(kind, made);
      }
      return made[number];
    }
  }
}
