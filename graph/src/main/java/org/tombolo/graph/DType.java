package org.tombolo.graph;

import java.util.Locale;

/// The type of one tensor element, with its size in bytes.
///
/// Half-width floats are storage formats: kernels widen them to [#F32] to compute.
public enum DType {
  /// IEEE 754 binary32.
  F32(4, Kind.FLOAT),
  /// IEEE 754 binary16.
  F16(2, Kind.FLOAT),
  /// The upper half of a binary32: eight exponent bits, seven fraction bits.
  BF16(2, Kind.FLOAT),
  /// IEEE 754 binary64.
  F64(8, Kind.FLOAT),
  /// Two's complement, 8 bits.
  I8(1, Kind.INTEGER),
  /// Unsigned, 8 bits.
  U8(1, Kind.INTEGER),
  /// Two's complement, 16 bits.
  I16(2, Kind.INTEGER),
  /// Two's complement, 32 bits.
  I32(4, Kind.INTEGER),
  /// Two's complement, 64 bits.
  I64(8, Kind.INTEGER),
  /// One byte, 0 or 1.
  BOOL(1, Kind.BOOLEAN);

  /// What arithmetic a type takes part in.
  public enum Kind {
    /// Rounded reals, with infinities and NaN.
    FLOAT,
    /// Integers that wrap around.
    INTEGER,
    /// Truth values: logic and selection only.
    BOOLEAN
  }

  private final int bytes;
  private final Kind kind;

  DType(int bytes, Kind kind) {
    this.bytes = bytes;
    this.kind = kind;
  }

  /// Size of one element in bytes.
  public int bytes() {
    return bytes;
  }

  /// Family of the type.
  public Kind kind() {
    return kind;
  }

  /// Whether values are rounded reals.
  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  /// Whether values are integers.
  public boolean isInteger() {
    return kind == Kind.INTEGER;
  }

  /// The type with this lower-case name, as printed by [#toString].
  ///
  /// @throws IllegalArgumentException if there is none
  public static DType named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
