package org.tombolo.opencl.codegen;

import org.tombolo.graph.DType;

/// How element types look in OpenCL C: as they lie in memory, and as kernels compute with them.
/// Half-width floats are widened to `float`; truth values are `uchar`, 0 or 1.
final class CType {
  private CType() {}

  /// Type of an element in memory.
  static String stored(DType dtype) {
    return switch (dtype) {
      case F16 -> "half";
      case BF16 -> "ushort";
      case F32, F64, I8, U8, I16, I32, I64, BOOL -> computed(dtype);
    };
  }

  /// Type of a value in a kernel.
  static String computed(DType dtype) {
    return switch (dtype) {
      case F32, F16, BF16 -> "float";
      case F64 -> "double";
      case I8 -> "char";
      case U8, BOOL -> "uchar";
      case I16 -> "short";
      case I32 -> "int";
      case I64 -> "long";
    };
  }

  /// Signed integers of the same width, which is what comparisons of vectors give.
  static String mask(DType dtype) {
    return switch (dtype) {
      case F32, F16, BF16, I32 -> "int";
      case F64, I64 -> "long";
      case I8, U8, BOOL -> "char";
      case I16 -> "short";
    };
  }

  /// Unsigned integers of the same width, whose arithmetic may overflow.
  static String unsigned(DType dtype) {
    return "u" + mask(dtype);
  }

  /// Whether scalars of the type turn into `int` when computed with.
  static boolean promotes(DType dtype) {
    return dtype.bytes() < 4 && !dtype.isFloat();
  }

  /// The type that sums of elements are kept in.
  static DType accumulator(DType dtype) {
    return dtype == DType.F16 || dtype == DType.BF16 ? DType.F32 : dtype;
  }

  /// A vector type: the name with the number of lanes, or the name alone for one.
  static String lanes(String type, int width) {
    return width == 1 ? type : type + width;
  }
}
