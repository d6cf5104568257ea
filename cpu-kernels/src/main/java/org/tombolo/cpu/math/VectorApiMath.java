package org.tombolo.cpu.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.tombolo.graph.UnaryFn;

/// Single-precision exp, log, tanh and erf on the Vector API, from additions, multiplications and
/// fused multiply-adds alone; the rest as [PlainMath].
///
/// The API's own functions are not used: their results differ in the last bit between interpreted
/// and compiled code, and so from one run to the next.
///
/// Errors, found on some 215,000 floats over the whole range (see the tests): exp 1 unit in the
/// last place, log 1, tanh 2, erf 2.
public final class VectorApiMath implements VectorMath {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

  private final PlainMath plain = new PlainMath();

  @Override
  public void apply(UnaryFn fn, float[] x, float[] y, int n) {
    switch (fn) {
      case EXP -> exp(x, y, n);
      case LOG -> log(x, y, n);
      case TANH -> tanh(x, y, n);
      case ERF -> erf(x, y, n);
      case SIN, COS, NEG, ABS, SIGN, SQRT, FLOOR, NOT -> plain.apply(fn, x, y, n);
    }
  }

  @Override
  public void apply(UnaryFn fn, double[] x, double[] y, int n) {
    plain.apply(fn, x, y, n);
  }

  @Override
  public void pow(float[] a, float[] b, float[] y, int n) {
    plain.pow(a, b, y, n);
  }

  @Override
  public void pow(double[] a, double[] b, double[] y, int n) {
    plain.pow(a, b, y, n);
  }

