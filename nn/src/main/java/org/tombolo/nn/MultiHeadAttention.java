package org.tombolo.nn;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Attention;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// Self-attention with several heads (Vaswani et al., *Attention is all you need*, NeurIPS 2017,
/// section 3.2.2): each place of a sequence is replaced by a mixture of all places.
///
/// | value                             | shape       |
/// |-----------------------------------|-------------|
/// | `x`                               | `[n, t, d]` |
/// | `query`, `key`, `value`, `output` | `[d, d]`    |
/// | `.._bias` of each                 | `[d]`       |
/// | result                            | `[n, t, d]` |
///
/// @param heads a divisor of `d`
/// @param causal whether a place sees none that comes later
public record MultiHeadAttention(int heads, boolean causal) implements Layer {
  private static final List<String> PROJECTIONS = List.of("query", "key", "value", "output");

  /// Checks the number of heads.
  public MultiHeadAttention {
    if (heads < 1) {
      throw new ShapeException(
          "attention: heads is %d; need 1 or more".formatted(heads), "a divisor of the features");
    }
  }

  /// Heads that see everything.
  public static MultiHeadAttention of(int heads) {
    return new MultiHeadAttention(heads, false);
  }

  /// Heads that see nothing later.
  public static MultiHeadAttention causal(int heads) {
    return new MultiHeadAttention(heads, true);
  }

  @Override
  public String kind() {
    return "attention";
  }

  @Override
  public Shape infer(Shape in) {
    if (in.rank() != 2 || in.dim(0) < 1 || in.dim(1) < 1 || in.dim(1) % heads != 0) {
      throw new ShapeException(
          "input is %s, heads is %d; need [time, features] with features divisible by heads"
              .formatted(in, heads),
          "Embedding before it, or another number of heads");
    }
    return in;
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    long features = in.dim(1);
    List<Parameter> parameters = new ArrayList<>();
    for (String name : PROJECTIONS) {
      Shape square = Shape.of(features, features);
      parameters.add(new Parameter(name, square, new Initializer.GlorotUniform()));
      parameters.add(
          new Parameter(name + "_bias", Shape.of(features), new Initializer.Constant(0)));
    }
    return List.copyOf(parameters);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    long n = x.shape().dim(0);
    long time = x.shape().dim(1);
    long features = x.shape().dim(2);
    Node rows = x.reshape(n * time, features);
    List<Node> parts = new ArrayList<>();
    for (String name : PROJECTIONS.subList(0, 3)) {
      Node part = projected(rows, name, pass);
      parts.add(part.reshape(n, time, heads, features / heads).permute(0, 2, 1, 3));
    }
    Attention attention = new Attention(1 / Math.sqrt((double) features / heads), causal);
    Node mixed = x.builder().call(attention, parts.toArray(new Node[0]));
    Node joined = mixed.permute(0, 2, 1, 3).reshape(n * time, features);
    return projected(joined, "output", pass).reshape(x.shape());
  }

  private static Node projected(Node rows, String name, Pass pass) {
    Node sums = rows.matmul(pass.parameter(name));
    return sums.add(pass.parameter(name + "_bias").broadcastTo(sums.shape()));
  }

  @Override
  public String detail() {
    return heads + (heads == 1 ? " head" : " heads") + (causal ? ", causal" : "");
  }
}
