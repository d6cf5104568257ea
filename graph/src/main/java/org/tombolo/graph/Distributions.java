package org.tombolo.graph;

/// Random numbers of other distributions, made of the bits of [Op.RandomBits] by elementwise
/// operations: one word for each number, so that the number at a position depends on the key and
/// the position alone. Devices give the same numbers but for rounding.
///
/// Normal numbers are the inverse of their distribution function at a uniform number. The inverse
/// error function is the single-precision form of Giles, *Approximating the erfinv function*, GPU
/// Computing Gems Jade Edition, 2011, table 5: two polynomials in `w = -log((1 - x)(1 + x))`, off
/// by less than 4e-7 of the result.
final class Distributions {
  private static final double NEAR_LIMIT = 5;

  /// Coefficients in `w - 2.5`, highest power first, below the limit.
  private static final double[] NEAR = {
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941
  };

  /// Coefficients in `sqrt(w) - 3`, highest power first, above it.
  private static final double[] FAR = {
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682
  };

  /// The largest f32 below 1.
  private static final double BELOW_ONE = 1 - 0x1p-24;

  private Distributions() {}

  /// Standard normal numbers. The 2^23 values lie symmetric about 0, up to 5.3 in magnitude.
  static Node normal(GraphBuilder g, Node key, Shape shape) {
    // The centres of 2^23 equal parts of (-1, 1), which f32 holds exactly.
    return inverse(steps(g, key, shape).mul(0x1p-22).add(0x1p-23 - 1));
  }

  /// Standard normal numbers between two bounds.
  static Node truncatedNormal(GraphBuilder g, Node key, Shape shape, double low, double high) {
    if (!(low < high && low <= 3 && high >= -3 && low > -1e9 && high < 1e9)) {
      throw new ShapeException(
          "truncated normal: bounds are %s and %s; need low < high, low <= 3 and high >= -3"
              .formatted(low, high),
          "-2 and 2");
    }
    double from = ErrorFunction.erf(low / Math.sqrt(2));
    double to = ErrorFunction.erf(high / Math.sqrt(2));
    double part = (to - from) * 0x1p-23;
    Node share = steps(g, key, shape).mul(part).add(from + part / 2);
    return inverse(share.max(-BELOW_ONE).min(BELOW_ONE)).max(low).min(high);
  }

  /// True with a probability, in steps of 2^-24.
  static Node bernoulli(GraphBuilder g, Node key, Shape shape, double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new ShapeException(
          "bernoulli: probability is %s; need 0 to 1".formatted(probability), "0.5");
    }
    return g.randomUniform(key, shape).compare(CompareFn.LT, probability);
  }

  /// The whole numbers below a count, in an order that is random: positions sorted by random words,
  /// and again until no two are likely to have had equal words each time. Words tie in pairs with a
  /// probability of 2^-32, and there are less than `count^2 / 2` pairs; after enough rounds a tie
  /// of any is less likely than `1 / (2 * count)`, and even then only the order of two is fixed.
  static Node permutation(GraphBuilder g, Node key, long count) {
    if (count < 0 || count > Integer.MAX_VALUE) {
      throw new ShapeException(
          "permutation: of %d elements; need 0 to 2^31 - 1".formatted(count),
          "a permutation of blocks, and one inside each");
    }
    int rounds = Math.max(1, Math.ceilDiv(3 * (64 - Long.numberOfLeadingZeros(count)), 32));
    Node words = g.randomBits(key, Shape.of(rounds, count));
    Node order = row(words, 0).argSort(0, false);
    for (int round = 1; round < rounds; round++) {
      order = order.gather(0, row(words, round).argSort(0, false));
    }
    return order;
  }

  private static Node row(Node x, int row) {
    return x.slice(0, row, row + 1).reshape(x.shape().dim(1));
  }

  /// Whole numbers below 2^23, as floats.
  private static Node steps(GraphBuilder g, Node key, Shape shape) {
    return g.randomBits(key, shape).binary(BinaryFn.SHR, g.scalar(DType.I32, 9)).cast(DType.F32);
  }

  /// `sqrt(2) * erfinv(x)`.
  private static Node inverse(Node x) {
    Node w = x.neg().add(1).mul(x.add(1)).log().neg();
    Node near = polynomial(NEAR, w.sub(2.5));
    Node far = polynomial(FAR, w.sqrt().sub(3));
    return w.compare(CompareFn.LT, NEAR_LIMIT).select(near, far).mul(x).mul(Math.sqrt(2));
  }

  private static Node polynomial(double[] coefficients, Node x) {
    Node sum = x.mul(coefficients[0]).add(coefficients[1]);
    for (int i = 2; i < coefficients.length; i++) {
      sum = sum.mul(x).add(coefficients[i]);
    }
    return sum;
  }
}
