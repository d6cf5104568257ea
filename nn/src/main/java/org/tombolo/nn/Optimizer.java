package org.tombolo.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;

/// How parameters follow their gradients. What it has to remember from step to step are variables
/// of the graph: they stay on the device with the parameters and are part of checkpoints.
public sealed interface Optimizer {

  /// Length of a step.
  double rate();

  /// What is remembered besides the parameters.
  List<Parameter> variables(List<Parameter> learned);

  /// The values after a step, by name, of all parameters and of everything that is remembered.
  ///
  /// @param present values before the step, by name
  /// @param gradients of the loss, by name of the parameter
  SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients);

  private static Parameter zeros(String name, Shape shape) {
    return new Parameter(name, shape, new Initializer.Constant(0));
  }

  private static Node get(Map<String, Node> present, String name) {
    Node node = present.get(name);
    if (node == null) {
      throw new IllegalArgumentException(
          "optimizer: no variable \"%s\"; there are %s".formatted(name, present.keySet()));
    }
    return node;
  }

  private static void requireShare(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "%s is %s; need 0 <= %s < 1\n  try: 0.9".formatted(what, value, what));
    }
  }

  private static void requireRate(double rate) {
    if (!(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "rate is %s; need a number above 0\n  try: 0.001".formatted(rate));
    }
  }

  /// Stochastic gradient descent with momentum: `v' = momentum*v + g`, then `p' = p - rate*v'`;
  /// Nesterov's form steps along `g + momentum*v'` instead (Sutskever et al., *On the importance of
  /// initialization and momentum in deep learning*, ICML 2013, with the rate taken out of the
  /// velocity).
  ///
  /// @param rate length of a step
  /// @param momentum share of the velocity that is kept, in `[0, 1)`; 0 remembers nothing
  /// @param nesterov whether to look ahead along the velocity
  record Sgd(double rate, double momentum, boolean nesterov) implements Optimizer {
    /// Checks the ranges.
    public Sgd {
      requireRate(rate);
      requireShare("momentum", momentum);
    }

    /// Plain descent.
    public static Sgd withRate(double rate) {
      return new Sgd(rate, 0, false);
    }

    /// The same with momentum.
    public Sgd momentum(double share) {
      return new Sgd(rate, share, nesterov);
    }

    /// The same, looking ahead along the velocity.
    public Sgd lookingAhead() {
      return new Sgd(rate, momentum, true);
    }

    @Override
    public List<Parameter> variables(List<Parameter> learned) {
      return momentum == 0
          ? List.of()
          : learned.stream().map(p -> zeros("sgd/v/" + p.name(), p.shape())).toList();
    }

    @Override
    public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
      SequencedMap<String, Node> next = new LinkedHashMap<>();
      gradients.forEach((name, g) -> {
        Node along = g;
        if (momentum != 0) {
          String slot = "sgd/v/" + name;
          Node velocity = get(present, slot).mul(momentum).add(g);
          next.put(slot, velocity);
          along = nesterov ? velocity.mul(momentum).add(g) : velocity;
        }
        next.put(name, get(present, name).sub(along.mul(rate)));
      });
      return next;
    }
  }

  /// Adam (Kingma and Ba, *Adam: a method for stochastic optimization*, ICLR 2015, algorithm 1):
  /// `m' = beta1*m + (1 - beta1)*g`, `v' = beta2*v + (1 - beta2)*g*g`, `p' = p - rate * (m' / c1) /
  /// (sqrt(v' / c2) + epsilon)`.
  ///
  /// The corrections `c = 1 - beta^t` are variables with `c' = beta*c + (1 - beta)`, which is the
  /// same number without the cancellation that a difference of floats near 1 suffers, and without a
  /// power that devices round differently.
  ///
  /// @param rate length of a step
  /// @param beta1 share of the mean gradient that is kept, in `[0, 1)`
  /// @param beta2 share of the mean square that is kept, in `[0, 1)`
  /// @param epsilon added to the root, above 0
  record Adam(double rate, double beta1, double beta2, double epsilon) implements Optimizer {
    private static final String CORRECTION1 = "adam/correction1";
    private static final String CORRECTION2 = "adam/correction2";

    /// Checks the ranges.
    public Adam {
      requireRate(rate);
      requireShare("beta1", beta1);
      requireShare("beta2", beta2);
      if (!(epsilon > 0)) {
        throw new IllegalArgumentException(
            "epsilon is %s; need a number above 0\n  try: 1e-8".formatted(epsilon));
      }
    }

    /// The settings of the paper with this rate.
    public static Adam withRate(double rate) {
      return new Adam(rate, 0.9, 0.999, 1e-8);
    }

    @Override
    public List<Parameter> variables(List<Parameter> learned) {
      List<Parameter> variables = new ArrayList<>();
      variables.add(zeros(CORRECTION1, Shape.SCALAR));
      variables.add(zeros(CORRECTION2, Shape.SCALAR));
      for (Parameter p : learned) {
        variables.add(zeros("adam/m/" + p.name(), p.shape()));
        variables.add(zeros("adam/v/" + p.name(), p.shape()));
      }
      return List.copyOf(variables);
    }

    @Override
    public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
      SequencedMap<String, Node> next = new LinkedHashMap<>();
      Node c1 = get(present, CORRECTION1).mul(beta1).add(1 - beta1);
      Node c2 = get(present, CORRECTION2).mul(beta2).add(1 - beta2);
      next.put(CORRECTION1, c1);
      next.put(CORRECTION2, c2);
      Node length = c1.builder().scalar(c1.dtype(), rate).div(c1);
      Node scale = c2.builder().scalar(c2.dtype(), 1).div(c2);
      gradients.forEach((name, g) -> {
        Node m = get(present, "adam/m/" + name).mul(beta1).add(g.mul(1 - beta1));
        Node v = get(present, "adam/v/" + name).mul(beta2).add(g.square().mul(1 - beta2));
        next.put("adam/m/" + name, m);
        next.put("adam/v/" + name, v);
        Node root = v.mul(scale).sqrt().add(epsilon);
        next.put(name, get(present, name).sub(m.mul(length).div(root)));
      });
      return next;
    }
  }
}
