package org.tombolo.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Runs kernels on guarded memory.
final class Memory {
  private static final int GUARD = 256;
  private static final byte CANARY = (byte) 0xA5;

  private Memory() {}

  /// Random values between -1 and 1.
  static Tensor random(TensorType type, Random random) {
    return Tensor.filled(type, _ -> random.nextDouble(-1, 1));
  }

  /// The result of a kernel; fails if it writes around its memory or into an operand.
  static float[] run(HostKernel kernel, TensorType out, Tensor... operands) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] inputs = new MemorySegment[operands.length];
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = arena.allocate(operands[i].type().bytes(), 128);
        inputs[i].copyFrom(operands[i].data());
      }
      MemorySegment result = guarded(arena, out.bytes());
      MemorySegment scratch = guarded(arena, kernel.scratchBytes());
      kernel.run(inputs, new MemorySegment[] {inside(result)}, inside(scratch));
      requireGuards(result);
      requireGuards(scratch);
      for (int i = 0; i < inputs.length; i++) {
        assertEquals(-1, inputs[i].mismatch(operands[i].data()), "operand changed");
      }
      return inside(result).toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static MemorySegment guarded(Arena arena, long bytes) {
    return arena.allocate(bytes + 2 * GUARD, 128).fill(CANARY);
  }

  private static MemorySegment inside(MemorySegment memory) {
    return memory.asSlice(GUARD, memory.byteSize() - 2 * GUARD);
  }

  private static void requireGuards(MemorySegment memory) {
    for (int i = 0; i < GUARD; i++) {
      assertEquals(CANARY, memory.get(ValueLayout.JAVA_BYTE, i), "wrote before");
      assertEquals(
          CANARY, memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1 - i), "wrote behind");
    }
  }
}
