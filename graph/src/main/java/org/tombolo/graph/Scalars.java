package org.tombolo.graph;

/// What the elementwise functions mean for single elements: a `double` for floats, a `long` for
/// integers and bools. Whole results are those of unlimited width; [#wrap] cuts them to their type.
final class Scalars {
  private Scalars() {}

  static double unary(UnaryFn fn, double x) {
    return switch (fn) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SIGN -> Math.signum(x);
      case SQRT -> Math.sqrt(x);
      case EXP -> StrictMath.exp(x);
      case LOG -> StrictMath.log(x);
      case SIN -> StrictMath.sin(x);
      case COS -> StrictMath.cos(x);
      case TANH -> StrictMath.tanh(x);
      case ERF -> ErrorFunction.erf(x);
      case FLOOR -> Math.floor(x);
      case NOT -> throw undefined(fn, "floats");
    };
  }

  static long unary(UnaryFn fn, long x) {
    return switch (fn) {
      case NEG -> -x;
      case ABS -> x < 0 ? -x : x;
      case SIGN -> Long.signum(x);
      case NOT -> ~x;
      case SQRT, EXP, LOG, SIN, COS, TANH, ERF, FLOOR -> throw undefined(fn, "integers");
    };
  }

  static double binary(BinaryFn fn, double x, double y) {
    return switch (fn) {
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case DIV -> x / y;
      case REM -> x % y;
      case POW -> pow(x, y);
      case MAX -> Math.max(x, y);
      case MIN -> Math.min(x, y);
      case AND, OR, XOR, SHL, SHR -> throw undefined(fn, "floats");
    };
  }

  static long binary(BinaryFn fn, DType dtype, long x, long y) {
    return switch (fn) {
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case DIV -> y == 0 ? 0 : x / y;
      case REM -> y == 0 ? 0 : x % y;
      case MAX -> Math.max(x, y);
      case MIN -> Math.min(x, y);
      case AND -> x & y;
      case OR -> x | y;
      case XOR -> x ^ y;
      case SHL -> shifts(dtype, y) ? x << y : 0;
      case SHR -> shifts(dtype, y) ? (x & mask(dtype)) >>> y : 0;
      case POW -> throw undefined(fn, "integers");
    };
  }

  /// Java's `pow` gives NaN where IEEE 754 (9.2.1) has 1: for a base of 1, and for -1 to an
  /// infinite power.
  private static double pow(double x, double y) {
    return x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : StrictMath.pow(x, y);
  }

  private static boolean shifts(DType dtype, long count) {
    return 0 <= count && count < dtype.bytes() * 8L;
  }

  private static long mask(DType dtype) {
    return -1L >>> (64 - dtype.bytes() * 8);
  }

  static boolean compare(CompareFn fn, double x, double y) {
    return switch (fn) {
      case EQ -> x == y;
      case NE -> x != y;
      case LT -> x < y;
      case LE -> x <= y;
      case GT -> x > y;
      case GE -> x >= y;
    };
  }

  static boolean compare(CompareFn fn, long x, long y) {
    return switch (fn) {
      case EQ -> x == y;
      case NE -> x != y;
      case LT -> x < y;
      case LE -> x <= y;
      case GT -> x > y;
      case GE -> x >= y;
    };
  }

  /// What a fold of no floats gives.
  static double nothing(ReduceFn fn) {
    return switch (fn) {
      case SUM -> 0;
      case PROD -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  /// What a fold of no integers or bools gives.
  static long nothing(ReduceFn fn, DType dtype) {
    return switch (fn) {
      case SUM -> 0;
      case PROD -> 1;
      case MAX -> smallest(dtype);
      case MIN -> largest(dtype);
    };
  }

  private static long smallest(DType dtype) {
    return switch (dtype) {
      case I8 -> Byte.MIN_VALUE;
      case I16 -> Short.MIN_VALUE;
      case I32 -> Integer.MIN_VALUE;
      case I64 -> Long.MIN_VALUE;
      case U8, BOOL -> 0;
      case F32, F16, BF16, F64 -> throw notWhole(dtype);
    };
  }

  private static long largest(DType dtype) {
    return switch (dtype) {
      case I8 -> Byte.MAX_VALUE;
      case U8 -> 0xff;
      case I16 -> Short.MAX_VALUE;
      case I32 -> Integer.MAX_VALUE;
      case I64 -> Long.MAX_VALUE;
      case BOOL -> 1;
      case F32, F16, BF16, F64 -> throw notWhole(dtype);
    };
  }

  /// The element of an integer type or of bool that has the lowest bits of `x`.
  static long wrap(DType dtype, long x) {
    return switch (dtype) {
      case I8 -> (byte) x;
      case U8 -> x & 0xff;
      case I16 -> (short) x;
      case I32 -> (int) x;
      case I64 -> x;
      case BOOL -> x & 1;
      case F32, F16, BF16, F64 -> throw notWhole(dtype);
    };
  }

  /// A float as an element of an integer type, or as a bool.
  static long toWhole(DType dtype, double x) {
    if (dtype == DType.BOOL) {
      return x != 0 ? 1 : 0;
    }
    return Math.clamp((long) x, smallest(dtype), largest(dtype));
  }

  /// An integer as an element of a float type: the nearest, with one rounding only.
  static double toFloat(DType dtype, long x) {
    if (dtype == DType.F64) {
      return x;
    }
    // A long may have more bits than a double. Its last 11 bits can only matter as "there is
    // something": they are folded into the last bit that stays.
    long rest = x & 0x7ff;
    boolean exact = rest == 0 || Math.abs(x) < (1L << 53);
    return round(dtype, exact ? x : (x - rest) | 0x800);
  }

  /// The nearest element of a float type, ties to even.
  static double round(DType dtype, double x) {
    return switch (dtype) {
      case F32 -> (float) x;
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(toOdd(x)));
      case BF16 -> Float.intBitsToFloat(Tensor.toBfloat16(toOdd(x)) << 16);
      case F64 -> x;
      case I8, U8, I16, I32, I64, BOOL ->
          throw new IllegalArgumentException(dtype + " is not a float type");
    };
  }

  /// A float that rounds to the same half-width float as `x`: inexact results get an odd last bit,
  /// so that they are never mistaken for a tie (Boldo and Melquiond, *Emulation of FMA and
  /// correctly rounded sums*, IEEE Trans. Computers 57(4), 2008).
  static float toOdd(double x) {
    float nearest = (float) x;
    if (nearest == x || Double.isNaN(x)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    boolean beyond = Math.abs((double) nearest) > Math.abs(x);
    return Float.intBitsToFloat((beyond ? bits - 1 : bits) | 1);
  }

  private static IllegalArgumentException undefined(Object fn, String kind) {
    return new IllegalArgumentException(fn + " is not defined for " + kind);
  }

  private static IllegalArgumentException notWhole(DType dtype) {
    return new IllegalArgumentException(dtype + " is not an integer type");
  }
}
