package org.tombolo.graph;

import java.util.Locale;

/// A test of two elements; any order comparison with NaN is false, and NaN is unequal to itself.
public enum CompareFn {
  /// Equal.
  EQ,
  /// Not equal.
  NE,
  /// Less.
  LT,
  /// Less or equal.
  LE,
  /// Greater.
  GT,
  /// Greater or equal.
  GE;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
