package org.tombolo.cpu.kernel;

/// A working array of floats for each thread.
final class FloatRow {
  private static final ThreadLocal<float[]> MINE =
      ThreadLocal.withInitial(() -> new float[Registers.CHUNK]);

  private FloatRow() {}

  /// That of the calling thread, one chunk long.
  static float[] mine() {
    return MINE.get();
  }
}
