package org.tombolo.nn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.tombolo.graph.Node;

/// An optimizer that gets its gradients limited (Pascanu, Mikolov and Bengio, *On the difficulty of
/// training recurrent neural networks*, ICML 2013, algorithm 1, for the norms). A gradient within
/// the limit is left as it is, bit for bit; one that is no number stays none.
///
/// Norms are Euclidean and computed as the root of a sum of squares in the type of the gradients:
/// in f32, gradients beyond 1e19 make it infinite, and the step is then left out.
///
/// @param optimizer what follows the limited gradients
/// @param by what is limited
/// @param limit above 0
public record Clipping(Optimizer optimizer, By by, double limit) implements Optimizer {

  /// What is limited.
  public enum By {
    /// Each element.
    VALUE,
    /// The norm of the gradient of each parameter.
    NORM,
    /// The norm of all gradients together.
    GLOBAL_NORM
  }

  /// Checks the limit, and that gradients are not clipped before they are unscaled.
  public Clipping {
    if (!(limit > 0 && limit < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "clipping: limit is %s; need a number above 0\n  try: 1.0".formatted(limit));
    }
    if (optimizer instanceof LossScaling) {
      throw new IllegalArgumentException(
          "clipping: of scaled gradients; need those of the loss\n  try: "
              + "LossScaling.dynamic(optimizer.clippedByGlobalNorm(limit))");
    }
  }

  @Override
  public double rate() {
    return optimizer.rate();
  }

  @Override
  public List<Parameter> variables(List<Parameter> learned) {
    return optimizer.variables(learned);
  }

  @Override
  public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
    if (gradients.isEmpty()) {
      return optimizer.next(present, gradients);
    }
    SequencedMap<String, Node> limited = new LinkedHashMap<>();
    Node all = gradients.values().stream().map(Clipping::squares).reduce(Node::add).orElseThrow();
    gradients.forEach((name, g) ->
        limited.put(
            name,
            switch (by) {
              case VALUE -> g.max(-limit).min(limit);
              case NORM -> g.mul(factor(squares(g)));
              case GLOBAL_NORM -> g.mul(factor(all));
            }));
    return optimizer.next(present, limited);
  }

  private static Node squares(Node g) {
    return g.square().sum();
  }

  /// 1 where the norm is within the limit.
  private Node factor(Node squares) {
    Node norm = squares.sqrt();
    return norm.builder().scalar(norm.dtype(), limit).div(norm.max(limit));
  }
}
