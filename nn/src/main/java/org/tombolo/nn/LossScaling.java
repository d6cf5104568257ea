package org.tombolo.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;

/// An optimizer whose gradients are computed of a multiple of the loss, so that small ones are not
/// lost in a narrow type, and divided by the factor before they are used (Micikevicius et al.,
/// *Mixed precision training*, ICLR 2018, section 3.2). Factors are powers of two, so the way there
/// and back changes no digit.
///
/// A step with a gradient that is not finite does not count: parameters, statistics, all that the
/// optimizer remembers and the number of steps stay as they are. A dynamic factor is then halved,
/// down to 1, and doubled after so many good steps in a row, up to `2^24`.
///
/// @param optimizer what follows the gradients
/// @param factor of the loss, a power of two; the first one where it is dynamic
/// @param interval good steps after which the factor is doubled; 0 keeps it fixed
public record LossScaling(Optimizer optimizer, double factor, int interval) implements Optimizer {
  private static final String FACTOR = "scaling/factor";
  private static final String GOOD = "scaling/good_steps";
  private static final double LARGEST = 0x1p24;

  /// Checks the factor, and that the loss is not scaled twice.
  public LossScaling {
    if (!(factor >= 1
        && factor <= LARGEST
        && factor == Math.scalb(1.0, Math.getExponent(factor)))) {
      throw new IllegalArgumentException(
          "loss scaling: factor is %s; need a power of two from 1 to 2^24\n  try: 1024"
              .formatted(factor));
    }
    if (interval < 0) {
      throw new IllegalArgumentException(
          "loss scaling: interval is %d; need 0 or more\n  try: 2000".formatted(interval));
    }
    if (optimizer instanceof LossScaling) {
      throw new IllegalArgumentException(
          "loss scaling: of a loss that is scaled already; need one factor\n  try: "
              + "the product of the two");
    }
  }

  /// A factor that stays.
  public static LossScaling fixed(Optimizer optimizer, double factor) {
    return new LossScaling(optimizer, factor, 0);
  }

  /// A factor that starts at `2^16` and is doubled after 2000 good steps.
  public static LossScaling dynamic(Optimizer optimizer) {
    return new LossScaling(optimizer, 0x1p16, 2000);
  }

  @Override
  public double rate() {
    return optimizer.rate();
  }

  @Override
  public List<Parameter> variables(List<Parameter> learned) {
    List<Parameter> variables = new ArrayList<>(optimizer.variables(learned));
    if (interval > 0) {
      variables.add(new Parameter(FACTOR, Shape.SCALAR, new Initializer.Constant(factor)));
      variables.add(Optimizer.zeros(GOOD, Shape.SCALAR));
    }
    return List.copyOf(variables);
  }

  @Override
  public Node differentiated(Node loss, Map<String, Node> present) {
    return loss.mul(scale(loss, present));
  }

  @Override
  public Node counts(Node finite, Map<String, Node> gradients) {
    return gradients.isEmpty() ? finite : finite.and(allFinite(gradients));
  }

  private Node scale(Node like, Map<String, Node> present) {
    return interval > 0
        ? Optimizer.get(present, FACTOR)
        : like.builder().scalar(like.dtype(), factor);
  }

  @Override
  public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
    if (gradients.isEmpty()) {
      return optimizer.next(present, gradients);
    }
    SequencedMap<String, Node> unscaled = new LinkedHashMap<>();
    Node any = gradients.values().iterator().next();
    Node scale = scale(any, present);
    Node inverse = scale.builder().scalar(scale.dtype(), 1).div(scale);
    gradients.forEach((name, g) -> unscaled.put(name, g.mul(inverse)));
    Node finite = allFinite(gradients);
    SequencedMap<String, Node> next = new LinkedHashMap<>();
    optimizer
        .next(present, unscaled)
        .forEach((name, value) ->
            next.put(
                name,
                finite.broadcastTo(value.shape()).select(value, Optimizer.get(present, name))));
    if (interval > 0) {
      Node good = Optimizer.get(present, GOOD).add(1);
      Node zero = good.builder().scalar(good.dtype(), 0);
      Node full = good.compare(CompareFn.GE, interval);
      Node grown = full.select(scale.mul(2).min(LARGEST), scale);
      next.put(FACTOR, finite.select(grown, scale.mul(0.5).max(1)));
      next.put(GOOD, finite.select(full.select(zero, good), zero));
    }
    return next;
  }

  private static Node allFinite(Map<String, Node> gradients) {
    return gradients.values().stream().map(LossScaling::isFinite).reduce(Node::and).orElseThrow();
  }

  private static Node isFinite(Node g) {
    return g.abs().compare(CompareFn.LE, Float.MAX_VALUE).reduce(ReduceFn.MIN);
  }
}
