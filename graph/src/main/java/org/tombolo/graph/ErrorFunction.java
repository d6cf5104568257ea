package org.tombolo.graph;

/// The error function `erf(x) = 2/sqrt(pi) * integral of exp(-t*t) for t from 0 to x`, in double
/// precision.
///
/// Near zero the series of Abramowitz and Stegun, *Handbook of Mathematical Functions* 7.1.6, all
/// of whose terms have one sign, so that nothing cancels; farther out one less the continued
/// fraction 7.1.14 of the complement, whose error shrinks with the complement. Tests hold it to 4
/// units in the last place.
public final class ErrorFunction {
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;
  private static final double ONE_OVER_SQRT_PI = 0.5641895835477563;

  /// Where the fraction takes over: there 60 of its terms give more digits than a double holds.
  private static final double FAR = 2;

  private static final int FRACTION_TERMS = 60;

  /// From here on the complement is below half a unit in the last place of 1.
  private static final double SATURATED = 6;

  private ErrorFunction() {}

  /// The error function: odd, from -1 at -Inf to 1 at +Inf; NaN of NaN, -0 of -0.
  public static double erf(double x) {
    double magnitude = Math.abs(x);
    if (magnitude >= SATURATED) {
      return Math.copySign(1, x);
    }
    return magnitude < FAR ? series(x) : Math.copySign(1 - complement(magnitude), x);
  }

  /// `2/sqrt(pi) * exp(-x*x) * (x + 2/3 x^3 + 4/15 x^5 + ..)`.
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > Math.abs(sum) * 0x1p-60; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_SQRT_PI * gaussian(x) * sum;
  }

  /// `exp(-x*x)/sqrt(pi) * 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ..))))`.
  private static double complement(double x) {
    double tail = x;
    for (int n = FRACTION_TERMS; n >= 1; n--) {
      tail = x + 0.5 * n / tail;
    }
    return ONE_OVER_SQRT_PI * gaussian(x) / tail;
  }

  /// `exp(-x*x)`, with the rounding error of the square put back in.
  private static double gaussian(double x) {
    double square = x * x;
    double lost = Math.fma(x, x, -square);
    return StrictMath.exp(-square) * (1 - lost);
  }
}
