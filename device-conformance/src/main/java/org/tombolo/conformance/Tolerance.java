package org.tombolo.conformance;

import org.tombolo.graph.DType;

/// How far a result may be from the reference. NaN must meet NaN and infinities must meet their
/// equals; integers and bools must always be equal.
///
/// A float may differ by `ulps` units in the last place of the wanted value, plus `roundings` times
/// half such a unit of the *magnitude*: what the reference gives for the absolute values of all
/// operands. The latter is the error of sums of products (Higham, *Accuracy and Stability of
/// Numerical Algorithms*, 3.1: each of k roundings adds at most u of the sum of magnitudes). On top
/// comes `absolute`, for results near zero and below the normal range, which a device may flush.
///
/// @param ulps units in the last place of the wanted value; negative where even the sign of a zero
///   must agree
/// @param roundings how many roundings relative to the magnitude
/// @param absolute allowed anywhere
public record Tolerance(double ulps, double roundings, double absolute) {
  /// Nothing is computed, so each bit counts: the sign of a zero too.
  public static final Tolerance BITS = new Tolerance(-1, 0, 0);

  /// Correctly rounded: equal, save for the sign of a zero.
  public static final Tolerance EXACT = new Tolerance(0, 0, 0);

  /// So many units in the last place; results below the normal range may be flushed to zero.
  public static Tolerance ulps(double ulps) {
    return new Tolerance(ulps, 0, Float.MIN_NORMAL);
  }

  /// A sum of this many products.
  public static Tolerance sumOf(long terms) {
    return new Tolerance(1, terms + 1, Float.MIN_NORMAL);
  }

  boolean needsMagnitude() {
    return roundings > 0;
  }

  /// Whether a float is close enough.
  ///
  /// @param dtype float type of the result
  /// @param want the reference's result
  /// @param got the device's
  /// @param magnitude the reference's result for absolute operands
  boolean accepts(DType dtype, double want, double got, double magnitude) {
    if (Double.isNaN(want) || Double.isNaN(got)) {
      return Double.isNaN(want) && Double.isNaN(got);
    }
    if (want == got) {
      return ulps >= 0 || want != 0 || 1 / want == 1 / got;
    }
    if (Double.isInfinite(want) || Double.isInfinite(got)) {
      return false;
    }
    double allowed =
        Math.max(0, ulps) * ulp(dtype, want) + roundings / 2 * ulp(dtype, magnitude) + absolute;
    return Math.abs(want - got) <= allowed;
  }

  /// Error of a float in units in the last place, for reports: of the wanted value, or of what the
  /// tolerance is relative to where that is larger. A result below the normal range that is off by
  /// less than the least normal number counts as no error, since devices may flush it.
  ///
  /// @return at least 0; infinite where NaN or an infinity is missed
  double ulpsOff(DType dtype, double want, double got, double magnitude) {
    if (want == got || (Double.isNaN(want) && Double.isNaN(got))) {
      return 0;
    }
    if (!Double.isFinite(want) || !Double.isFinite(got)) {
      return Double.POSITIVE_INFINITY;
    }
    double error = Math.abs(want - got);
    if (Math.abs(want) < leastNormal(dtype) && error < leastNormal(dtype)) {
      return 0;
    }
    double scale = Math.max(Math.abs(want), absolute);
    return error / ulp(dtype, needsMagnitude() ? Math.max(scale, magnitude) : scale);
  }

  private static double leastNormal(DType dtype) {
    return switch (dtype) {
      case F64 -> Double.MIN_NORMAL;
      case F16 -> 0x1p-14;
      case F32, BF16, I8, U8, I16, I32, I64, BOOL -> Float.MIN_NORMAL;
    };
  }

  /// Distance to the next larger number of the type.
  private static double ulp(DType dtype, double x) {
    return switch (dtype) {
      case F64 -> Math.ulp(x);
      case F32 -> Math.scalb(1.0, Math.max(Math.getExponent(x), -126) - 23);
      case F16 -> Math.scalb(1.0, Math.max(Math.getExponent(x), -14) - 10);
      case BF16 -> Math.scalb(1.0, Math.max(Math.getExponent(x), -126) - 7);
      case I8, U8, I16, I32, I64, BOOL -> 0;
    };
  }
}
