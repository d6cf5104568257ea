package org.tombolo.graph;

import java.util.Locale;

/// A function of two elements of one type.
public enum BinaryFn {
  /// Sum; integers wrap.
  ADD,
  /// Difference; integers wrap.
  SUB,
  /// Product; integers wrap.
  MUL,
  /// Quotient. Integers truncate towards zero; division by zero gives 0 and the smallest integer
  /// divided by -1 gives itself.
  DIV,
  /// Remainder with the sign of the dividend, as C's `fmod`; integers give 0 for a zero divisor.
  REM,
  /// `x` to the power `y`, as IEEE 754 `pow`. Floats only.
  POW,
  /// The larger; NaN if either is NaN.
  MAX,
  /// The smaller; NaN if either is NaN.
  MIN,
  /// Logical or bitwise and. Not for floats.
  AND,
  /// Logical or bitwise or. Not for floats.
  OR,
  /// Logical or bitwise exclusive or. Not for floats.
  XOR,
  /// Left shift; 0 when the count is negative or not below the width. Integers only.
  SHL,
  /// Right shift that fills with zeros; 0 when the count is negative or not below the width.
  /// Integers only.
  SHR;

  /// Whether the function is defined for elements of this type.
  public boolean accepts(DType dtype) {
    return switch (this) {
      case ADD, SUB, MUL, DIV, REM -> dtype != DType.BOOL;
      case POW -> dtype.isFloat();
      case MAX, MIN -> true;
      case AND, OR, XOR -> !dtype.isFloat();
      case SHL, SHR -> dtype.isInteger();
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
