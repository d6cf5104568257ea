package org.tombolo.onnx.export;

import java.util.Map;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ElementType;

/// Functions of elements as nodes: ONNX's own where they mean the same, and what makes up the
/// difference where they do not.
final class ElementNodes {
  private final Draft draft;

  ElementNodes(Draft draft) {
    this.draft = draft;
  }

  Ref unary(UnaryFn fn, Ref x) {
    DType dtype = x.dtype();
    return switch (fn) {
      case NEG ->
          dtype == DType.U8 ? draft.map("Sub", draft.scalar(dtype, 0), x) : draft.map("Neg", x);
      case ABS -> draft.map("Abs", x);
      case SIGN -> {
        Ref sign = draft.map("Sign", x);
        yield dtype.isFloat() ? draft.where(isNan(x), x, sign) : sign;
      }
      case SQRT -> draft.map("Sqrt", x);
      case EXP -> draft.map("Exp", x);
      case LOG -> draft.map("Log", x);
      case SIN -> draft.cast(draft.map("Sin", withoutBf16(x)), dtype);
      case COS -> draft.cast(draft.map("Cos", withoutBf16(x)), dtype);
      case TANH -> draft.map("Tanh", x);
      case ERF -> draft.map("Erf", x);
      case FLOOR -> draft.map("Floor", x);
      case NOT ->
          dtype == DType.BOOL
              ? draft.map("Not", x)
              : draft.map("Sub", draft.scalar(dtype, dtype == DType.U8 ? 255 : -1), x);
    };
  }

  Ref isNan(Ref x) {
    return draft.map("IsNaN", DType.BOOL, x);
  }

  private Ref withoutBf16(Ref x) {
    return x.dtype() == DType.BF16 ? draft.cast(x, DType.F32) : x;
  }

  /// @param harmless whether the second operand is known to be no divisor of 0 or -1, and no count
  ///   of bits below 0 or beyond the width
  Ref binary(BinaryFn fn, Ref x, Ref y, boolean harmless) {
    boolean logic = x.dtype() == DType.BOOL;
    return switch (fn) {
      case ADD -> draft.map("Add", x, y);
      case SUB -> draft.map("Sub", x, y);
      case MUL -> draft.map("Mul", x, y);
      case DIV -> x.dtype().isFloat() || harmless ? draft.map("Div", x, y) : quotient(x, y);
      case REM -> x.dtype().isFloat() ? remainder(x, y) : rest(x, harmless ? y : divisor(y));
      case POW -> draft.map("Pow", x, y);
      case MAX -> draft.map(logic ? "Or" : "Max", x, y);
      case MIN -> draft.map(logic ? "And" : "Min", x, y);
      case AND -> logic ? draft.map("And", x, y) : bitwise("BitwiseAnd", x, y);
      case OR -> logic ? draft.map("Or", x, y) : bitwise("BitwiseOr", x, y);
      case XOR -> logic ? draft.map("Xor", x, y) : bitwise("BitwiseXor", x, y);
      case SHL -> shift("LEFT", x, y, harmless);
      case SHR -> shift("RIGHT", x, y, harmless);
    };
  }

  private Ref bitwise(String operator, Ref x, Ref y) {
    draft.needBitwise();
    return draft.map(operator, x, y);
  }

  /// ONNX has Python's remainder and C's; this is C's.
  private Ref remainder(Ref x, Ref y) {
    TensorType type = new TensorType(x.dtype(), Draft.repeated(x, y));
    return draft.node("Mod", type, Draft.attribute("fmod", 1), x, y);
  }

  /// The remainder of whole numbers.
  private Ref rest(Ref x, Ref divisor) {
    return draft.map("Sub", x, draft.map("Mul", draft.map("Div", x, divisor), divisor));
  }

  /// Divisors with 1 in place of 0 and -1, which others may stop at.
  private Ref divisor(Ref y) {
    return draft.where(isOdd(y), draft.scalar(y.dtype(), 1), y);
  }

  private Ref isOdd(Ref y) {
    Ref zero = draft.map("Equal", DType.BOOL, y, draft.scalar(y.dtype(), 0));
    return y.dtype() == DType.U8
        ? zero
        : draft.map("Or", zero, draft.map("Equal", DType.BOOL, y, draft.scalar(y.dtype(), -1)));
  }

  /// The quotient of whole numbers: by 1, times such a divisor, is what is meant: 0, and the
  /// opposite.
  private Ref quotient(Ref x, Ref y) {
    Ref factor = draft.where(isOdd(y), y, draft.scalar(y.dtype(), 1));
    return draft.map("Mul", draft.map("Div", x, divisor(y)), factor);
  }

