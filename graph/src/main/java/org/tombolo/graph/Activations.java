package org.tombolo.graph;

/// Formulas of activations that are more than one operation. They are made of elementwise
/// operations alone, so they fuse with what is around them.
///
/// No formula overflows on the way to a finite result, and no gradient is infinity times zero: what
/// an exponential or a power gets is limited first. Where a function is smooth its formula has the
/// right gradient at 0 too, by the choice that [Gradients] makes for `min` and `max` of equals.
final class Activations {
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  /// Beyond, the hyperbolic tangent in [#geluTanh] is 1 to the last bit of a double.
  private static final double TANH_IS_FLAT = 10;

  private Activations() {}

  static Node gelu(Node x) {
    return x.mul(0.5).mul(x.mul(Math.sqrt(0.5)).unary(UnaryFn.ERF).add(1));
  }

  static Node geluTanh(Node x) {
    Node near = x.max(-TANH_IS_FLAT).min(TANH_IS_FLAT);
    Node inner = near.mul(near.square().mul(0.044715).add(1)).mul(SQRT_2_OVER_PI);
    return x.mul(0.5).mul(inner.tanh().add(1));
  }

  static Node softplus(Node x) {
    return x.relu().add(softplusOfMinusAbs(x));
  }

  /// `log(1 + exp(-|x|))`. The gradient at 0 is 1/2, which with the 0 of `max(x, 0)` makes that of
  /// softplus.
  static Node softplusOfMinusAbs(Node x) {
    return log1p(x.neg().min(x).exp());
  }

  /// `log(1 + e)` for `e >= 0` without losing a small `e`: `u = 1 + e` is rounded, and `(e - (u -
  /// 1)) / u` is the first-order term of what was lost.
  private static Node log1p(Node e) {
    Node u = e.add(1);
    return u.log().add(e.sub(u.sub(1)).div(u));
  }

  static Node elu(Node x, double alpha) {
    return x.compare(CompareFn.GT, 0).select(x, expm1OfNegative(x).mul(alpha));
  }

  /// `exp(x) - 1` up to 0, and 0 above: `2t / (1 - t)` with `t = tanh(x / 2)`, which keeps the
  /// digits of a small `x`.
  private static Node expm1OfNegative(Node x) {
    Node t = x.builder().scalar(x.dtype(), 0).min(x).mul(0.5).tanh();
    return t.mul(2).div(t.neg().add(1));
  }

  static Node hardSigmoid(Node x) {
    return x.add(3).max(0).min(6).div(6);
  }

  static Node leakyRelu(Node x, double slope) {
    return x.compare(CompareFn.GT, 0).select(x, x.mul(slope));
  }
}
