package org.tombolo.graph;

/// The error function `erf(x) = 2/sqrt(pi) * integral of exp(-t*t) for t from 0 to x`, in double
/// precision.
///
/// Near zero the series 7.1.5 of Abramowitz and Stegun, *Handbook of Mathematical Functions*, from
/// its smallest term upwards; farther out one less the continued fraction 7.1.14 of the complement,
/// whose error shrinks with the complement. The tests hold it to 2 units in the last place.
public final class ErrorFunction {
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;
  private static final double ONE_OVER_SQRT_PI = 0.5641895835477563;

  /// Where the fraction takes over: below it the terms of the series hardly cancel.
  private static final double FAR = 1.25;

  /// Terms after the first; the next one is below 1e-26 at [#FAR].
  private static final int SERIES_TERMS = 30;

  /// Enough at [#FAR] for an error below one unit in the last place of the result.
  private static final int FRACTION_TERMS = 120;

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

  /// `2/sqrt(pi) * x * (1/1 - x^2/1 * (1/3 - x^2/2 * (1/5 - x^2/3 * ..)))`.
  private static double series(double x) {
    double square = x * x;
    double sum = 1.0 / (2 * SERIES_TERMS + 1);
    for (int n = SERIES_TERMS; n >= 1; n--) {
      sum = 1.0 / (2 * n - 1) - square / n * sum;
    }
    return TWO_OVER_SQRT_PI * x * sum;
  }

  /// `exp(-x*x)/sqrt(pi) * 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ..))))`.
  private static double complement(double x) {
    double tail = x;
    for (int n = FRACTION_TERMS; n >= 1; n--) {
      tail = x + 0.5 * n / tail;
    }
    return ONE_OVER_SQRT_PI * StrictMath.exp(-x * x) / tail;
  }
}
