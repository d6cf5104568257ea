package org.tombolo.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.UnaryFn;

/// How parameters follow their gradients. What it has to remember from step to step are variables
/// of the graph: they stay on the device with the parameters and are part of checkpoints.
public sealed interface Optimizer
    permits Optimizer.Sgd,
        Optimizer.RmsProp,
        Optimizer.Adagrad,
        Optimizer.Adam,
        Optimizer.AdamW,
        Optimizer.Lion,
        Adafactor,
        Clipping,
        LossScaling {

  /// Length of a step.
  double rate();

  /// What is remembered besides the parameters.
  List<Parameter> variables(List<Parameter> learned);

  /// The values after a step, by name, of all parameters and of everything that is remembered.
  ///
  /// @param present values before the step, by name
  /// @param gradients of the loss, by name of the parameter
  SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients);

  /// What is differentiated in place of the loss; the loss itself but for [LossScaling].
  ///
  /// @param loss mean loss of the batch
  /// @param present values before the step, by name
  default Node differentiated(Node loss, Map<String, Node> present) {
    return loss;
  }

  /// Whether the step counts, a bool: if not, the model is as if there had been none. What [#next]
  /// says of a step that does not count is up to the optimizer; all else stays as it is.
  ///
  /// @param finite whether the loss is a number
  /// @param gradients as for [#next]
  default Node counts(Node finite, Map<String, Node> gradients) {
    return finite;
  }

  /// The same with each element of the gradients kept within `±limit`.
  default Clipping clippedByValue(double limit) {
    return new Clipping(this, Clipping.By.VALUE, limit);
  }

  /// The same with the gradient of each parameter shortened to a norm of at most `limit`.
  default Clipping clippedByNorm(double limit) {
    return new Clipping(this, Clipping.By.NORM, limit);
  }

  /// The same with all gradients shortened by one factor, so that their common norm is at most
  /// `limit`.
  default Clipping clippedByGlobalNorm(double limit) {
    return new Clipping(this, Clipping.By.GLOBAL_NORM, limit);
  }

  /// Zeros to start from.
  static Parameter zeros(String name, Shape shape) {
    return new Parameter(name, shape, new Initializer.Constant(0));
  }

  /// A present value, which has to be there.
  static Node get(Map<String, Node> present, String name) {
    Node node = present.get(name);
    if (node == null) {
      throw new IllegalArgumentException(
          "optimizer: no variable \"%s\"; there are %s".formatted(name, present.keySet()));
    }
    return node;
  }

  /// Checks a share of the past that is kept.
  static void requireShare(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "%s is %s; need 0 <= %s < 1\n  try: 0.9".formatted(what, value, what));
    }
  }

  /// Checks the length of a step.
  static void requireRate(double rate) {
    if (!(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "rate is %s; need a number above 0\n  try: 0.001".formatted(rate));
    }
  }

  private static void requireEpsilon(double epsilon) {
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException(
          "epsilon is %s; need a number above 0\n  try: 1e-8".formatted(epsilon));
    }
  }

  private static void requireDecay(double decay) {
    if (!(decay >= 0 && decay < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "decay is %s; need 0 or more\n  try: 0.01".formatted(decay));
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
      requireEpsilon(epsilon);
    }

    /// The settings of the paper with this rate.
    public static Adam withRate(double rate) {
      return new Adam(rate, 0.9, 0.999, 1e-8);
    }

    /// The same with parameters that shrink by `rate * decay` of themselves in each step.
    public AdamW weightDecay(double decay) {
      return new AdamW(this, decay);
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

  /// Adam with decoupled weight decay (Loshchilov and Hutter, *Decoupled weight decay
  /// regularization*, ICLR 2019, algorithm 2): what [Adam] does, less `rate * decay * p`. All
  /// parameters decay, biases too.
  ///
  /// @param adam the step without decay
  /// @param decay share of a parameter, per unit of rate, 0 or more
  record AdamW(Adam adam, double decay) implements Optimizer {
    /// Checks the decay.
    public AdamW {
      requireDecay(decay);
    }

    @Override
    public double rate() {
      return adam.rate();
    }

    @Override
    public List<Parameter> variables(List<Parameter> learned) {
      return adam.variables(learned);
    }

    @Override
    public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
      SequencedMap<String, Node> next = adam.next(present, gradients);
      for (String name : gradients.keySet()) {
        Node shrink = get(present, name).mul(rate() * decay);
        next.compute(name, (key, stepped) -> get(next, key).sub(shrink));
      }
      return next;
    }
  }

  /// RMSprop (Tieleman and Hinton, *Neural networks for machine learning*, lecture 6.5, 2012): `v'
  /// = decay*v + (1 - decay)*g*g`, then `p' = p - rate * g / (sqrt(v') + epsilon)`; with momentum,
  /// the quotient is gathered in `b' = momentum*b + quotient` and the step is `rate * b'`.
  ///
  /// @param rate length of a step
  /// @param decay share of the mean square that is kept, in `[0, 1)`
  /// @param epsilon added to the root, above 0
  /// @param momentum share of the velocity that is kept, in `[0, 1)`; 0 remembers no velocity
  record RmsProp(double rate, double decay, double epsilon, double momentum) implements Optimizer {
    /// Checks the ranges.
    public RmsProp {
      requireRate(rate);
      requireShare("decay", decay);
      requireEpsilon(epsilon);
      requireShare("momentum", momentum);
    }

    /// Decay 0.99, epsilon 1e-8 and no momentum.
    public static RmsProp withRate(double rate) {
      return new RmsProp(rate, 0.99, 1e-8, 0);
    }

    /// The same with momentum.
    public RmsProp momentum(double share) {
      return new RmsProp(rate, decay, epsilon, share);
    }

    @Override
    public List<Parameter> variables(List<Parameter> learned) {
      List<Parameter> variables = new ArrayList<>();
      for (Parameter p : learned) {
        variables.add(zeros("rmsprop/v/" + p.name(), p.shape()));
        if (momentum != 0) {
          variables.add(zeros("rmsprop/b/" + p.name(), p.shape()));
        }
      }
      return List.copyOf(variables);
    }

    @Override
    public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
      SequencedMap<String, Node> next = new LinkedHashMap<>();
      gradients.forEach((name, g) -> {
        String square = "rmsprop/v/" + name;
        Node v = get(present, square).mul(decay).add(g.square().mul(1 - decay));
        next.put(square, v);
        Node along = g.div(v.sqrt().add(epsilon));
        if (momentum != 0) {
          String slot = "rmsprop/b/" + name;
          along = get(present, slot).mul(momentum).add(along);
          next.put(slot, along);
        }
        next.put(name, get(present, name).sub(along.mul(rate)));
      });
      return next;
    }
  }

  /// Adagrad (Duchi, Hazan and Singer, *Adaptive subgradient methods*, JMLR 12, 2011): `s' = s +
  /// g*g`, then `p' = p - rate * g / (sqrt(s') + epsilon)`.
  ///
  /// @param rate length of a step
  /// @param epsilon added to the root, above 0
  record Adagrad(double rate, double epsilon) implements Optimizer {
    /// Checks the ranges.
    public Adagrad {
      requireRate(rate);
      requireEpsilon(epsilon);
    }

    /// Epsilon 1e-10.
    public static Adagrad withRate(double rate) {
      return new Adagrad(rate, 1e-10);
    }

    @Override
    public List<Parameter> variables(List<Parameter> learned) {
      return learned.stream().map(p -> zeros("adagrad/s/" + p.name(), p.shape())).toList();
    }

    @Override
    public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
      SequencedMap<String, Node> next = new LinkedHashMap<>();
      gradients.forEach((name, g) -> {
        Node sum = get(present, "adagrad/s/" + name).add(g.square());
        next.put("adagrad/s/" + name, sum);
        Node along = g.div(sum.sqrt().add(epsilon));
        next.put(name, get(present, name).sub(along.mul(rate)));
      });
      return next;
    }
  }

  /// Lion (Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023, program 1):
  /// `p' = p - rate * (sign(beta1*m + (1 - beta1)*g) + decay*p)`, then `m' = beta2*m + (1 -
  /// beta2)*g`.
  ///
  /// @param rate length of a step, of every element alike
  /// @param beta1 share of the mean gradient in the step, in `[0, 1)`
  /// @param beta2 share of the mean gradient that is kept, in `[0, 1)`
  /// @param decay share of a parameter, per unit of rate, 0 or more
  record Lion(double rate, double beta1, double beta2, double decay) implements Optimizer {
    /// Checks the ranges.
    public Lion {
      requireRate(rate);
      requireShare("beta1", beta1);
      requireShare("beta2", beta2);
      requireDecay(decay);
    }

    /// The settings of the paper with this rate, without decay.
    public static Lion withRate(double rate) {
      return new Lion(rate, 0.9, 0.99, 0);
    }

    @Override
    public List<Parameter> variables(List<Parameter> learned) {
      return learned.stream().map(p -> zeros("lion/m/" + p.name(), p.shape())).toList();
    }

    @Override
    public SequencedMap<String, Node> next(Map<String, Node> present, Map<String, Node> gradients) {
      SequencedMap<String, Node> next = new LinkedHashMap<>();
      gradients.forEach((name, g) -> {
        Node p = get(present, name);
        Node m = get(present, "lion/m/" + name);
        Node along = m.mul(beta1).add(g.mul(1 - beta1)).unary(UnaryFn.SIGN);
        next.put(name, p.sub(along.add(p.mul(decay)).mul(rate)));
        next.put("lion/m/" + name, m.mul(beta2).add(g.mul(1 - beta2)));
      });
      return next;
    }
  }
}
