package org.tombolo.oracles;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ApplyMomentum;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Initializer;
import org.tombolo.nn.Optimizer;
import org.tombolo.nn.Parameter;
import org.tombolo.scheduler.Engine;

/// Steps of the optimizers with given gradients, against TensorFlow's kernels that apply them.
class OptimizerTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int STEPS = 7;
  private static final int SIZE = 11;
  private static final double RATE = 0.03;

  /// Too small to count beside the root of any gradient here, so that it does not matter that
  /// TensorFlow's RMSprop adds it below the root and its Adam before the correction.
  private static final double EPSILON = 1e-30;

  /// One step there; what it changes are variables.
  @FunctionalInterface
  interface Theirs {
    /// Applies a gradient.
    ///
    /// @param slots what is remembered, zeros at first
    /// @param step number of the step, from 1
    Operand<TFloat64> apply(
        Ops tf,
        Operand<TFloat64> p,
        List<Operand<TFloat64>> slots,
        int step,
        Operand<TFloat64> gradient);
  }

  /// An optimizer and its counterpart.
  ///
  /// @param slots how many tensors it remembers there
  record Pair(Optimizer ours, int slots, Theirs theirs) {
    @Override
    public String toString() {
      return ours.toString();
    }
  }

  static List<Pair> pairs() {
    return List.of(
        new Pair(
            Optimizer.Sgd.withRate(RATE),
            0,
            (tf, p, _, _, g) -> tf.train.applyGradientDescent(p, tf.constant(RATE), g)),
        new Pair(Optimizer.Sgd.withRate(RATE).momentum(0.9), 1, momentum(false)),
        new Pair(Optimizer.Sgd.withRate(RATE).momentum(0.9).lookingAhead(), 1, momentum(true)),
        new Pair(
            new Optimizer.Adagrad(RATE, 1e-3),
            1,
            (tf, p, slots, _, g) ->
                tf.train.applyAdagradV2(p, slots.get(0), tf.constant(RATE), tf.constant(1e-3), g)),
        new Pair(new Optimizer.RmsProp(RATE, 0.9, EPSILON, 0), 2, rmsProp(0)),
        new Pair(new Optimizer.RmsProp(RATE, 0.9, EPSILON, 0.8), 2, rmsProp(0.8)),
        new Pair(new Optimizer.Adam(RATE, 0.9, 0.99, EPSILON), 2, OptimizerTest::adam));
  }

  private static Theirs momentum(boolean nesterov) {
    return (tf, p, slots, _, g) ->
        tf.train.applyMomentum(
            p,
            slots.get(0),
            tf.constant(RATE),
            g,
            tf.constant(0.9),
            ApplyMomentum.useNesterov(nesterov));
  }

  private static Theirs rmsProp(double momentum) {
    return (tf, p, slots, _, g) ->
        tf.train.applyRmsProp(
            p,
            slots.get(0),
            slots.get(1),
            tf.constant(RATE),
            tf.constant(0.9),
            tf.constant(momentum),
            tf.constant(EPSILON),
            g);
  }

  private static Operand<TFloat64> adam(
      Ops tf,
      Operand<TFloat64> p,
      List<Operand<TFloat64>> slots,
      int step,
      Operand<TFloat64> gradient) {
    return tf.train.applyAdam(
        p,
        slots.get(0),
        slots.get(1),
        tf.constant(Math.pow(0.9, step)),
        tf.constant(Math.pow(0.99, step)),
        tf.constant(RATE),
        tf.constant(0.9),
        tf.constant(0.99),
        tf.constant(EPSILON),
        gradient);
  }

  private static double[] draw(SplittableRandom random) {
    double[] numbers = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      double size = (float) random.nextDouble(0.1, 1);
      numbers[i] = random.nextBoolean() ? size : -size;
    }
    return numbers;
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void takeTheSameSteps(Pair pair) {
    SplittableRandom random = new SplittableRandom(SEED);
    double[] start = draw(random);
    List<double[]> gradients = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      gradients.add(draw(random));
    }
    List<double[]> want = theirs(pair, start, gradients);
    compare(
        "reference f64",
        want,
        ours(pair, start, gradients, DType.F64, TomboloSide.Place.reference()),
        1e-12);
    try (Engine cpu = Engine.open("cpu")) {
      TomboloSide.Place onCpu = TomboloSide.Place.of(cpu);
      compare("cpu f64", want, ours(pair, start, gradients, DType.F64, onCpu), 1e-12);
      compare("cpu f32", want, ours(pair, start, gradients, DType.F32, onCpu), 1e-5);
    }
  }

  private static void compare(String where, List<double[]> want, List<double[]> got, double bound) {
    for (int step = 0; step < STEPS; step++) {
      for (int i = 0; i < SIZE; i++) {
        String at = "%s, step %d, element %d, seed %d".formatted(where, step + 1, i, SEED);
        assertEquals(want.get(step)[i], got.get(step)[i], bound, at);
      }
    }
  }

  private static List<double[]> theirs(Pair pair, double[] start, List<double[]> gradients) {
    try (Graph graph = new Graph();
        Session session = new Session(graph, TensorFlowSide.TWO_THREADS)) {
      Ops tf = Ops.create(graph);
      var shape = org.tensorflow.ndarray.Shape.of(SIZE);
      Operand<TFloat64> p = tf.variable(shape, TFloat64.class);
      session.runner().addTarget(tf.assign(p, tf.constant(start)).op()).run().close();
      List<Operand<TFloat64>> slots = new ArrayList<>();
      for (int i = 0; i < pair.slots(); i++) {
        slots.add(tf.variable(shape, TFloat64.class));
        var zeros = tf.assign(slots.getLast(), tf.constant(new double[SIZE]));
        session.runner().addTarget(zeros.op()).run().close();
      }
      List<double[]> path = new ArrayList<>();
      for (int step = 1; step <= STEPS; step++) {
        Operand<TFloat64> g = tf.constant(gradients.get(step - 1));
        Operand<TFloat64> next = pair.theirs().apply(tf, p, slots, step, g);
        try (var result = session.runner().fetch(next).run()) {
          path.add(TensorFlowSide.numbers((TFloat64) result.get(0)));
        }
      }
      return path;
    }
  }

  private static List<double[]> ours(
      Pair pair, double[] start, List<double[]> gradients, DType dtype, TomboloSide.Place place) {
    Parameter parameter = new Parameter("p", Shape.of(SIZE), new Initializer.Constant(0));
    GraphBuilder g = new GraphBuilder("optimizer");
    Map<String, Tensor> feeds = new HashMap<>();
    Map<String, Node> present = new LinkedHashMap<>();
    List<Parameter> all = new ArrayList<>(List.of(parameter));
    all.addAll(pair.ours().variables(List.of(parameter)));
    for (Parameter each : all) {
      TensorType type = new TensorType(dtype, each.shape());
      present.put(each.name(), g.input(each.name(), type));
      feeds.put(each.name(), Tensor.full(type, 0));
    }
    TensorType type = new TensorType(dtype, parameter.shape());
    feeds.put("p", Tensor.filled(type, i -> start[(int) i]));
    pair.ours().next(present, Map.of("p", g.input("gradient", type))).forEach(g::output);
    var graph = g.build();
    List<double[]> path = new ArrayList<>();
    for (double[] gradient : gradients) {
      feeds.put("gradient", Tensor.filled(type, i -> gradient[(int) i]));
      feeds.putAll(place.run(graph, feeds));
      path.add(TomboloSide.numbers(feeds, "p"));
    }
    return path;
  }
}
