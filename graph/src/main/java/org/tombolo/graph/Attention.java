package org.tombolo.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Scaled dot-product attention: `softmax(q * k^T * scale) * v` for each head (Vaswani et al.,
/// *Attention is all you need*, NeurIPS 2017, section 3.2.1).
///
/// | value  | type                                                                         |
/// |--------|------------------------------------------------------------------------------|
/// | `q`    | `float[n, h, tq, d]`                                                         |
/// | `k`    | `float[n, g, tk, d]`, `g` a divisor of `h`: `h/g` neighbouring heads of `q` share one |
/// | `v`    | `float[n, g, tk, e]`                                                         |
/// | `mask` | optional; `[n, h, tq, tk]`, any of them 1 to be repeated: bool, true where a query may see a key, or float, added to the scores |
/// | result | `float[n, h, tq, e]`                                                         |
///
/// The softmax shifts by the largest score, so no exponential overflows. A key that must not be
/// seen (a float mask of -Inf says so too) has weight 0 exactly; a query that may see none gets
/// zeros.
///
/// @param scale of the scores, usually `1 / sqrt(d)`
/// @param causal whether a query sees no key that comes later. The last query stands beside the
///   last key, so that new queries can be added to keys that are kept: query `i` sees keys up to `i
///   + tk
///   - tq`
public record Attention(double scale, boolean causal) implements Composite {

  @Override
  public String name() {
    return "attention";
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    if (in.size() != 3 && in.size() != 4) {
      throw mistake(in);
    }
    TensorType q = in.get(0);
    TensorType k = in.get(1);
    TensorType v = in.get(2);
    boolean fits =
        q.dtype().isFloat()
            && q.rank() == 4
            && k.rank() == 4
            && v.rank() == 4
            && k.dtype() == q.dtype()
            && v.dtype() == q.dtype()
            && k.dim(0) == q.dim(0)
            && k.dim(3) == q.dim(3)
            && k.dim(1) > 0
            && q.dim(1) % k.dim(1) == 0
            && v.shape().equals(k.shape().withDim(3, v.dim(3)));
    if (!fits || (in.size() == 4 && !fitsMask(in.get(3), q, q.shape().withDim(3, k.dim(2))))) {
      throw mistake(in);
    }
    return q.withShape(q.shape().withDim(3, v.dim(3)));
  }

  private static boolean fitsMask(TensorType mask, TensorType q, Shape scores) {
    boolean fits = (mask.dtype() == DType.BOOL || mask.dtype() == q.dtype()) && mask.rank() == 4;
    for (int axis = 0; fits && axis < 4; axis++) {
      fits = mask.dim(axis) == 1 || mask.dim(axis) == scores.dim(axis);
    }
    return fits;
  }

  private static ShapeException mistake(List<TensorType> in) {
    return new ShapeException(
        "attention: operands are %s; need q float[n,h,tq,d], k[n,g,tk,d], v[n,g,tk,e] with g a divisor"
                .formatted(in)
            + " of h, and at most a mask, bool or float, that repeats to [n,h,tq,tk]",
        "reshape(n, t, heads, d).permute(0, 2, 1, 3) of projections [n,t,heads*d]");
  }

  @Override
  public Node decompose(List<Node> in) {
    Node q = in.get(0);
    Node k = in.get(1);
    Node v = in.get(2);
    GraphBuilder g = q.builder();
    Shape scoresShape = q.shape().withDim(3, k.shape().dim(2));
    Shape stacked = stacked(q.shape(), k.shape().dim(1));
    // Heads that share a key lie side by side, so they are one stack of queries.
    Node scores = q.mul(scale).reshape(stacked).matmul(k.transpose()).reshape(scoresShape);
    @Nullable Node seen = causal ? earlier(g, scoresShape) : null;
    if (in.size() == 4) {
      Node mask = in.get(3);
      Node open = mask;
      if (mask.dtype().isFloat()) {
        scores = scores.add(mask.broadcastTo(scoresShape));
        open = mask.compare(CompareFn.NE, Double.NEGATIVE_INFINITY);
      }
      open = open.broadcastTo(scoresShape);
      seen = seen == null ? open : seen.and(open);
    }
    // A finite score instead of -Inf keeps the softmax of a query that sees nothing a number.
    Node least = g.scalar(q.dtype(), q.dtype() == DType.F16 ? -65504 : -1e38);
    Node weights = seen == null ? scores.softmax(3) : seen.select(scores, least).softmax(3);
    if (seen != null) {
      weights = seen.select(weights, g.scalar(q.dtype(), 0));
    }
    Shape out = q.shape().withDim(3, v.shape().dim(3));
    return weights.reshape(stacked.withDim(3, k.shape().dim(2))).matmul(v).reshape(out);
  }

  private static Shape stacked(Shape q, long keyHeads) {
    long shared = q.dim(1) / keyHeads;
    return Shape.of(q.dim(0), keyHeads, shared * q.dim(2), q.dim(3));
  }

  /// Which keys come no later than a query.
  private static Node earlier(GraphBuilder g, Shape scores) {
    TensorType places = new TensorType(DType.I32, scores);
    Node last = g.iota(places, 2).add((double) (scores.dim(3) - scores.dim(2)));
    return g.iota(places, 3).compare(CompareFn.LE, last);
  }
}
