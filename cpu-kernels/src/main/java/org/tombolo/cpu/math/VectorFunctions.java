package org.tombolo.cpu.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Single-precision functions of vectors of any length, from additions, multiplications, divisions
/// and fused multiply-adds alone, so that an element's result has the same bits at any place in any
/// vector.
///
/// The API's own functions are not used: their results differ in the last bit between interpreted
/// and compiled code, and so from one run to the next.
///
/// Errors, found on some 215,000 floats over the whole range (see the tests): exp 1 unit in the
/// last place, log 1, tanh 2.5, erf 2. [#floor] and [#sign] are exact.
public final class VectorFunctions {
  private VectorFunctions() {}

  // exp: x = k*ln2 + r with |r| <= ln2/2; e^x = 2^k * e^r.

  private static final float LOG2_E = 0x1.715476p0f;

  /// 1.5 * 2^23: adding it rounds to a whole number and leaves that in the low bits; so does half
  /// of its bits, since the lowest 22 are 0.
  private static final float ROUNDER = 12582912f;

  private static final int ONE_BITS = 0x3f800000;

  /// ln 2 in two parts, the first with trailing zeros so that its products with k are exact.
  private static final float LN2_HIGH = 0x1.62e3p-1f;

  private static final float LN2_LOW = 0x1.2fefa2p-17f;

  /// The largest number with a finite exponential, and the smallest with one above zero.
  private static final float EXP_TOP = 0x1.62e42ep6f;

  private static final float EXP_BOTTOM = -0x1.9fe368p6f;

  /// The smallest number with a normal exponential.
  private static final float EXP_NORMAL = -0x1.5d589ep6f;

