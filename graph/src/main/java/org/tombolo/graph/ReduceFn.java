package org.tombolo.graph;

import java.util.Locale;

/// An associative function that folds many elements into one.
public enum ReduceFn {
  /// Sum; 0 of nothing.
  SUM,
  /// Product; 1 of nothing.
  PROD,
  /// Largest, NaN if any is NaN; of nothing -Inf, or the smallest integer.
  MAX,
  /// Smallest, NaN if any is NaN; of nothing +Inf, or the largest integer.
  MIN;

  /// Whether elements of this type can be folded: sums and products need numbers.
  public boolean accepts(DType dtype) {
    return dtype != DType.BOOL || this == MAX || this == MIN;
  }

  /// The function that folds one more element in.
  public BinaryFn step() {
    return switch (this) {
      case SUM -> BinaryFn.ADD;
      case PROD -> BinaryFn.MUL;
      case MAX -> BinaryFn.MAX;
      case MIN -> BinaryFn.MIN;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
