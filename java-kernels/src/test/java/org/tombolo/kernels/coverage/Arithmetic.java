package org.tombolo.kernels.coverage;

import java.util.List;
import org.tombolo.kernels.Item;

/// Numbers, casts, and expressions that change variables.
@SuppressWarnings({"all", "fallthrough", "lossy-conversions"}) // it is about what others avoid
final class Arithmetic extends Constructs {
  @Override
  List<Construct> constructs() {
    return List.of(
        new Construct("increments", "++ and -- before and after"),
        new Construct("incrementIndex", "++ in an index"),
        new Construct("incrementTerm", "a variable that ++ changes inside of the sum"),
        new Construct("assignTerm", "an assignment inside of a sum"),
        new Construct("assignChain", "a = b = c"),
        new Construct("assignCondition", "an assignment as a condition"),
        new Construct("assignArgument", "an assignment as an argument"),
        new Construct("compoundAssign", "+= and its like, with narrowing"),
        new Construct("precedence", "parentheses that matter"),
        new Construct("minusMinus", "a minus before a minus"),
        new Construct("bits", "&, |, ^, ~ and shifts"),
        new Construct("shiftsOver", "shifts by more than the width"),
        new Construct("overflow", "integers that overflow"),
        new Construct("extremes", "the least and the largest integer"),
        new Construct("divide", "/ and % of negative integers"),
        new Construct("divideByMinusOne", "the least integer over -1"),
        new Construct("intMath", "functions of integers"),
        new Construct("longBits", "long with &, |, ^, ~ and shifts"),
        new Construct("longCompare", "comparisons of long"),
        new Construct("longConstants", "long constants"),
        new Construct("longDivide", "/ and % of long"),
        new Construct("castsDown", "casts to byte, short and char"),
        new Construct("castsLong", "casts between int and long"),
        new Construct("castFloatToInt", "casts of floats that do not fit"),
        new Construct("castFloatToLong", "casts of floats to long"),
        new Construct("castIntToFloat", "casts of integers to float"),
        new Construct("charType", "char"),
        new Construct("byteAndShort", "byte and short variables"),
        new Construct("floatCompare", "comparisons with what is no number"),
        new Construct("floatCompareTernary", "the same as values"),
        new Construct("floatArithmetic", "+, -, * and / of floats"),
        new Construct("floatRemainder", "% of floats"),
        new Construct("floatConstants", "infinities, the smallest float, -0"),
        new Construct("floatMaxMin", "max and min with NaN and zeros"),
        new Construct("floatMath", "abs, floor, ceil, rint and round"),
        new Construct("mandelbrot", "the loop of the Mandelbrot set"),
        new Construct("fusedMultiplyAdd", "Math.fma"));
  }

  @Override
  protected void run(Item item) {
    int i = item.globalId(1);
    int v = in.get(i);
    int result =
        switch (item.globalId(0)) {
          case 0 -> increments(v, i);
          case 1 -> incrementIndex(v, i);
          case 2 -> incrementTerm(v, i);
          case 3 -> assignTerm(v, i);
          case 4 -> assignChain(v, i);
          case 5 -> assignCondition(v, i);
          case 6 -> assignArgument(v, i);
          case 7 -> compoundAssign(v, i);
          case 8 -> precedence(v, i);
          case 9 -> minusMinus(v, i);
          case 10 -> bits(v, i);
          case 11 -> shiftsOver(v, i);
          case 12 -> overflow(v, i);
          case 13 -> extremes(v, i);
          case 14 -> divide(v, i);
          case 15 -> divideByMinusOne(v, i);
          case 16 -> intMath(v, i);
          case 17 -> longBits(v, i);
          case 18 -> longCompare(v, i);
          case 19 -> longConstants(v, i);
          case 20 -> longDivide(v, i);
          case 21 -> castsDown(v, i);
          case 22 -> castsLong(v, i);
          case 23 -> castFloatToInt(v, i);
          case 24 -> castFloatToLong(v, i);
          case 25 -> castIntToFloat(v, i);
          case 26 -> charType(v, i);
          case 27 -> byteAndShort(v, i);
          case 28 -> floatCompare(v, i);
          case 29 -> floatCompareTernary(v, i);
          case 30 -> floatArithmetic(v, i);
          case 31 -> floatRemainder(v, i);
          case 32 -> floatConstants(v, i);
          case 33 -> floatMaxMin(v, i);
          case 34 -> floatMath(v, i);
          case 35 -> mandelbrot(v, i);
          case 36 -> fusedMultiplyAdd(v, i);
          default -> 0;
        };
    out.set(item.globalId(), result);
  }

