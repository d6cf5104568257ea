package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Attention in its forms, and what language models have around it.
final class Attentions {
  private Attentions() {}

  static void define(Registry to) {
    to.add("Attention", Attentions::attention, 23, 24);
    to.add("RotaryEmbedding", Attentions::rotary, 23);
    to.add("LinearAttention", Attentions::linear, 27);
    to.add("CausalConvWithState", Attentions::causalConv, 27);
  }

  /// `[b, t, h*d]` as `[b, h, t, d]`; four axes stay.
  private static Node heads(Node x, long heads) {
    if (x.rank() == 4) {
      return x;
    }
    long[] d = x.shape().toArray();
    return x.reshape(d[0], d[1], heads, d[2] / heads).permute(0, 2, 1, 3);
  }

  private static Node joined(Node x) {
    long[] d = x.shape().toArray();
    return x.permute(0, 2, 1, 3).reshape(d[0], d[2], d[1] * d[3]);
  }

  private static List<Value.Dense> attention(Call c) {
    boolean flat = c.in(0).rank() == 3;
    Node q = heads(c.wide(0), c.integer("q_num_heads", 1));
    Node k = heads(c.wide(1), c.integer("kv_num_heads", 1));
    Node v = heads(c.wide(2), c.integer("kv_num_heads", 1));
    long past = 0;
    if (c.has(4)) {
      past = c.in(4).dim(2);
      k = c.graph().concat(2, c.wide(4), k);
      v = c.graph().concat(2, c.wide(5), v);
    }
    double scale = c.real("scale", 1 / Math.sqrt(q.shape().dim(3)));
    double root = Math.sqrt(scale);
    Node raw = shared(q.mul(root), k.mul(root).transpose());
    Node capped = raw;
    double cap = c.real("softcap", 0);
    if (cap != 0) {
      capped = raw.div(cap).tanh().mul(cap);
    }
    Node biased = masked(c, capped, past);
    Node weights = biased.softmax(3);
    Node out = shared(weights, v);
    List<Node> shown = List.of(raw, capped, biased, weights);
    Node seen = shown.get((int) c.integer("qk_matmul_output_mode", 0));
    return List.of(
        c.result(c.type(0), flat ? joined(out) : out),
        c.result(c.type(1), k),
        c.result(c.type(2), v),
        c.result(c.type(0), seen));
  }

  /// A product for each head; neighbouring heads on the left share one on the right.
  private static Node shared(Node a, Node b) {
    long[] d = a.shape().toArray();
    long right = b.shape().dim(1);
    Node stacked = a.reshape(d[0], right, d[1] / right * d[2], d[3]);
    return stacked.matmul(b).reshape(d[0], d[1], d[2], b.shape().dim(3));
  }

  private static Node masked(Call c, Node scores, long past) {
    Shape shape = scores.shape();
    Node none = Nodes.scalar(scores, Double.NEGATIVE_INFINITY);
    TensorType places = new TensorType(DType.I64, shape);
    Node out = scores;
    if (c.has(3)) {
      Node mask = c.x(3);
      long missing = shape.dim(3) - mask.shape().dim(mask.rank() - 1);
      if (missing > 0 && mask.shape().dim(mask.rank() - 1) != 1) {
        long[] high = new long[mask.rank()];
        high[mask.rank() - 1] = missing;
        double value = mask.dtype() == DType.BOOL ? 0 : Double.NEGATIVE_INFINITY;
        mask = Padding.constant(mask, new long[mask.rank()], high, value);
      }
      Node whole = mask.broadcastTo(shape);
      out = mask.dtype() == DType.BOOL ? whole.select(out, none) : out.add(whole.cast(out.dtype()));
    }
    if (c.integer("is_causal", 0) != 0) {
      Node queries = c.graph().iota(places, 2).add(Nodes.scalar(c.graph(), past));
      Node open = c.graph().iota(places, 3).compare(CompareFn.LE, queries);
      out = open.select(out, none);
    }
    if (c.has(6)) {
      Node lengths = Nodes.along(c.x(6).cast(DType.I64), 0, 4).broadcastTo(shape);
      out = c.graph().iota(places, 3).compare(CompareFn.LT, lengths).select(out, none);
    }
    return out;
  }

