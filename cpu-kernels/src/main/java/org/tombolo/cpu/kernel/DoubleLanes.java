package org.tombolo.cpu.kernel;

import org.tombolo.cpu.math.VectorMath;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.UnaryFn;

/// Operations on arrays of doubles, one loop each, in the form that the JVM's compiler turns into
/// vector instructions. Results may replace operands.
final class DoubleLanes {
  private DoubleLanes() {}

  static void unary(UnaryFn fn, double[] x, double[] y, int n, VectorMath math) {
    switch (fn) {
      case NEG -> neg(x, y, n);
      case ABS -> abs(x, y, n);
      case SIGN -> sign(x, y, n);
      case SQRT -> sqrt(x, y, n);
      case FLOOR -> floor(x, y, n);
      case EXP, LOG, SIN, COS, TANH, ERF -> math.apply(fn, x, y, n);
      case NOT -> throw new IllegalArgumentException("not of doubles");
    }
  }

  static void binary(BinaryFn fn, double[] a, double[] b, double[] y, int n, VectorMath math) {
    switch (fn) {
      case ADD -> add(a, b, y, n);
      case SUB -> sub(a, b, y, n);
      case MUL -> mul(a, b, y, n);
      case DIV -> div(a, b, y, n);
      case MAX -> max(a, b, y, n);
      case MIN -> min(a, b, y, n);
      case REM -> rem(a, b, y, n);
      case POW -> math.pow(a, b, y, n);
      case AND, OR, XOR, SHL, SHR -> throw new IllegalArgumentException(fn + " of doubles");
    }
  }

  static void compare(CompareFn fn, double[] a, double[] b, int[] y, int n) {
    switch (fn) {
      case EQ -> equal(a, b, y, n, 1);
      case NE -> equal(a, b, y, n, 0);
      case LT -> less(a, b, y, n);
      case LE -> lessOrEqual(a, b, y, n);
      case GT -> less(b, a, y, n);
      case GE -> lessOrEqual(b, a, y, n);
    }
  }

  static void select(int[] c, double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = c[i] != 0 ? a[i] : b[i];
    }
  }

  private static void neg(double[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = -x[i];
    }
  }

  private static void abs(double[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.abs(x[i]);
    }
  }

  private static void sign(double[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.signum(x[i]);
    }
  }

  private static void sqrt(double[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.sqrt(x[i]);
    }
  }

  private static void floor(double[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.floor(x[i]);
    }
  }

  private static void add(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] + b[i];
    }
  }

  private static void sub(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] - b[i];
    }
  }

  private static void mul(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] * b[i];
    }
  }

  private static void div(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] / b[i];
    }
  }

  private static void max(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(a[i], b[i]);
    }
  }

  private static void min(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(a[i], b[i]);
    }
  }

  private static void rem(double[] a, double[] b, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] % b[i];
    }
  }

  private static void equal(double[] a, double[] b, int[] y, int n, int yes) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] == b[i] ? yes : 1 - yes;
    }
  }

  private static void less(double[] a, double[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] < b[i] ? 1 : 0;
    }
  }

  private static void lessOrEqual(double[] a, double[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] <= b[i] ? 1 : 0;
    }
  }
}
