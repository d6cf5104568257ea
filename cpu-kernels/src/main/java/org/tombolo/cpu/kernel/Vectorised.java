package org.tombolo.cpu.kernel;

import org.tombolo.device.LoopKernel;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.UnaryFn;

/// Which operations generated code has.
final class Vectorised {
  private Vectorised() {}

  /// Whether memory holds elements in the form that vectors are read from.
  static boolean isDirect(DType dtype) {
    return switch (dtype) {
      case F32, F64, I32 -> true;
      case I64 -> Species.hasLongs();
      case BOOL -> Species.hasBytes(Species.lanes(true));
      case F16, BF16, I8, U8, I16 -> false;
    };
  }

  /// Whether an operation of a loop has a form on vectors.
  static boolean has(LoopSpace space, int value) {
    DType dtype = space.dtype(value);
    for (int operand : space.operands(value)) {
      if (!isComputed(space.dtype(operand))) {
        return false;
      }
    }
    if (!isComputed(dtype)) {
      return false;
    }
    return switch (space.loop.body().get(value)) {
      case LoopKernel.Unary(UnaryFn fn, int _) -> isClosed(dtype) && has(fn, dtype);
      case LoopKernel.Binary(BinaryFn fn, int _, int _) -> isClosed(dtype) && has(fn, dtype);
      case LoopKernel.Compare _, LoopKernel.Select _ -> true;
      case LoopKernel.Cast _ -> isExact(dtype);
      case LoopKernel.Load _, LoopKernel.Literal _, LoopKernel.Index _, LoopKernel.Random _ ->
          false;
    };
  }

  private static boolean isComputed(DType dtype) {
    return dtype != DType.I64 || Species.hasLongs();
  }

  /// Whether results need not be brought back into the range of the type.
  private static boolean isClosed(DType dtype) {
    return switch (dtype) {
      case F32, F16, BF16, F64, I32, I64, BOOL -> true;
      case I8, U8, I16 -> false;
    };
  }

  /// Whether elements are all that a vector's element can be, so that a cast needs no rounding.
  private static boolean isExact(DType dtype) {
    return switch (dtype) {
      case F32, F64, I32, I64, BOOL -> true;
      case F16, BF16, I8, U8, I16 -> false;
    };
  }

  private static boolean has(UnaryFn fn, DType dtype) {
    return switch (fn) {
      case NEG, ABS, SIGN, NOT -> true;
      case SQRT -> true;
      case FLOOR, EXP, LOG, TANH, ERF -> dtype != DType.F64;
      case SIN, COS -> false;
    };
  }

  private static boolean has(BinaryFn fn, DType dtype) {
    return switch (fn) {
      case ADD, SUB, MUL, MAX, MIN, AND, OR, XOR -> true;
      case DIV -> dtype.isFloat();
      case SHL, SHR -> dtype != DType.BOOL;
      case REM, POW -> false;
    };
  }

  /// About how much code an operation becomes.
  static int weight(LoopKernel.Value value) {
    return switch (value) {
      case LoopKernel.Unary(UnaryFn fn, int _) ->
          switch (fn) {
            case NEG, ABS, SQRT, NOT -> 1;
            case SIGN -> 4;
            case FLOOR -> 8;
            case EXP -> 25;
            case LOG, TANH -> 30;
            case ERF -> 45;
            case SIN, COS -> 1;
          };
      case LoopKernel.Binary _, LoopKernel.Compare _, LoopKernel.Select _, LoopKernel.Cast _ -> 1;
      case LoopKernel.Load _, LoopKernel.Literal _, LoopKernel.Index _, LoopKernel.Random _ -> 0;
    };
  }
}
