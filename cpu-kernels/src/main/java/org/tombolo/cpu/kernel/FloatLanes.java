package org.tombolo.cpu.kernel;

import org.tombolo.cpu.math.VectorMath;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.UnaryFn;

/// Operations on arrays of floats, one loop each, in the form that the JVM's compiler turns into
/// vector instructions. Results may replace operands.
final class FloatLanes {
  private FloatLanes() {}

  static void unary(UnaryFn fn, float[] x, float[] y, int n, VectorMath math) {
    switch (fn) {
      case NEG -> neg(x, y, n);
      case ABS -> abs(x, y, n);
      case SIGN -> sign(x, y, n);
      case SQRT -> sqrt(x, y, n);
      case FLOOR -> floor(x, y, n);
      case EXP, LOG, SIN, COS, TANH, ERF -> math.apply(fn, x, y, n);
      case NOT -> throw new IllegalArgumentException("not of floats");
    }
  }

  static void binary(BinaryFn fn, float[] a, float[] b, float[] y, int n, VectorMath math) {
    switch (fn) {
      case ADD -> add(a, b, y, n);
      case SUB -> sub(a, b, y, n);
      case MUL -> mul(a, b, y, n);
      case DIV -> div(a, b, y, n);
      case MAX -> max(a, b, y, n);
      case MIN -> min(a, b, y, n);
      case REM -> rem(a, b, y, n);
      case POW -> math.pow(a, b, y, n);
      case AND, OR, XOR, SHL, SHR -> throw new IllegalArgumentException(fn + " of floats");
    }
  }

  static void compare(CompareFn fn, float[] a, float[] b, int[] y, int n) {
    switch (fn) {
      case EQ -> equal(a, b, y, n, 1);
      case NE -> equal(a, b, y, n, 0);
      case LT -> less(a, b, y, n);
      case LE -> lessOrEqual(a, b, y, n);
      case GT -> less(b, a, y, n);
      case GE -> lessOrEqual(b, a, y, n);
    }
  }

  private static void neg(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = -x[i];
    }
  }

  private static void abs(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.abs(x[i]);
    }
  }

  private static void sign(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.signum(x[i]);
    }
  }

  private static void sqrt(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.sqrt(x[i]);
    }
  }

  private static void floor(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.floor(x[i]);
    }
  }

  private static void add(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] + b[i];
    }
  }

  private static void sub(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] - b[i];
    }
  }

  private static void mul(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] * b[i];
    }
  }

  private static void div(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] / b[i];
    }
  }

  private static void max(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(a[i], b[i]);
    }
  }

  private static void min(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(a[i], b[i]);
    }
  }

  private static void rem(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] % b[i];
    }
  }

  private static void equal(float[] a, float[] b, int[] y, int n, int yes) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] == b[i] ? yes : 1 - yes;
    }
  }

  private static void less(float[] a, float[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] < b[i] ? 1 : 0;
    }
  }

  private static void lessOrEqual(float[] a, float[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] <= b[i] ? 1 : 0;
    }
  }
}
