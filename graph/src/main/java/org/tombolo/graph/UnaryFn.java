package org.tombolo.graph;

import java.util.Locale;

/// A function of one element.
public enum UnaryFn {
  /// `-x`; integers wrap.
  NEG,
  /// Magnitude; the smallest integer stays as it is.
  ABS,
  /// -1, 0 or 1 with the sign of `x`; NaN gives NaN, a zero gives itself.
  SIGN,
  /// Square root; NaN below zero. Floats only.
  SQRT,
  /// Natural exponential. Floats only.
  EXP,
  /// Natural logarithm; -Inf at zero, NaN below. Floats only.
  LOG,
  /// Sine of radians. Floats only.
  SIN,
  /// Cosine of radians. Floats only.
  COS,
  /// Hyperbolic tangent. Floats only.
  TANH,
  /// Error function. Floats only.
  ERF,
  /// Largest whole number not above `x`. Floats only.
  FLOOR,
  /// Logical complement of a bool, bitwise complement of an integer.
  NOT;

  /// Whether the function is defined for elements of this type.
  public boolean accepts(DType dtype) {
    return switch (this) {
      case NEG, ABS, SIGN -> dtype != DType.BOOL;
      case SQRT, EXP, LOG, SIN, COS, TANH, ERF, FLOOR -> dtype.isFloat();
      case NOT -> !dtype.isFloat();
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