  /// `e^x`; of NaN, NaN.
  public static FloatVector exp(FloatVector x) {
    FloatVector moved = x.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
    FloatVector p = fraction(x, moved);
    // 2^k in two factors, since k goes down to -150 and up to 128.
    IntVector whole = moved.reinterpretAsInts();
    IntVector half = whole.lanewise(VectorOperators.LSHR, 1);
    FloatVector result = p.mul(powerOfTwo(half)).mul(powerOfTwo(whole.sub(half)));
    result = result.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, EXP_TOP));
    return result.blend(0, x.compare(VectorOperators.LT, EXP_BOTTOM));
  }

  /// `e^x` for x of 0 or less; 0 where that is below the normal numbers.
  public static FloatVector expOfNegative(FloatVector x) {
    FloatVector result = expOfSmall(x);
    return result.blend(0, x.compare(VectorOperators.LT, EXP_NORMAL));
  }

  /// `e^x` where that is a normal number.
  private static FloatVector expOfSmall(FloatVector x) {
    FloatVector moved = x.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
    return fraction(x, moved).mul(powerOfTwo(moved.reinterpretAsInts()));
  }

  /// `e^r`, where `moved` is the multiple of ln 2 to take off, with the rounder added.
  private static FloatVector fraction(FloatVector x, FloatVector moved) {
    return expMinusOne(remainder(x, moved)).add(1);
  }

  /// What is left of `x`.
  private static FloatVector remainder(FloatVector x, FloatVector moved) {
    FloatVector k = moved.sub(ROUNDER);
    FloatVector r = k.fma(x.broadcast(-LN2_HIGH), x);
    return k.fma(x.broadcast(-LN2_LOW), r);
  }

  /// Bits above the lowest nine of `k` do not matter.
  private static FloatVector powerOfTwo(IntVector k) {
    return k.lanewise(VectorOperators.LSHL, 23).add(ONE_BITS).reinterpretAsFloats();
  }

  /// `e^r - 1` for |r| <= ln2/2: the Taylor series to r^7, whose rest is below 2^-27 there.
  private static FloatVector expMinusOne(FloatVector r) {
    FloatVector p = r.broadcast(1f / 5040);
    p = p.fma(r, r.broadcast(1f / 720));
    p = p.fma(r, r.broadcast(1f / 120));
    p = p.fma(r, r.broadcast(1f / 24));
    p = p.fma(r, r.broadcast(1f / 6));
    p = p.fma(r, r.broadcast(0.5f));
    return p.mul(r).fma(r, r);
  }

  // log: x = 2^k * m with m in [sqrt(1/2), sqrt(2)); with f = m - 1 and s = f/(2 + f),
  // log(m) = 2s + 2/3 s^3 + 2/5 s^5 + .. = f - (f^2/2 - s*(f^2/2 + R)), R = 2/3 s^2 + 2/5 s^4 + ..,
  // which loses nothing for small f (FreeBSD, s_log.c).

  private static final float SQRT_HALF = 0x1.6a09e6p-1f;

  /// The natural logarithm.
  public static FloatVector log(FloatVector x) {
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
    FloatVector scaled = x.blend(x.mul(0x1p25f), tiny);
    IntVector bits = scaled.reinterpretAsInts();
    int offset = Float.floatToRawIntBits(1f) - Float.floatToRawIntBits(SQRT_HALF);
    IntVector moved = bits.add(offset);
    IntVector exponent = moved.lanewise(VectorOperators.ASHR, 23).sub(127);
    FloatVector m =
        moved.and(0x7fffff).add(Float.floatToRawIntBits(SQRT_HALF)).reinterpretAsFloats();
    FloatVector k = (FloatVector) exponent.convert(VectorOperators.I2F, 0);
    k = k.sub(x.broadcast(0).blend(25, tiny));
    FloatVector f = m.sub(1);
    FloatVector s = f.div(f.add(2));
    FloatVector z = s.mul(s);
    FloatVector rest = x.broadcast(2f / 9);
    rest = rest.fma(z, x.broadcast(2f / 7));
    rest = rest.fma(z, x.broadcast(2f / 5));
    rest = rest.fma(z, x.broadcast(2f / 3));
    rest = rest.mul(z);
    FloatVector half = f.mul(f).mul(0.5f);
    FloatVector low = k.mul(LN2_LOW).add(s.mul(half.add(rest)));
    FloatVector result = k.fma(x.broadcast(LN2_HIGH), f.sub(half.sub(low)));
    result = result.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0));
    result = result.blend(Float.NaN, x.compare(VectorOperators.LT, 0));
    result =
        result.blend(
            Float.POSITIVE_INFINITY, x.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY));
    return result.blend(x, x.test(VectorOperators.IS_NAN));
  }

  // tanh: with t = e^(2|x|) - 1, tanh|x| = t / (t + 2); and with 2|x| = k*ln2 + r,
  // t = 2^k * (e^r - 1) + (2^k - 1), which loses nothing for small |x|, where k is 0.

  /// From here on the result rounds to 1.
  private static final float TANH_TOP = 9.02f;

  /// The hyperbolic tangent; of NaN, NaN.
  public static FloatVector tanh(FloatVector x) {
    FloatVector a = x.abs();
    a = a.blend(TANH_TOP, a.compare(VectorOperators.GT, TANH_TOP));
    a = a.add(a);
    FloatVector moved = a.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDER));
    FloatVector power = powerOfTwo(moved.reinterpretAsInts());
    FloatVector t = expMinusOne(remainder(a, moved)).fma(power, power.sub(1));
    return withSignOf(x, t.div(t.add(2)));
  }

  // erf: up to 1 its power series (Abramowitz and Stegun, 7.1.5), farther out 1 - e^-q(|x|), where
  // q is
  // a least-squares fit of -log(1 - erf) on [0.95, 4], weighted by what it does to the result.

  private static final float TWO_OVER_SQRT_PI = 1.1283792f;

  /// What the float above lacks.
  private static final float TWO_OVER_SQRT_PI_LOW = (float) (1.1283791670955126 - TWO_OVER_SQRT_PI);

  /// From here on the result rounds to 1.
  private static final float ERF_TOP = 4;

  /// The error function.
  public static FloatVector erf(FloatVector x) {
    FloatVector a = x.abs();
    a = a.blend(ERF_TOP, a.compare(VectorOperators.GT, ERF_TOP));
    FloatVector z = a.mul(a);
    FloatVector p = x.broadcast(TWO_OVER_SQRT_PI / 76204800f);
    p = p.fma(z, x.broadcast(-TWO_OVER_SQRT_PI / 6894720f));
    p = p.fma(z, x.broadcast(TWO_OVER_SQRT_PI / 685440f));
    p = p.fma(z, x.broadcast(-TWO_OVER_SQRT_PI / 75600f));
    p = p.fma(z, x.broadcast(TWO_OVER_SQRT_PI / 9360f));
    p = p.fma(z, x.broadcast(-TWO_OVER_SQRT_PI / 1320f));
    p = p.fma(z, x.broadcast(TWO_OVER_SQRT_PI / 216f));
    p = p.fma(z, x.broadcast(-TWO_OVER_SQRT_PI / 42f));
    p = p.fma(z, x.broadcast(TWO_OVER_SQRT_PI / 10f));
    p = p.fma(z, x.broadcast(-TWO_OVER_SQRT_PI / 3f));
    FloatVector low = a.mul(p.fma(z, x.broadcast(TWO_OVER_SQRT_PI_LOW)));
    FloatVector near = a.fma(x.broadcast(TWO_OVER_SQRT_PI), low);
    FloatVector q = x.broadcast(0x1.560ad8p-16f);
    q = q.fma(a, x.broadcast(-0x1.be1c9p-12f));
    q = q.fma(a, x.broadcast(0x1.0e3bb6p-8f));
    q = q.fma(a, x.broadcast(-0x1.995692p-6f));
    q = q.fma(a, x.broadcast(0x1.ba98eep-4f));
    q = q.fma(a, x.broadcast(0x1.446262p-1f));
    q = q.fma(a, x.broadcast(0x1.21208p0f));
    q = q.fma(a, x.broadcast(-0x1.3ad19ap-13f));
    FloatVector far = x.broadcast(1).sub(expOfSmall(q.neg()));
    FloatVector result = far.blend(near, a.compare(VectorOperators.LT, 1));
    return withSignOf(x, result).blend(x, x.test(VectorOperators.IS_NAN));
  }

  /// The largest whole number that is not larger.
  public static FloatVector floor(FloatVector x) {
    FloatVector whole =
        (FloatVector) x.convert(VectorOperators.F2I, 0).convert(VectorOperators.I2F, 0);
    FloatVector down = whole.sub(1);
    FloatVector result = whole.blend(down, whole.compare(VectorOperators.GT, x));
    // From 2^23 on all are whole.
    VectorMask<Float> small = x.abs().compare(VectorOperators.LT, 0x1p23f);
    return x.blend(withSignOf(x, result), small);
  }

  /// 1 or -1 as the sign is; zeros and NaN as they are.
  public static FloatVector sign(FloatVector x) {
    return x.blend(1, x.compare(VectorOperators.GT, 0)).blend(-1, x.compare(VectorOperators.LT, 0));
  }

  /// The sign of x, also of a zero.
  private static FloatVector withSignOf(FloatVector x, FloatVector magnitude) {
    IntVector sign = x.reinterpretAsInts().and(Integer.MIN_VALUE);
    return magnitude.reinterpretAsInts().or(sign).reinterpretAsFloats();
  }
}