  /// Turns pairs of features by an angle that grows with the position (Su et al., *RoFormer*,
  /// 2021).
  private static List<Value.Dense> rotary(Call c) {
    boolean flat = c.in(0).rank() == 3;
    Node x = heads(c.wide(0), c.integer("num_heads", 1));
    long size = x.shape().dim(3);
    long given = c.integer("rotary_embedding_dim", 0);
    long turned = given == 0 ? size : given;
    long half = turned / 2;
    Node cos = angles(c, 1, half, x);
    Node sin = angles(c, 2, half, x);
    Node part = x.slice(3, 0, turned);
    boolean interleaved = c.integer("interleaved", 0) != 0;
    Node first;
    Node second;
    if (interleaved) {
      Node pairs = part.reshape(x.shape().dim(0), x.shape().dim(1), x.shape().dim(2), half, 2);
      first = Nodes.squeeze(pairs.slice(4, 0, 1), 4);
      second = Nodes.squeeze(pairs.slice(4, 1, 2), 4);
    } else {
      first = part.slice(3, 0, half);
      second = part.slice(3, half, turned);
    }
    Node real = first.mul(cos).sub(second.mul(sin));
    Node imaginary = first.mul(sin).add(second.mul(cos));
    Node out =
        interleaved
            ? c.graph()
                .concat(4, Nodes.unsqueeze(real, 4), Nodes.unsqueeze(imaginary, 4))
                .reshape(part.shape())
            : c.graph().concat(3, real, imaginary);
    if (turned < size) {
      out = c.graph().concat(3, out, x.slice(3, turned, size));
    }
    return c.like(flat ? joined(out) : out);
  }

  /// Rows of a cache `[positions, half]` by position, or `[b, t, half]` as they are, for all heads.
  private static Node angles(Call c, int input, long half, Node x) {
    Node cache = c.wide(input);
    Node rows = c.has(3) ? cache.gather(0, c.x(3)) : cache;
    Node own = rows.slice(rows.rank() - 1, 0, half);
    Shape shape = x.shape().withDim(3, half);
    return Nodes.unsqueeze(own, 1).broadcastTo(shape);
  }

  /// A state of keys times values for each head that every step reads, forgets and writes.
  private static List<Value.Dense> linear(Call c) {
    long queryHeads = c.integer("q_num_heads", 1);
    long heads = c.integer("kv_num_heads", 1);
    Node q = heads(c.wide(0), queryHeads);
    Node k = heads(c.wide(1), heads);
    Node v = heads(c.wide(2), heads);
    long batch = q.shape().dim(0);
    long keys = k.shape().dim(3);
    long values = v.shape().dim(3);
    double given = c.real("scale", 0);
    double scale = given == 0 ? 1 / Math.sqrt(q.shape().dim(3)) : given;
    String rule = c.text("update_rule", "gated_delta");
    boolean gated = rule.startsWith("gated") && c.has(4);
    boolean delta = rule.endsWith("delta");
    @Nullable Node decay = gated ? heads(c.wide(4), heads) : null;
    @Nullable Node beta = c.has(5) ? heads(c.wide(5), heads) : null;
    Node state =
        c.has(3)
            ? c.wide(3)
            : c.graph().full(new TensorType(q.dtype(), Shape.of(batch, heads, keys, values)), 0);
    List<Node> steps = new ArrayList<>();
    for (long t = 0; t < q.shape().dim(2); t++) {
      if (decay != null) {
        // One rate for each key, or one for all.
        Node rate = decay.slice(2, t, t + 1).exp().permute(0, 1, 3, 2);
        state = Nodes.binary(BinaryFn.MUL, state, rate);
      }
      Node key = k.slice(2, t, t + 1);
      Node value = v.slice(2, t, t + 1);
      if (delta) {
        value = value.sub(key.matmul(state));
        if (beta != null) {
          value = Nodes.binary(BinaryFn.MUL, value, beta.slice(2, t, t + 1));
        }
      }
      state = state.add(key.transpose().matmul(value));
      steps.add(shared(q.slice(2, t, t + 1), state).mul(scale));
    }
    Node out = c.graph().concat(2, steps.toArray(Node[]::new));
    return List.of(
        c.result(c.type(0), c.in(0).rank() == 3 ? joined(out) : out), c.result(c.type(0), state));
  }

  /// A convolution for each channel that sees no later element, and what it must keep for more.
  private static List<Value.Dense> causalConv(Call c) {
    Node x = c.wide(0);
    Node weights = c.wide(1);
    long[] d = x.shape().toArray();
    long size = weights.shape().dim(2);
    Node past =
        c.has(3)
            ? c.wide(3)
            : c.graph().full(new TensorType(x.dtype(), Shape.of(d[0], d[1], size - 1)), 0);
    Node all = c.graph().concat(2, past, x);
    Node out = Convolutions.conv(all, weights, List.of(WindowDim.of(size, 1, 0, 0)), d[1], false);
    if (c.has(2)) {
      out = out.add(Nodes.along(c.wide(2), 1, 3).broadcastTo(out.shape()));
    }
    String activation = c.text("activation", "none");
    Node shown =
        switch (activation) {
          case "none", "" -> out;
          case "silu", "swish" -> out.mul(Activations.sigmoid(out));
          default ->
              throw c.mistake(
                  "activation is %s; need none, silu or swish".formatted(activation), "none");
        };
    long extent = all.shape().dim(2);
    return List.of(
        c.result(c.type(0), shown), c.result(c.type(0), all.slice(2, extent - (size - 1), extent)));
  }
}
