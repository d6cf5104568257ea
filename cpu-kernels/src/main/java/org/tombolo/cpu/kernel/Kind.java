package org.tombolo.cpu.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import org.tombolo.graph.DType;

/// The vectors that generated code holds values in: as [Lane], with bools as masks.
enum Kind {
  FLOAT(DType.F32, FloatVector.class, float[].class),
  DOUBLE(DType.F64, DoubleVector.class, double[].class),
  INT(DType.I32, IntVector.class, int[].class),
  LONG(DType.I64, LongVector.class, long[].class),
  MASK(DType.BOOL, VectorMask.class, int[].class);

  /// Type of the elements in memory that vectors are read from and written to as they are.
  final DType dtype;

  /// Class of the vectors.
  final Class<?> vector;

  /// Class of the working arrays that such values pass through.
  final Class<?> array;

  Kind(DType dtype, Class<?> vector, Class<?> array) {
    this.dtype = dtype;
    this.vector = vector;
    this.array = array;
  }

  static Kind of(DType dtype) {
    return switch (dtype) {
      case F32, F16, BF16 -> FLOAT;
      case F64 -> DOUBLE;
      case I8, U8, I16, I32 -> INT;
      case I64 -> LONG;
      case BOOL -> MASK;
    };
  }

  /// Bytes of an element in memory.
  int bytes() {
    return dtype.bytes();
  }

  /// Whether elements are as wide as a double.
  boolean isWide() {
    return this == DOUBLE || this == LONG;
  }
}
