package org.tombolo.cpu.math;

import org.tombolo.graph.UnaryFn;

/// Functions of arrays that the JVM's compiler does not turn into vector instructions by itself.
/// Results are the same bits at every call, whether the JVM interprets or has compiled the code.
/// Results may replace operands.
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

  /// `y[i] = a[i]` where `c[i]` is not 0, else `b[i]`.
  void select(int[] c, float[] a, float[] b, float[] y, int n);

  /// Where `x[i]` is larger than `largest[i]`, or the first NaN, puts it there and `mark` into
  /// `marks[i]`.
  void keepLarger(float[] largest, int[] marks, float[] x, int mark, int n);

  /// Name for logs.
  String name();
}
