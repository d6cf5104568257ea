package org.tombolo.opencl.codegen;

import java.util.StringJoiner;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.UnaryFn;

/// Expressions of OpenCL C for elements of any type, with one lane or several. Operands are names
/// of variables, so they may be repeated.
///
/// Scalars and vectors differ in C: comparisons of vectors give -1 per lane, vectors of short
/// integers do not turn into `int`, and they have no `&&`. The conversions and `as_` functions are
/// the same for both.
///
/// @param width lanes: 1, 2, 4, 8 or 16
record Lanes(int width) {
  static final Lanes ONE = new Lanes(1);

  boolean scalar() {
    return width == 1;
  }

  /// Type of a value.
  String type(DType dtype) {
    return of(CType.computed(dtype));
  }

  /// A type or a function name for this many lanes.
  String of(String name) {
    return CType.lanes(name, width);
  }

  /// The same number in each lane.
  String all(DType dtype, String number) {
    return "(%s)(%s)".formatted(type(dtype), number);
  }

  /// An element known now.
  String literal(DType dtype, Tensor value) {
    return all(dtype, number(dtype, value.at(0), value.longAt(0)));
  }

  /// A number as C writes it: floats in hexadecimal, so that none is lost.
  static String number(DType dtype, double real, long whole) {
    return switch (dtype) {
      case F32, F16, BF16 -> {
        float x = (float) real;
        yield Float.isNaN(x)
            ? "NAN"
            : Float.isInfinite(x) ? (x > 0 ? "INFINITY" : "-INFINITY") : Float.toHexString(x) + "f";
      }
      case F64 ->
          Double.isNaN(real)
              ? "as_double(0x7ff8000000000000UL)"
              : Double.isInfinite(real)
                  ? "as_double(0x%xUL)".formatted(Double.doubleToRawLongBits(real))
                  : Double.toHexString(real);
      case I64 -> whole == Long.MIN_VALUE ? "(-0x7fffffffffffffffL - 1L)" : whole + "L";
      case I32 -> whole == Integer.MIN_VALUE ? "(-0x7fffffff - 1)" : Long.toString(whole);
      case I8, U8, I16, BOOL -> Long.toString(whole);
    };
  }

  /// What a fold begins with.
  String identity(ReduceFn fn, DType dtype) {
    boolean least = fn == ReduceFn.MAX;
    return switch (fn) {
      case SUM -> all(dtype, number(dtype, 0, 0));
      case PROD -> all(dtype, number(dtype, 1, 1));
      case MAX, MIN ->
          all(
              dtype,
              number(
                  dtype,
                  least ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY,
                  switch (dtype) {
                    case I8 -> least ? Byte.MIN_VALUE : Byte.MAX_VALUE;
                    case I16 -> least ? Short.MIN_VALUE : Short.MAX_VALUE;
                    case I32 -> least ? Integer.MIN_VALUE : Integer.MAX_VALUE;
                    case I64 -> least ? Long.MIN_VALUE : Long.MAX_VALUE;
                    case U8 -> least ? 0 : 255;
                    case BOOL -> least ? 0 : 1;
                    case F32, F16, BF16, F64 -> 0;
                  }));
    };
  }

  /// Loads from `name[position]` on, neighbours `stride` elements apart.
  String load(DType dtype, String name, String position, long stride) {
    if (scalar() || stride == 0) {
      String one =
          switch (dtype) {
            case F16 -> "vload_half(0, %s + (%s))".formatted(name, position);
            case BF16 -> "as_float((uint)%s[%s] << 16)".formatted(name, position);
            case F32, F64, I8, U8, I16, I32, I64, BOOL -> "%s[%s]".formatted(name, position);
          };
      return scalar() ? one : all(dtype, one);
    }
    if (stride == 1) {
      String from = "%s + (%s)".formatted(name, position);
      return switch (dtype) {
        case F16 ->
            "%s(%s(0, (const __global ushort *)(%s)))"
                .formatted(of("half_float"), of("vload"), from);
        case BF16 ->
            "%s(%s(%s(0, %s)) << 16)"
                .formatted(of("as_float"), of("convert_uint"), of("vload"), from);
        case F32, F64, I8, U8, I16, I32, I64, BOOL -> "%s(0, %s)".formatted(of("vload"), from);
      };
    }
    StringJoiner parts = new StringJoiner(", ", "(" + type(dtype) + ")(", ")");
    for (int lane = 0; lane < width; lane++) {
      String at = lane == 0 ? position : "%s + (%d)".formatted(position, lane * stride);
      parts.add(ONE.load(dtype, name, at, 0));
    }
    return parts.toString();
  }

