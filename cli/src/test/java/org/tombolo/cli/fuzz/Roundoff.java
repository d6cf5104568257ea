package org.tombolo.cli.fuzz;

import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// What rounding to a float type does.
final class Roundoff {
  private Roundoff() {}

  /// Distance to the next larger element of the type, and more below the normal range, which a
  /// device may flush to zero.
  static double ulp(TensorType type, double x) {
    return switch (type.dtype()) {
      case F64 -> 2 * Math.ulp(x) + Double.MIN_NORMAL;
      case F32 -> Math.scalb(1.0, Math.max(Math.getExponent(x), -126) - 23) + Float.MIN_NORMAL;
      case F16 -> Math.scalb(1.0, Math.max(Math.getExponent(x), -14) - 10);
      case BF16 -> Math.scalb(1.0, Math.max(Math.getExponent(x), -126) - 7) + Float.MIN_NORMAL;
      case I8, U8, I16, I32, I64, BOOL -> 0;
    };
  }

  /// Whether a number is an element of the type, far from the ends of its range. Doubles count when
  /// a product of two would still be exact.
  static boolean representable(TensorType type, double x) {
    if (x == 0 || !Double.isFinite(x)) {
      return true;
    }
    int lowest = lowestBit(x);
    int digits = Math.getExponent(x) - lowest + 1;
    return lowest >= leastGrain(type) && digits <= digits(type.dtype());
  }

  /// Exact results are whole multiples of 2 to this power at least: half-width floats have nothing
  /// between smaller ones, and devices may flush what is far smaller still.
  static int leastGrain(TensorType type) {
    return type.dtype() == DType.F16 ? -24 : -100;
  }

  /// Sums of whole numbers are exact in the type as long as magnitudes sum to no more than this.
  static double wholes(TensorType type) {
    return Math.scalb(1.0, digits(type.dtype()));
  }

  private static int digits(DType dtype) {
    return switch (dtype) {
      case F64 -> 40;
      case F32 -> 24;
      case F16 -> 11;
      case BF16 -> 8;
      case I8, U8, I16, I32, I64, BOOL -> 0;
    };
  }

  /// The largest `g` of which all elements are whole multiples of `2^g`; of zeros, 0.
  static int grain(Tensor tensor) {
    int grain = Integer.MAX_VALUE;
    for (long i = 0; i < tensor.type().size(); i++) {
      if (tensor.at(i) != 0) {
        grain = Math.min(grain, lowestBit(tensor.at(i)));
      }
    }
    return grain == Integer.MAX_VALUE ? 0 : grain;
  }

  private static int lowestBit(double x) {
    long fraction = (Double.doubleToLongBits(x) & 0xfffffffffffffL) | 0x10000000000000L;
    return Math.getExponent(x) - 52 + Long.numberOfTrailingZeros(fraction);
  }
}
