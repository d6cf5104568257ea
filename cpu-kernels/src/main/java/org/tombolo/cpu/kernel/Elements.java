package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;

/// Moves elements between memory and arrays of their lane, in runs of even steps.
final class Elements {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;

  private Elements() {}

  static void load(
      DType dtype, MemorySegment from, long position, long step, float[] to, int at, int n) {
    switch (dtype) {
      case F32 -> loadF32(from, position, step, to, at, n);
      case F16 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = Float.float16ToFloat(from.get(I16, (position + i * step) * 2));
        }
      }
      case BF16 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = Float.intBitsToFloat(from.get(I16, (position + i * step) * 2) << 16);
        }
      }
      case F64, I8, U8, I16, I32, I64, BOOL -> throw notIn(Lane.FLOAT, dtype);
    }
  }

  private static void loadF32(
      MemorySegment from, long position, long step, float[] to, int at, int n) {
    if (step == 1) {
      MemorySegment.copy(from, F32, position * 4, to, at, n);
    } else if (step == 0) {
      float value = from.get(F32, position * 4);
      for (int i = 0; i < n; i++) {
        to[at + i] = value;
      }
    } else {
      for (int i = 0; i < n; i++) {
        to[at + i] = from.get(F32, (position + i * step) * 4);
      }
    }
  }

  static void load(
      DType dtype, MemorySegment from, long position, long step, double[] to, int at, int n) {
    if (dtype != DType.F64) {
      throw notIn(Lane.DOUBLE, dtype);
    }
    if (step == 1) {
      MemorySegment.copy(from, F64, position * 8, to, at, n);
    } else {
      for (int i = 0; i < n; i++) {
        to[at + i] = from.get(F64, (position + i * step) * 8);
      }
    }
  }

  static void load(
      DType dtype, MemorySegment from, long position, long step, long[] to, int at, int n) {
    if (dtype != DType.I64) {
      throw notIn(Lane.LONG, dtype);
    }
    if (step == 1) {
      MemorySegment.copy(from, I64, position * 8, to, at, n);
    } else {
      for (int i = 0; i < n; i++) {
        to[at + i] = from.get(I64, (position + i * step) * 8);
      }
    }
  }

  static void load(
      DType dtype, MemorySegment from, long position, long step, int[] to, int at, int n) {
    switch (dtype) {
      case I32 -> {
        if (step == 1) {
          MemorySegment.copy(from, I32, position * 4, to, at, n);
        } else {
          for (int i = 0; i < n; i++) {
            to[at + i] = from.get(I32, (position + i * step) * 4);
          }
        }
      }
      case I16 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = from.get(I16, (position + i * step) * 2);
        }
      }
      case I8 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = from.get(I8, position + i * step);
        }
      }
      case U8 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = from.get(I8, position + i * step) & 0xff;
        }
      }
      case BOOL -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = from.get(I8, position + i * step) != 0 ? 1 : 0;
        }
      }
      case F32, F16, BF16, F64, I64 -> throw notIn(Lane.INT, dtype);
    }
  }

  /// Stores the first `n` floats, rounded to the type, from a position on.
  static void store(DType dtype, float[] from, MemorySegment to, long position, int n) {
    switch (dtype) {
      case F32 -> MemorySegment.copy(from, 0, to, F32, position * 4, n);
      case F16 -> {
        for (int i = 0; i < n; i++) {
          to.set(I16, (position + i) * 2, Float.floatToFloat16(from[i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < n; i++) {
          to.set(I16, (position + i) * 2, Tensor.toBfloat16(from[i]));
        }
      }
      case F64, I8, U8, I16, I32, I64, BOOL -> throw notIn(Lane.FLOAT, dtype);
    }
  }

  /// Stores the first `n` integers from a position on.
  static void store(DType dtype, int[] from, MemorySegment to, long position, int n) {
    switch (dtype) {
      case I32 -> MemorySegment.copy(from, 0, to, I32, position * 4, n);
      case I16 -> {
        for (int i = 0; i < n; i++) {
          to.set(I16, (position + i) * 2, (short) from[i]);
        }
      }
      case I8, U8, BOOL -> {
        for (int i = 0; i < n; i++) {
          to.set(I8, position + i, (byte) from[i]);
        }
      }
      case F32, F16, BF16, F64, I64 -> throw notIn(Lane.INT, dtype);
    }
  }

  static void store(double[] from, MemorySegment to, long position, int n) {
    MemorySegment.copy(from, 0, to, F64, position * 8, n);
  }

  static void store(long[] from, MemorySegment to, long position, int n) {
    MemorySegment.copy(from, 0, to, I64, position * 8, n);
  }

  /// One number of an integer type.
  static long whole(DType dtype, MemorySegment from, long position) {
    return switch (dtype) {
      case I64 -> from.get(I64, position * 8);
      case I32 -> from.get(I32, position * 4);
      case I16 -> from.get(I16, position * 2);
      case I8 -> from.get(I8, position);
      case U8 -> from.get(I8, position) & 0xff;
      case BOOL -> from.get(I8, position) != 0 ? 1 : 0;
      case F32, F16, BF16, F64 -> throw notIn(Lane.LONG, dtype);
    };
  }

  /// Stores one number of a float type, rounded to it.
  static void put(DType dtype, MemorySegment to, long position, double value) {
    switch (dtype) {
      case F32 -> to.set(F32, position * 4, (float) value);
      case F64 -> to.set(F64, position * 8, value);
      case F16 -> to.set(I16, position * 2, Float.floatToFloat16(Halves.round(DType.F16, value)));
      case BF16 -> to.set(I16, position * 2, Tensor.toBfloat16(Halves.round(DType.BF16, value)));
      case I8, U8, I16, I32, I64, BOOL -> throw notIn(Lane.DOUBLE, dtype);
    }
  }

  /// Stores the low bits of a whole number.
  static void put(DType dtype, MemorySegment to, long position, long value) {
    switch (dtype) {
      case I64 -> to.set(I64, position * 8, value);
      case I32 -> to.set(I32, position * 4, (int) value);
      case I16 -> to.set(I16, position * 2, (short) value);
      case I8, U8 -> to.set(I8, position, (byte) value);
      case BOOL -> to.set(I8, position, (byte) (value & 1));
      case F32, F16, BF16, F64 -> throw notIn(Lane.LONG, dtype);
    }
  }

  private static IllegalArgumentException notIn(Lane lane, DType dtype) {
    return new IllegalArgumentException(dtype + " is not computed as " + lane);
  }
}