  /// A statement that stores a value at `name[position]` and after.
  String store(DType dtype, String name, String position, String value) {
    String to = "%s + (%s)".formatted(name, position);
    return switch (dtype) {
      case F16 ->
          scalar()
              ? "vstore_half_rte(%s, 0, %s);".formatted(value, to)
              : "%s(%s(%s), 0, (__global ushort *)(%s));"
                  .formatted(of("vstore"), of("half_bits"), value, to);
      case BF16 ->
          scalar()
              ? "%s[%s] = bf16_bits(%s);".formatted(name, position, value)
              : "%s(%s(%s), 0, %s);".formatted(of("vstore"), of("bf16_bits"), value, to);
      case F32, F64, I8, U8, I16, I32, I64, BOOL ->
          scalar()
              ? "%s[%s] = %s;".formatted(name, position, value)
              : "%s(%s, 0, %s);".formatted(of("vstore"), value, to);
    };
  }

  String unary(UnaryFn fn, DType dtype, String a) {
    if (dtype.isFloat()) {
      return switch (fn) {
        case NEG -> "-" + a;
        case ABS -> "fabs(%s)".formatted(a);
        case SIGN ->
            choose(
                dtype,
                "%s > %s".formatted(a, all(dtype, "0")),
                all(dtype, "1"),
                choose(dtype, "%s < %s".formatted(a, all(dtype, "0")), all(dtype, "-1"), a));
        case SQRT, EXP, LOG, TANH, ERF, FLOOR -> "%s(%s)".formatted(fn, a);
        // One by one: PoCL 3.1 gets the vector forms wrong, the sine of a very small number next to
        // a large one in its third digit. The same goes for powers of doubles.
        case SIN, COS ->
            "%s(%s)"
                .formatted(
                    scalar() ? fn : of("%s_each_%s".formatted(fn, CType.computed(dtype))), a);
        case NOT -> throw new IllegalArgumentException("not of " + dtype);
      };
    }
    return switch (fn) {
      case NEG -> wrapped(dtype, all(dtype, "0"), "-", a);
      case ABS -> dtype == DType.U8 ? a : "%s(abs(%s))".formatted(as(dtype), a);
      case SIGN ->
          scalar()
              ? cut(dtype, "(%s > 0) - (%s < 0)".formatted(a, a))
              : "%s((%s < %s) - (%s > %s))"
                  .formatted(as(dtype), a, all(dtype, "0"), a, all(dtype, "0"));
      case NOT ->
          dtype == DType.BOOL
              ? "%s ^ %s".formatted(a, all(dtype, "1"))
              : scalar() ? cut(dtype, "~" + a) : "~" + a;
      case SQRT, EXP, LOG, SIN, COS, TANH, ERF, FLOOR ->
          throw new IllegalArgumentException(fn + " of " + dtype);
    };
  }

  String binary(BinaryFn fn, DType dtype, String a, String b) {
    if (dtype.isFloat()) {
      return switch (fn) {
        case ADD -> "%s + %s".formatted(a, b);
        case SUB -> "%s - %s".formatted(a, b);
        case MUL -> "%s * %s".formatted(a, b);
        case DIV -> "%s / %s".formatted(a, b);
        case REM -> "%s(%s, %s)".formatted(of("remainder_" + CType.computed(dtype)), a, b);
        case POW ->
            dtype == DType.F64
                ? "%s(%s, %s)".formatted(scalar() ? "pow" : of("pow_each_double"), a, b)
                : "pow(%s, %s)".formatted(a, b);
        case MAX -> choose(dtype, "(%s > %s) | (%s != %s)".formatted(a, b, a, a), a, b);
        case MIN -> choose(dtype, "(%s < %s) | (%s != %s)".formatted(a, b, a, a), a, b);
        case AND, OR, XOR, SHL, SHR -> throw new IllegalArgumentException(fn + " of " + dtype);
      };
    }
    return switch (fn) {
      case ADD -> wrapped(dtype, a, "+", b);
      case SUB -> wrapped(dtype, a, "-", b);
      case MUL -> wrapped(dtype, a, "*", b);
      case DIV -> divided(dtype, a, "/", b, wrapped(dtype, all(dtype, "0"), "-", a));
      case REM -> divided(dtype, a, "%", b, all(dtype, "0"));
      case MAX -> "max(%s, %s)".formatted(a, b);
      case MIN -> "min(%s, %s)".formatted(a, b);
      case AND -> bits(dtype, a, "&", b);
      case OR -> bits(dtype, a, "|", b);
      case XOR -> bits(dtype, a, "^", b);
      case SHL -> shifted(dtype, a, "<<", b);
      case SHR -> shifted(dtype, a, ">>", b);
      case POW -> throw new IllegalArgumentException(fn + " of " + dtype);
    };
  }

  /// A test as truth values.
  String compare(CompareFn fn, DType dtype, String a, String b) {
    String test =
        switch (fn) {
          case EQ -> "%s == %s".formatted(a, b);
          case NE -> "%s != %s".formatted(a, b);
          case LT -> "%s < %s".formatted(a, b);
          case LE -> "%s <= %s".formatted(a, b);
          case GT -> "%s > %s".formatted(a, b);
          case GE -> "%s >= %s".formatted(a, b);
        };
    return scalar()
        ? "(uchar)(%s)".formatted(test)
        : "%s(-%s(%s))".formatted(of("as_uchar"), of("convert_char"), test);
  }

