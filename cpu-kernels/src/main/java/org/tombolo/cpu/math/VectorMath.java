package org.tombolo.cpu.math;

import org.tombolo.graph.UnaryFn;

/// Transcendental functions of arrays. Results are the same bits at every call, whether the JVM
/// interprets or has compiled the code. Results may replace operands.
public interface VectorMath {

  /// `y[i] = fn(x[i])` for `i` from 0 to `n - 1`.
  ///
  /// @param fn one of EXP, LOG, SIN, COS, TANH, ERF
  void apply(UnaryFn fn, float[] x, float[] y, int n);

  /// `y[i] = fn(x[i])` for `i` from 0 to `n - 1`.
  ///
  /// @param fn one of EXP, LOG, SIN, COS, TANH, ERF
  void apply(UnaryFn fn, double[] x, double[] y, int n);

  /// `y[i] = a[i]` to the power `b[i]`, as IEEE 754 `pow`.
  void pow(float[] a, float[] b, float[] y, int n);

  /// `y[i] = a[i]` to the power `b[i]`, as IEEE 754 `pow`.
  void pow(double[] a, double[] b, double[] y, int n);

  /// Name for logs.
  String name();
}
