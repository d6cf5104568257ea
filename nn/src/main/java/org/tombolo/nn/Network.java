package org.tombolo.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.Seeds;

/// A classifier whose layers are wired freely: what a [Model], which is one layer after the other,
/// cannot say, such as shortcuts, several inputs, or a table that is used twice. Made for a fixed
/// number of examples.
///
/// ```java
/// Network net = new Network("shortcut", TensorType.of(DType.I32, 32), 10, w -> {
///   Node x = w.input("x", TensorType.f32(32, 64), 0);
///   Node h = w.layer("first", Dense.of(64).activation(Activation.RELU), x);
///   return w.layer("last", Dense.of(10), h.add(x));
/// });
/// Graph step = net.training(Optimizer.Adam.withRate(0.001), 0);
/// ```
///
/// @param name a label
/// @param labels whole numbers `[m]`: what is right, for each row of scores
/// @param classes what the labels are below
/// @param body wires the layers
public record Network(String name, TensorType labels, long classes, Body body) {

  /// What is between inputs and scores.
  @FunctionalInterface
  public interface Body {
    /// Wires the layers.
    ///
    /// @param wiring where inputs and layers are put in
    /// @return scores, floats `[m, classes]`
    Node scores(Wiring wiring);
  }

  /// A network in the making. Names of layers and parameters must be different.
  public static final class Wiring {
    private final GraphBuilder builder;
    private final Pass.Randomness randomness;
    private final SequencedMap<String, TensorType> inputs = new LinkedHashMap<>();
    private final Map<String, Long> bounds = new LinkedHashMap<>();
    private final SequencedMap<String, Parameter> learned = new LinkedHashMap<>();
    private final SequencedMap<String, Parameter> statistics = new LinkedHashMap<>();
    private final SequencedMap<String, Node> nodes = new LinkedHashMap<>();
    private final SequencedMap<String, Node> updates = new LinkedHashMap<>();

    private Wiring(GraphBuilder builder, Pass.Randomness randomness) {
      this.builder = builder;
      this.randomness = randomness;
    }

    /// Where operations go that no layer knows.
    public GraphBuilder builder() {
      return builder;
    }

    /// Whether the graph is one of training.
    public boolean training() {
      return randomness instanceof Pass.Randomness.Seeded;
    }

    /// Something that the caller feeds.
    ///
    /// @param below what whole numbers are below, at least 1; of no meaning for floats
    public Node input(String input, TensorType type, long below) {
      inputs.put(input, type);
      bounds.put(input, below);
      return builder.input(input, type);
    }

    /// Something that is learned without being part of a layer.
    public Node parameter(String full, Shape shape, Initializer initial) {
      return declare(learned, new Parameter(full, shape, initial));
    }

    /// Adds a layer.
    ///
    /// @param place name of the layer, the first part of the names of its parameters
    /// @param x floats `[n, in..]`
    /// @return floats `[n, out..]`
    public Node layer(String place, Layer layer, Node x) {
      Shape in = Images.example(x);
      layer.infer(in);
      layer.parameters(in).forEach(parameter -> declare(learned, parameter.in(place)));
      layer.statistics(in).forEach(statistic -> declare(statistics, statistic.in(place)));
      try (var _ = builder.scope(place)) {
        return layer.apply(x, new Pass(builder, nodes, place, randomness, updates));
      }
    }

    private Node declare(Map<String, Parameter> kind, Parameter parameter) {
      Node node = ModelGraph.variable(builder, parameter);
      if (nodes.put(parameter.name(), node) != null) {
        throw new IllegalArgumentException(
            "network %s: there are two parameters \"%s\"; need different names\n  try: %s_2"
                .formatted(builder, parameter.name(), parameter.name()));
      }
      kind.put(parameter.name(), parameter);
      return node;
    }

    private SequencedMap<String, Node> parameters() {
      SequencedMap<String, Node> parameters = new LinkedHashMap<>();
      learned.keySet().forEach(own -> parameters.put(own, nodes.get(own)));
      return parameters;
    }
  }

  /// The graph that gives scores: output [ModelGraph#PREDICTION].
  public Graph forward() {
    Wiring wiring = new Wiring(new GraphBuilder(name + "/forward"), new Pass.Randomness.None());
    wiring.builder.output(ModelGraph.PREDICTION, body.scores(wiring));
    return wiring.builder.build();
  }

  /// One step of training, as [ModelGraph#training] says: input [ModelGraph#LABELS] besides the
  /// network's own, output [ModelGraph#LOSS], the mean of the [Loss.SparseCrossEntropy] of all
  /// rows.
  ///
  /// @param seed of everything that is random
  public Graph training(Optimizer optimizer, long seed) {
    GraphBuilder g = new GraphBuilder(name + "/training");
    Node step = g.variable(ModelGraph.STEP, ModelGraph.STEP_TYPE);
    Wiring wiring = new Wiring(g, new Pass.Randomness.Seeded(seed, step));
    Node y = wiring.input(ModelGraph.LABELS, labels, classes);
    Node scores = body.scores(wiring);
    Node mean;
    try (var _ = g.scope(ModelGraph.LOSS)) {
      mean = Loss.sparseCrossEntropy().perExample(scores, y).mean();
    }
    ModelGraph.descend(
        mean,
        step,
        List.copyOf(wiring.learned.values()),
        wiring.parameters(),
        wiring.updates,
        optimizer);
    g.output(ModelGraph.LOSS, mean);
    return g.build();
  }

  private Wiring wired() {
    Wiring wiring = new Wiring(new GraphBuilder(name), new Pass.Randomness.None());
    body.scores(wiring);
    return wiring;
  }

  /// What is learned, in the order of the layers.
  public List<Parameter> parameters() {
    return List.copyOf(wired().learned.values());
  }

  /// Types of everything that training and use keep: parameters, statistics, what the optimizer
  /// remembers and the step.
  public SequencedMap<String, TensorType> variables(Optimizer optimizer) {
    SequencedMap<String, TensorType> types = new LinkedHashMap<>();
    values(optimizer)
        .forEach(value -> types.put(value.name(), new TensorType(DType.F32, value.shape())));
    types.put(ModelGraph.STEP, ModelGraph.STEP_TYPE);
    return types;
  }

  /// Their values before the first step.
  public SequencedMap<String, Tensor> initial(Optimizer optimizer, long seed) {
    return ModelGraph.initial(values(optimizer), seed);
  }

  private List<Parameter> values(Optimizer optimizer) {
    Wiring wiring = wired();
    List<Parameter> all = new ArrayList<>(wiring.learned.values());
    all.addAll(wiring.statistics.values());
    all.addAll(optimizer.variables(List.copyOf(wiring.learned.values())));
    return all;
  }

  /// Random examples and labels, by name of the input of [#training]; [#forward] takes all of them
  /// but the labels. Floats are uniform in `[0, 1)`.
  public SequencedMap<String, Tensor> examples(long seed) {
    Wiring wiring = wired();
    wiring.inputs.put(ModelGraph.LABELS, labels);
    wiring.bounds.put(ModelGraph.LABELS, classes);
    SequencedMap<String, Tensor> examples = new LinkedHashMap<>();
    wiring.inputs.forEach((input, type) -> {
      RandomGenerator random = Seeds.generator(Seeds.derive(seed, input));
      long below = wiring.bounds.getOrDefault(input, 1L);
      examples.put(
          input,
          type.dtype().isFloat()
              ? Tensor.filled(type, _ -> random.nextDouble())
              : Tensor.wholes(type, _ -> random.nextLong(below)));
    });
    return examples;
  }
}
