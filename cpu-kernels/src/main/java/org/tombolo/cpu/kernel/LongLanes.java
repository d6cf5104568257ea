package org.tombolo.cpu.kernel;

import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.UnaryFn;

/// Operations on arrays of 64-bit integers. Results may replace operands.
final class LongLanes {
  private LongLanes() {}

  static void unary(UnaryFn fn, long[] x, long[] y, int n) {
    switch (fn) {
      case NEG -> neg(x, y, n);
      case ABS -> abs(x, y, n);
      case SIGN -> sign(x, y, n);
      case NOT -> not(x, y, n);
      case SQRT, EXP, LOG, SIN, COS, TANH, ERF, FLOOR ->
          throw new IllegalArgumentException(fn + " of integers");
    }
  }

  static void binary(BinaryFn fn, long[] a, long[] b, long[] y, int n) {
    switch (fn) {
      case ADD -> add(a, b, y, n);
      case SUB -> sub(a, b, y, n);
      case MUL -> mul(a, b, y, n);
      case DIV -> div(a, b, y, n);
      case REM -> rem(a, b, y, n);
      case MAX -> max(a, b, y, n);
      case MIN -> min(a, b, y, n);
      case AND -> and(a, b, y, n);
      case OR -> or(a, b, y, n);
      case XOR -> xor(a, b, y, n);
      case SHL -> shl(a, b, y, n);
      case SHR -> shr(a, b, y, n);
      case POW -> throw new IllegalArgumentException("pow of integers");
    }
  }

  static void compare(CompareFn fn, long[] a, long[] b, int[] y, int n) {
    switch (fn) {
      case EQ -> equal(a, b, y, n, 1);
      case NE -> equal(a, b, y, n, 0);
      case LT -> less(a, b, y, n, 1);
      case LE -> less(b, a, y, n, 0);
      case GT -> less(b, a, y, n, 1);
      case GE -> less(a, b, y, n, 0);
    }
  }

  static void select(int[] c, long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = c[i] != 0 ? a[i] : b[i];
    }
  }

  private static void neg(long[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = -x[i];
    }
  }

  private static void abs(long[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.abs(x[i]);
    }
  }

  private static void sign(long[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Long.signum(x[i]);
    }
  }

  private static void not(long[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = ~x[i];
    }
  }

  private static void add(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] + b[i];
    }
  }

  private static void sub(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] - b[i];
    }
  }

  private static void mul(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] * b[i];
    }
  }

  private static void div(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = b[i] == 0 ? 0 : a[i] / b[i];
    }
  }

  private static void rem(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = b[i] == 0 ? 0 : a[i] % b[i];
    }
  }

  private static void max(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(a[i], b[i]);
    }
  }

  private static void min(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(a[i], b[i]);
    }
  }

  private static void and(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] & b[i];
    }
  }

  private static void or(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] | b[i];
    }
  }

  private static void xor(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] ^ b[i];
    }
  }

  private static void shl(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = b[i] >= 0 && b[i] < 64 ? a[i] << b[i] : 0;
    }
  }

  private static void shr(long[] a, long[] b, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = b[i] >= 0 && b[i] < 64 ? a[i] >>> b[i] : 0;
    }
  }

  private static void equal(long[] a, long[] b, int[] y, int n, int yes) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] == b[i] ? yes : 1 - yes;
    }
  }

  private static void less(long[] a, long[] b, int[] y, int n, int yes) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] < b[i] ? yes : 1 - yes;
    }
  }
}
