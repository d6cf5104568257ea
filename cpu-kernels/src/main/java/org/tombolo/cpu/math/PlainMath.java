package org.tombolo.cpu.math;

import org.tombolo.graph.ErrorFunction;
import org.tombolo.graph.UnaryFn;

/// The functions of [Math], element by element: within 1 unit in the last place in double precision
/// (2.5 for tanh, 4 for the error function), and so within 0.5001 after rounding to single
/// precision.
public final class PlainMath implements VectorMath {
  @Override
  public void apply(UnaryFn fn, float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) scalar(fn, x[i]);
    }
  }

  @Override
  public void apply(UnaryFn fn, double[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = scalar(fn, x[i]);
    }
  }

  @Override
  public void pow(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) pow(a[i], b[i]);
    }
  }

  @Override
  public void pow(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = pow(a[i], b[i]);
    }
  }

  @Override
  public void select(int[] c, float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = c[i] != 0 ? a[i] : b[i];
    }
  }

  @Override
  public void keepLarger(float[] largest, int[] marks, float[] x, int mark, int n) {
    for (int i = 0; i < n; i++) {
      if (x[i] > largest[i] || (Float.isNaN(x[i]) && !Float.isNaN(largest[i]))) {
        largest[i] = x[i];
        marks[i] = mark;
      }
    }
  }

  /// Java gives NaN where IEEE 754 (9.2.1) has 1: for a base of 1, and for -1 to an infinite power.
  private static double pow(double a, double b) {
    return a == 1 || (a == -1 && Double.isInfinite(b)) ? 1 : Math.pow(a, b);
  }

  private static double scalar(UnaryFn fn, double x) {
    return switch (fn) {
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
      case TANH -> Math.tanh(x);
      case ERF -> ErrorFunction.erf(x);
      case NEG, ABS, SIGN, SQRT, FLOOR, NOT -> throw new IllegalArgumentException(fn.toString());
    };
  }

  @Override
  public String name() {
    return "plain Java";
  }
}
