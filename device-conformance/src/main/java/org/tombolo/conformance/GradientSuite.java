package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.tombolo.device.Device;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Whole training steps, forward and backward, as the scheduler runs them: fused regions, updates
/// in place and everything in arenas.
final class GradientSuite {
  private static final String NAME = "gradients";
  private static final int STEPS = 3;

  /// Sums here have at most 150 terms of size about one, and three steps add up.
  private static final double TOLERANCE = 1e-4;

  private GradientSuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "training steps, forward and backward, against the reference", seed -> all());
  }

  private static List<Check> all() {
    return List.of(
        check("dense", GradientSuite::dense),
        check("convolution", GradientSuite::convolution),
        check("normalization", GradientSuite::normalization),
        check("movement", GradientSuite::movement),
        check("attention", GradientSuite::attention),
        check("branch", GradientSuite::branch),
        check("loop", GradientSuite::loop));
  }

  /// A graph under construction, with what it learns.
  private static final class Step {
    final GraphBuilder g;
    final Map<String, TensorType> inputs = new LinkedHashMap<>();
    final Map<String, TensorType> variables = new LinkedHashMap<>();
    private final List<Node> learned = new ArrayList<>();

    Step(String name) {
      g = new GraphBuilder(name);
    }

    Node input(String name, long... dims) {
      inputs.put(name, TensorType.f32(dims));
      return g.input(name, TensorType.f32(dims));
    }

    Node variable(String name, long... dims) {
      variables.put(name, TensorType.f32(dims));
      Node node = g.variable(name, TensorType.f32(dims));
      learned.add(node);
      return node;
    }

    /// Adds gradients and a step downhill.
    Graph build(Node loss) {
      List<Node> gradients = Gradients.of(loss, learned);
      int i = 0;
      for (String name : variables.keySet()) {
        Node variable = learned.get(i);
        Node gradient = gradients.get(i++);
        g.output("d " + name, gradient);
        g.assign(name, variable.sub(gradient.mul(0.125)));
      }
      g.output("loss", loss);
      return g.build();
    }
  }

  @FunctionalInterface
  private interface Builder {
    Node loss(Step step);
  }

  private static Check check(String name, Builder builder) {
    return Check.of(
        NAME,
        name,
        bench -> {
          Step step = new Step(name);
          Graph graph = step.build(builder.loss(step));
          Crew.run(bench, crew -> train(crew, step, graph, bench.seed()));
        });
  }

  private static Node dense(Step s) {
    Node x = s.input("x", 9, 17);
    Node w = s.variable("w", 17, 13);
    Node b = s.variable("b", 13);
    Node v = s.variable("v", 13, 5);
    Node hidden = x.matmul(w).add(b.broadcastTo(Shape.of(9, 13))).relu();
    Node labels = s.g.iota(TensorType.of(DType.I32, 9), 0);
    Node inRange = labels.binary(BinaryFn.REM, s.g.full(labels.type(), 5));
    return s.g.call(new Composite.SparseCrossEntropy(), hidden.matmul(v), inRange).mean();
  }

  private static Node convolution(Step s) {
    Node x = s.input("x", 3, 9, 9, 2);
    Node kernel = s.variable("kernel", 3, 3, 2, 5);
    WindowDim pair = WindowDim.of(2, 2, 0, 1);
    Node pooled =
        x.conv2d(kernel, 1, 1)
            .tanh()
            .reduceWindow(ReduceFn.MAX, List.of(WindowDim.each(), pair, pair, WindowDim.each()));
    return pooled.square().mean();
  }

  private static Node normalization(Step s) {
    Node x = s.input("x", 7, 11);
    Node scale = s.variable("scale", 11);
    Node shift = s.variable("shift", 11);
    Shape shape = Shape.of(7, 11);
    Node centred = x.sub(x.mean(1).reshape(7, 1).broadcastTo(shape));
    Node deviation = centred.square().mean(1).add(1e-3).sqrt().reshape(7, 1).broadcastTo(shape);
    Node y = centred.div(deviation).mul(scale.broadcastTo(shape)).add(shift.broadcastTo(shape));
    return y.sigmoid().mul(x).mean();
  }

  private static Node movement(Step s) {
    Node x = s.input("x", 6, 7);
    Node w = s.variable("w", 6, 7);
    Node turned = w.mul(x).transpose().reshape(3, 14).reverse(1);
    Node joined = s.g.concat(0, turned, turned.slice(0, 1, 3).square());
    Node padded = joined.pad(new long[] {1, 0}, new long[] {0, 2}, new long[] {1, 0}, 0);
    return padded.square().sum(0, 1).mul(1.0 / 64);
  }

  private static Node attention(Step s) {
    Node x = s.input("x", 2, 5, 6);
    Node wq = s.variable("wq", 2, 6, 4);
    Node wk = s.variable("wk", 2, 6, 4);
    Node q = products(s, x, wq, 1);
    Node k = products(s, x, wk, 1);
    Node weights = products(s, q, k, 2).mul(0.5).softmax(2);
    return products(s, weights, x, 1).square().mean();
  }

  /// The sign of the sum of the weights decides, and changes in some step or never.
  private static Node branch(Step s) {
    Node x = s.input("x", 7, 3);
    Node w = s.variable("w", 7, 3);
    return s.g
        .ifElse(
            w.sum(0, 1).compare(CompareFn.GT, 0),
            List.of(x, w),
            in -> List.of(in.get(0).mul(in.get(1)).tanh()),
            in -> List.of(in.get(0).sub(in.get(1)).square()))
        .getFirst()
        .mean();
  }

  /// A recurrent cell over five rows, whose states are collected.
  private static Node loop(Step s) {
    Node x = s.input("x", 5, 3);
    Node w = s.variable("w", 3, 3);
    Node start = s.variable("start", 1, 3);
    List<Node> results =
        s.g.whileLoop(
            OptionalLong.of(6),
            List.of(start, s.g.scalar(DType.I32, 0)),
            List.of(x, w),
            in -> in.get(1).compare(CompareFn.LT, 5),
            in -> {
              Node row = in.get(2).gather(0, in.get(1)).reshape(1, 3);
              Node state = in.get(0).matmul(in.get(3)).add(row).tanh();
              return List.of(state, in.get(1).add(1), state);
            });
    return results.get(0).square().mean().add(results.get(2).mean());
  }

  /// Products of a stack of matrices.
  private static Node products(Step s, Node a, Node b, int axis) {
    return s.g.add(new Op.Dot(List.of(0), List.of(0), List.of(2), List.of(axis)), List.of(a, b));
  }

  /// Trains on the devices and on the reference; closes the devices.
  private static void train(List<Device> crew, Step step, Graph graph, long seed) {
    Samples samples = new Samples(seed);
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    step.inputs.forEach((name, type) -> feeds.put(name, samples.ordinary(type)));
    Map<String, Tensor> variables = new LinkedHashMap<>();
    step.variables.forEach((name, type) -> variables.put(name, samples.ordinary(type)));
    try (Engine engine = Engine.of(crew);
        State state = engine.newState()) {
      variables.forEach(state::set);
      try (Plan plan = engine.compile(graph, state)) {
        for (int i = 1; i <= STEPS; i++) {
          Reference.Result want = Reference.run(graph, feeds, variables);
          Map<String, Tensor> got = plan.run(feeds);
          for (var entry : want.outputs().entrySet()) {
            requireNear(
                "step %d, %s".formatted(i, entry.getKey()),
                Objects.requireNonNull(got.get(entry.getKey())),
                entry.getValue());
          }
          for (var entry : want.variables().entrySet()) {
            requireNear(
                "step %d, variable %s".formatted(i, entry.getKey()),
                state.get(entry.getKey()),
                entry.getValue());
            variables.put(entry.getKey(), entry.getValue());
          }
        }
      }
    }
  }

  private static void requireNear(String what, Tensor got, Tensor want) {
    for (long i = 0; i < want.type().size(); i++) {
      double bound = TOLERANCE * Math.max(1, Math.abs(want.at(i)));
      require(
          Math.abs(got.at(i) - want.at(i)) <= bound,
          "%s[%d] is %s, the reference says %s",
          what,
          i,
          got.at(i),
          want.at(i));
    }
  }
}
