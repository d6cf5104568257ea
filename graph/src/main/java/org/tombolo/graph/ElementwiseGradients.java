package org.tombolo.graph;

import org.jspecify.annotations.Nullable;

/// Gradients of the functions of one and of two elements.
final class ElementwiseGradients {
  private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

  private ElementwiseGradients() {}

  static @Nullable Node unary(UnaryFn fn, Node y, Node dy) {
    Node x = y.input(0);
    return switch (fn) {
      case NEG -> dy.neg();
      case ABS -> dy.mul(x.unary(UnaryFn.SIGN));
      case SQRT -> dy.mul(0.5).div(y);
      case EXP -> dy.mul(y);
      case LOG -> dy.div(x);
      case SIN -> dy.mul(x.unary(UnaryFn.COS));
      case COS -> dy.mul(x.unary(UnaryFn.SIN)).neg();
      case TANH -> dy.mul(y.square().neg().add(1));
      case ERF -> dy.mul(x.square().neg().exp().mul(TWO_OVER_SQRT_PI));
      case SIGN, FLOOR, NOT -> null;
    };
  }

  static @Nullable Node binary(BinaryFn fn, Node y, Node dy, int operand) {
    Node a = y.input(0);
    Node b = y.input(1);
    Node zero = y.builder().scalar(y.dtype(), 0);
    boolean first = operand == 0;
    return switch (fn) {
      case ADD -> dy;
      case SUB -> first ? dy : dy.neg();
      case MUL -> dy.mul(first ? b : a);
      case DIV -> first ? dy.div(b) : dy.div(b).mul(y).neg();
      case REM -> first ? dy : dy.mul(truncatedQuotient(a, b, y)).neg();
      case POW -> dy.mul(first ? powInBase(a, b) : powInExponent(a, b, y));
      case MAX -> {
        Node larger = a.compare(CompareFn.GT, b);
        yield first ? larger.select(dy, zero) : larger.select(zero, dy);
      }
      case MIN -> {
        Node smaller = a.compare(CompareFn.LT, b);
        yield first ? smaller.select(dy, zero) : smaller.select(zero, dy);
      }
      case AND, OR, XOR, SHL, SHR -> null;
    };
  }

  /// `(a - rem) / b` is whole but for rounding.
  private static Node truncatedQuotient(Node a, Node b, Node rem) {
    return a.sub(rem).div(b).add(0.5).unary(UnaryFn.FLOOR);
  }

  /// `p * x^(p-1)`. At `p == 0` the power may overflow where `x` is (nearly) zero and spoil the
  /// product; there another exponent is used, which does not matter as the product is zero.
  private static Node powInBase(Node x, Node p) {
    Node spoilt = p.compare(CompareFn.EQ, 0).and(x.square().compare(CompareFn.EQ, 0));
    Node exponent = spoilt.select(x.builder().scalar(x.dtype(), 1), p.sub(1));
    return p.mul(x.pow(exponent));
  }

  /// `x^p * log(x)`, which tends to 0 with `x` for positive `p` although the logarithm does not
  /// exist; for `x == 0` and `p == 0` 0 is the choice.
  private static Node powInExponent(Node x, Node p, Node y) {
    Node flat = x.compare(CompareFn.EQ, 0).and(p.compare(CompareFn.GE, 0));
    Node base = flat.select(x.builder().scalar(x.dtype(), 1), x);
    return y.mul(base.log());
  }
}
