package org.tombolo.cpu.kernel;

import org.tombolo.graph.DType;

/// The Java type that elements are computed in. Half-width floats are widened to `float` when they
/// are read and rounded when they are cast to or stored; small integers and bools are `int`s that
/// are wrapped to their range after every operation.
enum Lane {
  FLOAT,
  DOUBLE,
  INT,
  LONG;

  static Lane of(DType dtype) {
    return switch (dtype) {
      case F32, F16, BF16 -> FLOAT;
      case F64 -> DOUBLE;
      case I8, U8, I16, I32, BOOL -> INT;
      case I64 -> LONG;
    };
  }
}