  private int increments(int v, int i) {
    int w = v;
    int a = w++;
    int b = ++w;
    int c = w--;
    int d = --w;
    return a * 1000 + b * 100 + c * 10 + d + w;
  }

  private int incrementIndex(int v, int i) {
    int k = 0;
    int s = in.get(k++);
    s += in.get(k++) * 2;
    s += in.get(++k) * 3;
    return s * 100 + k + v;
  }

  private int incrementTerm(int v, int i) {
    int a = v;
    return a++ + a++ * 2 + a;
  }

  private int assignTerm(int v, int i) {
    int a = v;
    return a + (a = 7) * a;
  }

  private int assignChain(int v, int i) {
    int a;
    int b;
    int c;
    a = b = c = v * 2;
    return a + b * 10 + c * 100;
  }

  private int assignCondition(int v, int i) {
    int a;
    if ((a = v) > 2) {
      return a;
    }
    return a * 10;
  }

  private int assignArgument(int v, int i) {
    int a = v;
    return minus(a, a = 5) + a;
  }

  private int compoundAssign(int v, int i) {
    int r = v;
    r += 2.7f;
    r *= 1.5f;
    r -= i;
    r <<= 2;
    r >>>= 1;
    r ^= v;
    r |= 1;
    r &= 0xffff;
    r %= 1000;
    r /= 3;
    byte b = (byte) r;
    b >>= 1;
    b += 100;
    b++;
    return r + b;
  }

  private int precedence(int v, int i) {
    return v / (3 * 2) + v * (7 / 2) - (v - (3 - v)) % (5 - (1 + 1)) - (-v);
  }

  private int minusMinus(int v, int i) {
    return - -v - -5 - (-v);
  }

  private int bits(int v, int i) {
    return (v & 0xff) | (v << 3) ^ (~v) + (v >> 2) - (v >>> 28);
  }

  private int shiftsOver(int v, int i) {
    return (v << v) + (v >> (v + 40)) + (v >>> -3);
  }

  private int overflow(int v, int i) {
    return v * 0x7fffffff + (v << 30) - Integer.MIN_VALUE + -v;
  }

  private int extremes(int v, int i) {
    return (v == Integer.MIN_VALUE ? 1 : 2) + (v < Integer.MAX_VALUE ? 4 : 8) + Integer.MIN_VALUE;
  }

  private int divide(int v, int i) {
    return v / 7 + v % 7 * 100 + v / -3;
  }

  private int divideByMinusOne(int v, int i) {
    int m = v == 0 ? -1 : v;
    return Integer.MIN_VALUE / m + Integer.MIN_VALUE % m;
  }

  private int intMath(int v, int i) {
    return Math.max(v, 3)
        - Math.min(v, 2)
        + Math.abs(v)
        + Integer.bitCount(v)
        + Integer.numberOfLeadingZeros(v);
  }

  private int longBits(int v, int i) {
    long l = lin.get(i);
    long r = (l & 0xffL) | (l << 33) ^ (~l) + (l >> 2) - (l >>> 60) + (l >>> i);
    return (int) r ^ (int) (r >>> 32);
  }

  private int longCompare(int v, int i) {
    long l = lin.get(i);
    int r = l > 5L ? 1 : l == 0 ? 2 : 3;
    long m = l > 100 ? l : -l;
    return r + (int) m;
  }

  private int longConstants(int v, int i) {
    long r = lin.get(i) * 6364136223846793005L + 1442695040888963407L + Long.MIN_VALUE;
    return (int) (r >>> 32);
  }

