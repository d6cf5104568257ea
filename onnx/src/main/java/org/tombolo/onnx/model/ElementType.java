package org.tombolo.onnx.model;

import java.util.Locale;
import java.util.Optional;
import org.tombolo.graph.DType;

/// The element types of ONNX, with the type that carries their values here.
///
/// Unsigned integers wider than a byte are carried by a signed type that holds all their values;
/// `uint64`, for which there is none, by the 64 bits of an [DType#I64]. What no type carries can be
/// read from a file and named in a message, and nothing else.
public enum ElementType {
  /// `float`.
  FLOAT(1, 32, DType.F32),
  /// `uint8`.
  UINT8(2, 8, DType.U8),
  /// `int8`.
  INT8(3, 8, DType.I8),
  /// `uint16`, carried by `i32`.
  UINT16(4, 16, DType.I32),
  /// `int16`.
  INT16(5, 16, DType.I16),
  /// `int32`.
  INT32(6, 32, DType.I32),
  /// `int64`.
  INT64(7, 64, DType.I64),
  /// Bytes, usually UTF-8.
  STRING(8, 0, null),
  /// `bool`.
  BOOL(9, 8, DType.BOOL),
  /// `float16`.
  FLOAT16(10, 16, DType.F16),
  /// `double`.
  DOUBLE(11, 64, DType.F64),
  /// `uint32`, carried by `i64`.
  UINT32(12, 32, DType.I64),
  /// `uint64`, carried by the bits of an `i64`.
  UINT64(13, 64, DType.I64),
  /// Two floats.
  COMPLEX64(14, 64, null),
  /// Two doubles.
  COMPLEX128(15, 128, null),
  /// `bfloat16`.
  BFLOAT16(16, 16, DType.BF16),
  /// Eight bits: 4 of exponent, 3 of fraction, no infinities.
  FLOAT8E4M3FN(17, 8, null),
  /// The same without negative zero.
  FLOAT8E4M3FNUZ(18, 8, null),
  /// Eight bits: 5 of exponent, 2 of fraction.
  FLOAT8E5M2(19, 8, null),
  /// The same without negative zero and infinities.
  FLOAT8E5M2FNUZ(20, 8, null),
  /// Four bits, carried by `u8`.
  UINT4(21, 4, DType.U8),
  /// Four bits, carried by `i8`.
  INT4(22, 4, DType.I8),
  /// Four bits: 2 of exponent, 1 of fraction.
  FLOAT4E2M1(23, 4, null),
  /// Eight bits of exponent.
  FLOAT8E8M0(24, 8, null),
  /// Two bits, carried by `u8`.
  UINT2(25, 2, DType.U8),
  /// Two bits, carried by `i8`.
  INT2(26, 2, DType.I8);

  private final int number;
  private final int bits;
  private final Optional<DType> carrier;

  ElementType(int number, int bits, @org.jspecify.annotations.Nullable DType carrier) {
    this.number = number;
    this.bits = bits;
    this.carrier = Optional.ofNullable(carrier);
  }

  /// The number of the type in files.
  public int number() {
    return number;
  }

  /// Bits of an element in `raw_data`; 0 for strings.
  public int bits() {
    return bits;
  }

  /// The type that carries values here, if any.
  public Optional<DType> carrier() {
    return carrier;
  }

  /// The type that carries values here.
  ///
  /// @throws IllegalStateException if there is none
  public DType carried() {
    return carrier.orElseThrow(() -> new IllegalStateException(this + " has no carrier"));
  }

  /// Whether the bytes in a file are those of the carrier.
  public boolean isNative() {
    return carrier.isPresent() && (carrier.get().bytes() * 8 == bits);
  }

  /// Whether values are unsigned integers.
  public boolean isUnsigned() {
    return switch (this) {
      case UINT8, UINT16, UINT32, UINT64, UINT4, UINT2 -> true;
      default -> false;
    };
  }

  /// Whether values are integers.
  public boolean isInteger() {
    return carrier.map(DType::isInteger).orElse(false);
  }

  /// Whether values are rounded reals that a type carries.
  public boolean isFloat() {
    return carrier.map(DType::isFloat).orElse(false);
  }

  /// The type that stands for a type of the graph.
  public static ElementType of(DType dtype) {
    return switch (dtype) {
      case F32 -> FLOAT;
      case F16 -> FLOAT16;
      case BF16 -> BFLOAT16;
      case F64 -> DOUBLE;
      case I8 -> INT8;
      case U8 -> UINT8;
      case I16 -> INT16;
      case I32 -> INT32;
      case I64 -> INT64;
      case BOOL -> BOOL;
    };
  }

  /// The type with this number in files.
  public static Optional<ElementType> numbered(long number) {
    for (ElementType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /// As in ONNX's own lists, such as `float` and `uint16`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