  @Override
  public void select(int[] c, float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i += F.length()) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      VectorMask<Float> yes =
          IntVector.fromArray(I, c, i, inside.cast(I)).compare(VectorOperators.NE, 0).cast(F);
      FloatVector.fromArray(F, b, i, inside)
          .blend(FloatVector.fromArray(F, a, i, inside), yes)
          .intoArray(y, i, inside);
    }
  }

  @Override
  public void keepLarger(float[] largest, int[] marks, float[] x, int mark, int n) {
    for (int i = 0; i < n; i += F.length()) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector old = FloatVector.fromArray(F, largest, i, inside);
      FloatVector value = FloatVector.fromArray(F, x, i, inside);
      VectorMask<Float> firstNan =
          value.test(VectorOperators.IS_NAN).andNot(old.test(VectorOperators.IS_NAN));
      VectorMask<Float> larger = value.compare(VectorOperators.GT, old).or(firstNan).and(inside);
      value.intoArray(largest, i, larger);
      IntVector.broadcast(I, mark).intoArray(marks, i, larger.cast(I));
    }
  }

  @Override
  public String name() {
    return "Vector API, " + F.vectorBitSize() + " bits";
  }

  private static void exp(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      exp(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      exp(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  private static void log(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      log(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      log(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  private static void tanh(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      tanh(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      tanh(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  private static void erf(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      erf(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      erf(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  // exp: x = k*ln2 + r with |r| <= ln2/2; e^x = 2^k * e^r.

  private static final float LOG2_E = 0x1.715476p0f;

  /// 1.5 * 2^23: adding it rounds to a whole number and leaves that in the low bits.
  private static final float ROUNDER = 12582912f;

  /// ln 2 in two parts, the first with trailing zeros so that its products with k are exact.
  private static final float LN2_HIGH = 0x1.62e3p-1f;

  private static final float LN2_LOW = 0x1.2fefa2p-17f;

  /// The largest number with a finite exponential, and the smallest with one above zero.
  private static final float EXP_TOP = 0x1.62e42ep6f;

  private static final float EXP_BOTTOM = -0x1.9fe368p6f;

  private static FloatVector exp(FloatVector x) {
    FloatVector inside = x.max(EXP_BOTTOM - 1).min(EXP_TOP + 1);
    FloatVector k = inside.mul(LOG2_E).add(ROUNDER).sub(ROUNDER);
    FloatVector r = k.fma(FloatVector.broadcast(F, -LN2_HIGH), inside);
    r = k.fma(FloatVector.broadcast(F, -LN2_LOW), r);
    FloatVector p = expMinusOne(r).add(1);
    // 2^k in two factors, since k goes down to -150 and up to 128.
    IntVector whole = k.convert(VectorOperators.F2I, 0).reinterpretAsInts();
    IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
    FloatVector result = p.mul(powerOfTwo(half)).mul(powerOfTwo(whole.sub(half)));
    result = result.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, EXP_TOP));
    result = result.blend(0, x.compare(VectorOperators.LT, EXP_BOTTOM));
    return result.blend(x, x.test(VectorOperators.IS_NAN));
  }

  private static FloatVector powerOfTwo(IntVector k) {
    return k.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  /// `e^r - 1` for |r| <= ln2/2: the Taylor series to r^7, whose rest is below 2^-27 there.
  private static FloatVector expMinusOne(FloatVector r) {
    FloatVector p = FloatVector.broadcast(F, 1f / 5040);
    p = p.fma(r, FloatVector.broadcast(F, 1f / 720));
    p = p.fma(r, FloatVector.broadcast(F, 1f / 120));
    p = p.fma(r, FloatVector.broadcast(F, 1f / 24));
    p = p.fma(r, FloatVector.broadcast(F, 1f / 6));
    p = p.fma(r, FloatVector.broadcast(F, 0.5f));
    return p.mul(r).fma(r, r);
  }

  // log: x = 2^k * m with m in [sqrt(1/2), sqrt(2)); with f = m - 1 and s = f/(2 + f),
  // log(m) = 2s + 2/3 s^3 + 2/5 s^5 + .. = f - (f^2/2 - s*(f^2/2 + R)), R = 2/3 s^2 + 2/5 s^4 + ..,
  // which loses nothing for small f (FreeBSD, s_log.c).

  private static final float SQRT_HALF = 0x1.6a09e6p-1f;

  private static FloatVector log(FloatVector x) {
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
    FloatVector scaled = x.blend(x.mul(0x1p25f), tiny);
    IntVector bits = scaled.reinterpretAsInts();
    int offset = Float.floatToRawIntBits(1f) - Float.floatToRawIntBits(SQRT_HALF);
    IntVector moved = bits.add(offset);
    IntVector exponent = moved.lanewise(VectorOperators.ASHR, 23).sub(127);
    FloatVector m =
        moved.and(0x7fffff).add(Float.floatToRawIntBits(SQRT_HALF)).reinterpretAsFloats();
    FloatVector k = (FloatVector) exponent.convert(VectorOperators.I2F, 0);
    k = k.sub(FloatVector.zero(F).blend(25, tiny));
    FloatVector f = m.sub(1);
    FloatVector s = f.div(f.add(2));
    FloatVector z = s.mul(s);
    FloatVector rest = FloatVector.broadcast(F, 2f / 9);
    rest = rest.fma(z, FloatVector.broadcast(F, 2f / 7));
    rest = rest.fma(z, FloatVector.broadcast(F, 2f / 5));
    rest = rest.fma(z, FloatVector.broadcast(F, 2f / 3));
    rest = rest.mul(z);
    FloatVector half = f.mul(f).mul(0.5f);
    FloatVector low = k.mul(LN2_LOW).add(s.mul(half.add(rest)));
    FloatVector result = k.fma(FloatVector.broadcast(F, LN2_HIGH), f.sub(half.sub(low)));
    result = result.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0));
    result = result.blend(Float.NaN, x.compare(VectorOperators.LT, 0));
    result =
        result.blend(
            Float.POSITIVE_INFINITY, x.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY));
    return result.blend(x, x.test(VectorOperators.IS_NAN));
  }

  // tanh: with t = e^(2|x|) - 1, tanh|x| = t / (t + 2); small |x| by its odd series.

  /// From here on the result rounds to 1.
  private static final float TANH_TOP = 9.02f;

  private static final float TANH_SERIES = 0.35f;

  private static FloatVector tanh(FloatVector x) {
    FloatVector a = x.abs().min(TANH_TOP);
    FloatVector t = exp(a.add(a));
    FloatVector far = FloatVector.broadcast(F, 1).sub(FloatVector.broadcast(F, 2).div(t.add(1)));
    FloatVector z = a.mul(a);
    // x - x^3/3 + 2/15 x^5 - 17/315 x^7 + 62/2835 x^9 - 1382/155925 x^11
    FloatVector p = FloatVector.broadcast(F, -1382f / 155925);
    p = p.fma(z, FloatVector.broadcast(F, 62f / 2835));
    p = p.fma(z, FloatVector.broadcast(F, -17f / 315));
    p = p.fma(z, FloatVector.broadcast(F, 2f / 15));
    p = p.fma(z, FloatVector.broadcast(F, -1f / 3));
    FloatVector near = p.mul(z).fma(a, a);
    FloatVector result = far.blend(near, a.compare(VectorOperators.LT, TANH_SERIES));
    // The sign of x, also of a zero.
    IntVector sign = x.reinterpretAsInts().and(Integer.MIN_VALUE);
    result = result.reinterpretAsInts().or(sign).reinterpretAsFloats();
    return result.blend(x, x.test(VectorOperators.IS_NAN));
  }

  // erf: up to 1 its power series (Abramowitz and Stegun, 7.1.5), farther out 1 - e^-q(|x|), where
  // q
  // is a least-squares fit of -log(1 - erf) on [0.95, 4], weighted by what it does to the result.

  private static final float TWO_OVER_SQRT_PI = 1.1283792f;

  /// What the float above lacks.
  private static final float TWO_OVER_SQRT_PI_LOW = (float) (1.1283791670955126 - TWO_OVER_SQRT_PI);

  /// From here on the result rounds to 1.
  private static final float ERF_TOP = 4;

  private static FloatVector erf(FloatVector x) {
    FloatVector a = x.abs().min(ERF_TOP);
    FloatVector z = a.mul(a);
    FloatVector p = FloatVector.broadcast(F, TWO_OVER_SQRT_PI / 76204800f);
    p = p.fma(z, FloatVector.broadcast(F, -TWO_OVER_SQRT_PI / 6894720f));
    p = p.fma(z, FloatVector.broadcast(F, TWO_OVER_SQRT_PI / 685440f));
    p = p.fma(z, FloatVector.broadcast(F, -TWO_OVER_SQRT_PI / 75600f));
    p = p.fma(z, FloatVector.broadcast(F, TWO_OVER_SQRT_PI / 9360f));
    p = p.fma(z, FloatVector.broadcast(F, -TWO_OVER_SQRT_PI / 1320f));
    p = p.fma(z, FloatVector.broadcast(F, TWO_OVER_SQRT_PI / 216f));
    p = p.fma(z, FloatVector.broadcast(F, -TWO_OVER_SQRT_PI / 42f));
    p = p.fma(z, FloatVector.broadcast(F, TWO_OVER_SQRT_PI / 10f));
    p = p.fma(z, FloatVector.broadcast(F, -TWO_OVER_SQRT_PI / 3f));
    FloatVector low = a.mul(p.fma(z, FloatVector.broadcast(F, TWO_OVER_SQRT_PI_LOW)));
    FloatVector near = a.fma(FloatVector.broadcast(F, TWO_OVER_SQRT_PI), low);
    FloatVector q = FloatVector.broadcast(F, 0x1.560ad8p-16f);
    q = q.fma(a, FloatVector.broadcast(F, -0x1.be1c9p-12f));
    q = q.fma(a, FloatVector.broadcast(F, 0x1.0e3bb6p-8f));
    q = q.fma(a, FloatVector.broadcast(F, -0x1.995692p-6f));
    q = q.fma(a, FloatVector.broadcast(F, 0x1.ba98eep-4f));
    q = q.fma(a, FloatVector.broadcast(F, 0x1.446262p-1f));
    q = q.fma(a, FloatVector.broadcast(F, 0x1.21208p0f));
    q = q.fma(a, FloatVector.broadcast(F, -0x1.3ad19ap-13f));
    FloatVector far = FloatVector.broadcast(F, 1).sub(exp(q.neg()));
    FloatVector result = far.blend(near, a.compare(VectorOperators.LT, 1));
    // The sign of x, also of a zero.
    IntVector sign = x.reinterpretAsInts().and(Integer.MIN_VALUE);
    result = result.reinterpretAsInts().or(sign).reinterpretAsFloats();
    return result.blend(x, x.test(VectorOperators.IS_NAN));
  }
}