  private int longDivide(int v, int i) {
    long l = lin.get(i);
    return (int) (l / 1000003L + l % 1000003L + l / (v | 1));
  }

  private int castsDown(int v, int i) {
    int w = v * 1000;
    return (byte) w + (short) w * 3 + (char) w * 5;
  }

  private int castsLong(int v, int i) {
    return (int) lin.get(i) + (byte) lin.get(i) + (int) ((long) v * v >> 3);
  }

  private int castFloatToInt(int v, int i) {
    return (int) fin.get(i);
  }

  private int castFloatToLong(int v, int i) {
    long l = (long) fin.get(i);
    return (int) l ^ (int) (l >>> 32);
  }

  private int castIntToFloat(int v, int i) {
    return Float.floatToRawIntBits(v / 2 + v / 2f + 1f / 3f);
  }

  private int charType(int v, int i) {
    char c = (char) (v + 65);
    c += 2;
    return c + 1;
  }

  private int byteAndShort(int v, int i) {
    byte b = (byte) (v * 37);
    short s = (short) (v * 4099);
    b++;
    s *= 3;
    return (b & 0xff) + b + (s & 0xffff) + s;
  }

  private int floatCompare(int v, int i) {
    float f = fin.get(i);
    int r = 0;
    if (f > 1f) {
      r |= 1;
    }
    if (f < 1f) {
      r |= 2;
    }
    if (f >= 1f) {
      r |= 4;
    }
    if (f <= 1f) {
      r |= 8;
    }
    if (f == 1f) {
      r |= 16;
    }
    if (f != 1f) {
      r |= 32;
    }
    if (!(f > 1f)) {
      r |= 64;
    }
    if (!(f < 1f)) {
      r |= 128;
    }
    if (f != f) {
      r |= 256;
    }
    return r;
  }

  private int floatCompareTernary(int v, int i) {
    float f = fin.get(i);
    return (f > 1f ? 1 : 0)
        + (!(f >= 1f) ? 4 : 0)
        + (!(f <= 1f) ? 8 : 0)
        + (f > 0f && !(f > 5f) || f != f ? 16 : 0);
  }

  private int floatArithmetic(int v, int i) {
    float f = fin.get(i);
    return Float.floatToIntBits((f * 1e-3f - 2f) / (f + 0.5f) + - -f);
  }

  private int floatRemainder(int v, int i) {
    return Float.floatToIntBits(fin.get(i) % 3f);
  }

  private int floatConstants(int v, int i) {
    float f = fin.get(i);
    float g =
        f > 0
            ? Float.POSITIVE_INFINITY
            : f < -5 ? Float.NEGATIVE_INFINITY : f < 0 ? Float.MIN_VALUE : -0f;
    return Float.floatToRawIntBits(g) + Float.floatToRawIntBits(0.1f);
  }

  private int floatMaxMin(int v, int i) {
    return Float.floatToIntBits(Math.max(fin.get(i), 0f))
        ^ Float.floatToIntBits(Math.min(fin.get(i), -0f));
  }

  private int floatMath(int v, int i) {
    float f = fin.get(i);
    return Float.floatToIntBits(Math.abs(f))
        ^ Float.floatToIntBits((float) Math.floor(f))
        ^ (int) Math.ceil(f)
        ^ (int) Math.rint(f)
        ^ Math.round(f);
  }

  private int fusedMultiplyAdd(int v, int i) {
    float x = 1 + v * 0x1p-12f;
    return Float.floatToRawIntBits(Math.fma(x, x, -1f));
  }

  private int mandelbrot(int v, int i) {
    float x = i * 0.05f - 2f;
    float y = 0.3f;
    float zx = x;
    float zy = y;
    int c = 0;
    while (c < 64 && zx * zx + zy * zy < 8f) {
      float t = zx * zx - zy * zy + x;
      zy = 2f * zx * zy + y;
      zx = t;
      c++;
    }
    return c;
  }

  private static int minus(int a, int b) {
    return a - b;
  }
}