  /// One value or another, by truth values.
  String select(DType dtype, String condition, String yes, String no) {
    String test =
        scalar()
            ? condition
            : "%s(%s) != (%s)(0)"
                .formatted(of("convert_" + CType.mask(dtype)), condition, of(CType.mask(dtype)));
    return choose(dtype, test, yes, no);
  }

  /// An element of one type as another.
  String cast(DType from, DType to, String a) {
    if (from == to) {
      return a;
    }
    if (to == DType.BOOL) {
      return compare(CompareFn.NE, from, a, all(from, "0"));
    }
    if (to == DType.F16 || to == DType.BF16) {
      String near =
          switch (from) {
            case F64, I32, I64 -> "%s(%s)".formatted(of("odd_from_" + CType.computed(from)), a);
            case F32, F16, BF16 -> a;
            case I8, U8, I16, BOOL -> "%s(%s)".formatted(of("convert_float"), a);
          };
      return "%s(%s)".formatted(of(to == DType.F16 ? "round_half" : "round_bf16"), near);
    }
    String convert = of("convert_" + CType.computed(to));
    if (from.isFloat() && to.isInteger()) {
      // Platforms should make NaN a 0 (OpenCL C 1.2, 6.2.3.3), and not all do.
      String number = choose(from, "%s == %s".formatted(a, a), a, all(from, "0"));
      return "%s_sat_rtz(%s)".formatted(convert, number);
    }
    return CType.computed(from).equals(CType.computed(to)) ? a : "%s(%s)".formatted(convert, a);
  }

  /// `yes` where the test holds. The test is in C's form for the operands' type.
  String choose(DType dtype, String test, String yes, String no) {
    return scalar()
        ? "((%s) ? %s : %s)".formatted(test, yes, no)
        : "select(%s, %s, %s(%s))".formatted(no, yes, of("as_" + CType.mask(dtype)), test);
  }

  private String as(DType dtype) {
    return of("as_" + CType.computed(dtype));
  }

  /// A scalar of `int` back in its own type.
  private String cut(DType dtype, String expression) {
    return "(%s)(%s)".formatted(type(dtype), expression);
  }

  /// Arithmetic that wraps around.
  private String wrapped(DType dtype, String a, String sign, String b) {
    if (scalar() && CType.promotes(dtype)) {
      return cut(dtype, "%s %s %s".formatted(a, sign, b));
    }
    String unsigned = of("as_" + CType.unsigned(dtype));
    return "%s(%s(%s) %s %s(%s))".formatted(as(dtype), unsigned, a, sign, unsigned, b);
  }

  private String bits(DType dtype, String a, String sign, String b) {
    String expression = "%s %s %s".formatted(a, sign, b);
    return scalar() && CType.promotes(dtype) ? cut(dtype, expression) : expression;
  }

  /// Division that never divides by 0 nor the smallest integer by -1, not even in a lane whose
  /// result is thrown away: processors trap on both.
  private String divided(DType dtype, String a, String sign, String b, String byMinusOne) {
    String zero = all(dtype, "0");
    String one = all(dtype, "1");
    boolean signed = dtype != DType.U8;
    String isZero = "%s == %s".formatted(b, zero);
    String isMinusOne = "%s == %s".formatted(b, all(dtype, "-1"));
    String bad = signed ? "(%s) | (%s)".formatted(isZero, isMinusOne) : isZero;
    String quotient = "%s %s %s".formatted(a, sign, choose(dtype, bad, one, b));
    if (scalar() && CType.promotes(dtype)) {
      quotient = cut(dtype, quotient);
    } else {
      quotient = "(" + quotient + ")";
    }
    String known = signed ? choose(dtype, isMinusOne, byMinusOne, quotient) : quotient;
    return choose(dtype, isZero, zero, known);
  }

  private String shifted(DType dtype, String a, String sign, String b) {
    int bits = dtype.bytes() * 8;
    String count = all(dtype, Integer.toString(bits));
    String fits =
        dtype == DType.U8
            ? "%s < %s".formatted(b, count)
            : "(%s >= %s) & (%s < %s)".formatted(b, all(dtype, "0"), b, count);
    String unsigned = of(CType.unsigned(dtype));
    String result =
        scalar()
            ? "(%s)((%s)%s %s (%s & %d))".formatted(type(dtype), unsigned, a, sign, b, bits - 1)
            : "%s(as_%s(%s) %s as_%s(%s & %s))"
                .formatted(
                    as(dtype),
                    unsigned,
                    a,
                    sign,
                    unsigned,
                    b,
                    all(dtype, Integer.toString(bits - 1)));
    return choose(dtype, fits, result, all(dtype, "0"));
  }
}
