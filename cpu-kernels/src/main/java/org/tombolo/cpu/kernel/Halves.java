package org.tombolo.cpu.kernel;

import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;

/// Rounding to half-width floats with one rounding only.
final class Halves {
  private Halves() {}

  /// The nearest element of a float type that is computed in `float`.
  static float round(DType dtype, float x) {
    return switch (dtype) {
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(x));
      case BF16 -> Float.intBitsToFloat(Tensor.toBfloat16(x) << 16);
      case F32, F64, I8, U8, I16, I32, I64, BOOL -> x;
    };
  }

  /// A double as an element of a float type that is computed in `float`.
  static float round(DType dtype, double x) {
    return dtype == DType.F32 ? (float) x : round(dtype, toOdd(x));
  }

  /// A whole number as an element of a float type that is computed in `float`.
  static float round(DType dtype, long x) {
    if (dtype == DType.F32) {
      return x;
    }
    // A long may have more bits than a double; its last ones matter only as "there is something".
    long rest = x & 0x7ff;
    boolean exact = rest == 0 || (x > -(1L << 53) && x < 1L << 53);
    return round(dtype, toOdd(exact ? (double) x : (double) ((x - rest) | 0x800)));
  }

  /// A float that rounds to the same half-width float as `x` does: where `x` is not a float, the
  /// neighbour whose last bit is odd, which is never half way between two half-width floats (Boldo
  /// and Melquiond, *Emulation of FMA and correctly rounded sums*, 2008).
  private static float toOdd(double x) {
    float nearest = (float) x;
    if (nearest == x || Double.isNaN(x)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    boolean beyond = Math.abs((double) nearest) > Math.abs(x);
    return Float.intBitsToFloat((beyond ? bits - 1 : bits) | 1);
  }
}
