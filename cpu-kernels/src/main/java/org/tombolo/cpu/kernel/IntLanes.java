package org.tombolo.cpu.kernel;

import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.UnaryFn;

/// Operations on arrays of integers of up to 32 bits, and of bools. Elements are in the range of
/// their type before and after. Results may replace operands.
final class IntLanes {
  private IntLanes() {}

  static void unary(UnaryFn fn, DType dtype, int[] x, int[] y, int n) {
    switch (fn) {
      case NEG -> neg(x, y, n);
      case ABS -> abs(x, y, n);
      case SIGN -> sign(x, y, n);
      case NOT -> not(x, y, n);
      case SQRT, EXP, LOG, SIN, COS, TANH, ERF, FLOOR ->
          throw new IllegalArgumentException(fn + " of integers");
    }
    wrap(dtype, y, n);
  }

  static void binary(BinaryFn fn, DType dtype, int[] a, int[] b, int[] y, int n) {
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
      case SHL -> shl(a, b, y, n, dtype.bytes() * 8);
      case SHR -> shr(a, b, y, n, dtype.bytes() * 8);
      case POW -> throw new IllegalArgumentException("pow of integers");
    }
    wrap(dtype, y, n);
  }

  static void compare(CompareFn fn, int[] a, int[] b, int[] y, int n) {
    switch (fn) {
      case EQ -> equal(a, b, y, n, 1);
      case NE -> equal(a, b, y, n, 0);
      case LT -> less(a, b, y, n, 1);
      case LE -> less(b, a, y, n, 0);
      case GT -> less(b, a, y, n, 1);
      case GE -> less(a, b, y, n, 0);
    }
  }

  static void select(int[] c, int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = c[i] != 0 ? a[i] : b[i];
    }
  }

  /// The elements of the type that have the same low bits.
  static void wrap(DType dtype, int[] y, int n) {
    switch (dtype) {
      case I8 -> {
        for (int i = 0; i < n; i++) {
          y[i] = (byte) y[i];
        }
      }
      case U8 -> {
        for (int i = 0; i < n; i++) {
          y[i] = y[i] & 0xff;
        }
      }
      case I16 -> {
        for (int i = 0; i < n; i++) {
          y[i] = (short) y[i];
        }
      }
      case BOOL -> {
        for (int i = 0; i < n; i++) {
          y[i] = y[i] & 1;
        }
      }
      case I32 -> {}
      case I64, F32, F16, BF16, F64 -> throw new IllegalArgumentException(dtype.toString());
    }
  }

  private static void neg(int[] x, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = -x[i];
    }
  }

  private static void abs(int[] x, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.abs(x[i]);
    }
  }

  private static void sign(int[] x, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Integer.signum(x[i]);
    }
  }

  private static void not(int[] x, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = ~x[i];
    }
  }

  private static void add(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] + b[i];
    }
  }

  private static void sub(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] - b[i];
    }
  }

  private static void mul(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] * b[i];
    }
  }

  private static void div(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = b[i] == 0 ? 0 : a[i] / b[i];
    }
  }

  private static void rem(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = b[i] == 0 ? 0 : a[i] % b[i];
    }
  }

  private static void max(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(a[i], b[i]);
    }
  }

  private static void min(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(a[i], b[i]);
    }
  }

  private static void and(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] & b[i];
    }
  }

  private static void or(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] | b[i];
    }
  }

  private static void xor(int[] a, int[] b, int[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] ^ b[i];
    }
  }

  private static void shl(int[] a, int[] b, int[] y, int n, int bits) {
    for (int i = 0; i < n; i++) {
      y[i] = b[i] >= 0 && b[i] < bits ? a[i] << b[i] : 0;
    }
  }

  private static void shr(int[] a, int[] b, int[] y, int n, int bits) {
    int mask = -1 >>> (32 - bits);
    for (int i = 0; i < n; i++) {
      y[i] = b[i] >= 0 && b[i] < bits ? (a[i] & mask) >>> b[i] : 0;
    }
  }

  private static void equal(int[] a, int[] b, int[] y, int n, int yes) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] == b[i] ? yes : 1 - yes;
    }
  }

  private static void less(int[] a, int[] b, int[] y, int n, int yes) {
    for (int i = 0; i < n; i++) {
      y[i] = a[i] < b[i] ? yes : 1 - yes;
    }
  }
}