  /// Shifts are of unsigned numbers in ONNX, and by less than their width.
  private Ref shift(String direction, Ref x, Ref count, boolean harmless) {
    DType dtype = x.dtype();
    Ref zero = draft.scalar(dtype, 0);
    if (harmless) {
      return signed(shifted(direction, x, count), dtype);
    }
    Ref inside =
        draft.map(
            "And",
            draft.map("GreaterOrEqual", DType.BOOL, count, zero),
            draft.map("Less", DType.BOOL, count, draft.scalar(dtype, dtype.bytes() * 8)));
    Ref bits = shifted(direction, x, draft.where(inside, count, zero));
    return draft.where(inside, signed(bits, dtype), zero);
  }

  private Ref shifted(String direction, Ref x, Ref count) {
    Map<String, Attribute> way = Map.of("direction", new Attribute.StringValue(direction));
    TensorType type = new TensorType(x.dtype(), Draft.repeated(x, count));
    return draft.node("BitShift", type, way, unsigned(x), unsigned(count));
  }

  /// The bits as an unsigned number that runtimes shift: of 8, 32 or 64 bits.
  private Ref unsigned(Ref x) {
    return switch (x.dtype()) {
      case U8 -> x;
      case I8 -> recast(x, ElementType.UINT8);
      case I16 -> recast(recast(x, ElementType.UINT16), ElementType.UINT32);
      case I32 -> recast(x, ElementType.UINT32);
      case I64 -> recast(x, ElementType.UINT64);
      case F32, F16, BF16, F64, BOOL ->
          throw new IllegalArgumentException(x.dtype() + " is not shifted");
    };
  }

  private Ref signed(Ref bits, DType to) {
    return to == DType.U8 ? bits : recast(bits, ElementType.of(to));
  }

  private Ref recast(Ref x, ElementType to) {
    return draft.node("Cast", x.type(), Draft.attribute("to", to.number()), x);
  }

  Ref compare(CompareFn fn, Ref x, Ref y) {
    boolean ordered = fn != CompareFn.EQ && fn != CompareFn.NE;
    if (ordered && x.dtype() == DType.BOOL) {
      return compare(fn, draft.cast(x, DType.I32), draft.cast(y, DType.I32));
    }
    return switch (fn) {
      case EQ -> draft.map("Equal", DType.BOOL, x, y);
      case NE -> draft.map("Not", draft.map("Equal", DType.BOOL, x, y));
      case LT -> draft.map("Less", DType.BOOL, x, y);
      case LE -> draft.map("LessOrEqual", DType.BOOL, x, y);
      case GT -> draft.map("Greater", DType.BOOL, x, y);
      case GE -> draft.map("GreaterOrEqual", DType.BOOL, x, y);
    };
  }

  /// Elements as another type; see [org.tombolo.graph.Op.Cast].
  Ref cast(Ref x, DType to) {
    return x.dtype().isFloat() && to.isInteger() ? whole(x, to) : draft.cast(x, to);
  }

  /// ONNX leaves open what floats beyond the range of an integer type become. So they are brought
  /// into it first, in a type that has the ends of the range or, for 64 bits, nearly so.
  private Ref whole(Ref x, DType to) {
    DType wide = to == DType.I32 || x.dtype() == DType.F64 ? DType.F64 : DType.F32;
    Ref floats = draft.cast(x, wide);
    Ref numbers = draft.where(isNan(floats), draft.scalar(wide, 0), floats);
    double low = smallest(to);
    double high = largest(to, wide);
    Ref clipped =
        draft.node(
            "Clip", numbers.type(), numbers, draft.scalar(wide, low), draft.scalar(wide, high));
    Ref whole = draft.cast(clipped, to);
    if (to != DType.I64) {
      return whole;
    }
    Ref beyond = draft.map("GreaterOrEqual", DType.BOOL, numbers, draft.scalar(wide, 0x1p63));
    Tensor last = Tensor.of(new long[] {Long.MAX_VALUE});
    return draft.where(beyond, draft.constant(last), whole);
  }

  private static double smallest(DType dtype) {
    return dtype == DType.U8 ? 0 : -Math.scalb(1.0, dtype.bytes() * 8 - 1);
  }

  /// Largest number of an integer type that a float type has.
  private static double largest(DType dtype, DType in) {
    return switch (dtype) {
      case U8 -> 255;
      case I64 -> in == DType.F64 ? Math.nextDown(0x1p63) : Math.nextDown(0x1p63f);
      default -> Math.scalb(1.0, dtype.bytes() * 8 - 1) - 1;
    };
  }
}
