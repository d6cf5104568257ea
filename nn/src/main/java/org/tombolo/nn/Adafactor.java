package org.tombolo.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;

/// Adafactor (Shazeer and Stern, *Adafactor: adaptive learning rates with sublinear memory cost*,
/// ICML 2018, algorithms 4 and 5): like [Optimizer.Adam] without the mean gradient, and of the mean
/// squares of a matrix it keeps only the means of rows and of columns.
///
/// In step `t`, with `b = 1 - t^-0.8`:
///
/// * `r' = b*r + (1 - b)*rowMeans(g*g + 1e-30)`, `c'` the same of columns; the mean square of an
///   element is taken as `r'*c' / mean(r')`. Of tensors the last two axes make the matrices;
///   vectors and scalars keep their mean squares whole.
/// * `u` is `g` over the root of the mean squares, divided by `max(1, rms(u))`.
/// * `p' = p - u * max(1e-3, rms(p)) * min(rate, 1/sqrt(t))`.
///
/// @param rate largest length of a step relative to the size of a parameter
public record Adafactor(double rate) implements Optimizer {
  private static final String STEP = "adafactor/step";
  private static final double DECAY_EXPONENT = -0.8;
  private static final double LEAST_SQUARE = 1e-30;
  private static final double LEAST_SIZE = 1e-3;

  /// Checks the rate.
  public Adafactor {
    Optimizer.requireRate(rate);
  }

  /// Steps of at most this length.
  public static Adafactor withRate(double rate) {
    return new Adafactor(rate);
  }

  @Override
  public List<Parameter> variables(List<Parameter> learned) {
    List<Parameter> variables = new ArrayList<>();
    variables.add(Optimizer.zeros(STEP, Shape.SCALAR));
    for (Parameter p : learned) {
      int rank = p.shape().rank();
      if (rank < 2) {
        variables.add(Optimizer.zeros("adafactor/v/" + p.name(), p.shape()));
      } else {
        variables.add(Optimizer.zeros("adafactor/r/" + p.name(), p.shape().withDim(rank - 1, 1)));
        variables.add(Optimizer.zeros("adafactor/c/" + p.name(), p.shape().withDim(rank - 2, 1)));
      }
    }
    return List.copyOf(variables);
  }

  @Override
  public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
    SequencedMap<String, Node> next = new LinkedHashMap<>();
    Node step = Optimizer.get(present, STEP).add(1);
    next.put(STEP, step);
    Node exponent = step.builder().scalar(step.dtype(), DECAY_EXPONENT);
    Node fresh = step.pow(exponent);
    Node one = step.builder().scalar(step.dtype(), 1);
    Node length = one.div(step.sqrt()).min(rate);
    gradients.forEach((name, g) -> {
      Node square = g.square().add(LEAST_SQUARE);
      Node scaled = g;
      int rank = g.rank();
      if (rank < 2) {
        Node v = blended("adafactor/v/" + name, square, fresh, present, next);
        scaled = g.div(v.sqrt());
      } else {
        Node rows = mean(square, rank - 1);
        Node columns = mean(square, rank - 2);
        Node r = blended("adafactor/r/" + name, rows, fresh, present, next);
        Node c = blended("adafactor/c/" + name, columns, fresh, present, next);
        // Two quotients: the product of two small means is below what a float can hold.
        Node share = r.div(mean(r, rank - 2).broadcastTo(r.shape()));
        scaled = g.div(share.sqrt().broadcastTo(g.shape())).div(c.sqrt().broadcastTo(g.shape()));
      }
      Node p = Optimizer.get(present, name);
      Node size = rms(p).max(LEAST_SIZE).mul(length).div(rms(scaled).max(1));
      next.put(name, p.sub(scaled.mul(size)));
    });
    return next;
  }

  /// `(1 - fresh) * old + fresh * value`.
  private static Node blended(
      String slot, Node value, Node fresh, Map<String, Node> present, Map<String, Node> next) {
    Node old = Optimizer.get(present, slot);
    Node blended = old.add(value.sub(old).mul(fresh));
    next.put(slot, blended);
    return blended;
  }

  private static Node mean(Node x, int axis) {
    return x.reduceKeeping(ReduceFn.SUM, axis).div(x.shape().dim(axis));
  }

  private static Node rms(Node x) {
    return x.square().mean().sqrt();
  }
}
