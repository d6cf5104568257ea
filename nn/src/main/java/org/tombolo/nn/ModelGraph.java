package org.tombolo.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Pass.Randomness;
import org.tombolo.nn.data.Seeds;

/// The graphs of a model: one step of training, evaluation and prediction, each for a fixed number
/// of examples. All of them share the variables of the parameters, by name.
///
/// Inputs are [#FEATURES] and, where there is something to compare with, [#LABELS], both of the
/// types that the data set stores: bytes cross to the device as bytes and become floats there.
public final class ModelGraph {
  /// Input: `[n, example..]`.
  public static final String FEATURES = "features";

  /// Input: `[n, label..]`.
  public static final String LABELS = "labels";

  /// Output of training: the mean loss of the batch, `f32[]`.
  public static final String LOSS = "loss";

  /// Output of evaluation: the sum of the losses, `f32[]`.
  public static final String LOSS_SUM = "loss_sum";

  /// Output of evaluation where labels are classes: how many the model gets right, `i32[]`.
  public static final String CORRECT = "correct";

  /// Output of prediction, as the loss [reads it out][Loss#readout].
  public static final String PREDICTION = "prediction";

  /// Variable: steps of training so far that [counted][Optimizer#counts], `i64[]`.
  public static final String STEP = "step";

  /// Of the variable [#STEP].
  static final TensorType STEP_TYPE = TensorType.of(DType.I64);

  private final Model model;
  private final GraphBuilder builder;
  private final SequencedMap<String, Node> parameters = new LinkedHashMap<>();
  private final SequencedMap<String, Node> values = new LinkedHashMap<>();
  private final SequencedMap<String, Node> updates = new LinkedHashMap<>();
  private final SequencedMap<String, Node> layerOutputs = new LinkedHashMap<>();

  private ModelGraph(Model model, String purpose) {
    this.model = model;
    this.builder = new GraphBuilder(model.name() + "/" + purpose);
    for (Parameter parameter : model.parameters()) {
      parameters.put(parameter.name(), variable(builder, parameter));
    }
    values.putAll(parameters);
    for (Parameter statistic : model.statistics()) {
      values.put(statistic.name(), variable(builder, statistic));
    }
  }

  /// The variable of a parameter.
  static Node variable(GraphBuilder builder, Parameter parameter) {
    return builder.variable(parameter.name(), new TensorType(DType.F32, parameter.shape()));
  }

  /// One step of training: reads a batch, changes the parameters, gives the mean loss.
  ///
  /// A step whose loss is not a finite number changes nothing, so that what led to it can still be
  /// looked at. One that does not [count][Optimizer#counts] changes what the optimizer says alone.
  ///
  /// @param seed of everything that is random in the model
  /// @param features type of the features of a batch
  /// @param labels type of the labels of a batch
  public static Graph training(
      Model model,
      Loss loss,
      Optimizer optimizer,
      long seed,
      TensorType features,
      TensorType labels) {
    ModelGraph graph = new ModelGraph(model, "training");
    GraphBuilder g = graph.builder;
    Node step = g.variable(STEP, STEP_TYPE);
    Node x = g.input(FEATURES, features);
    Node y = g.input(LABELS, labels);
    Node out = graph.forward(x, new Randomness.Seeded(seed, step));
    Node mean;
    try (var _ = g.scope(LOSS)) {
      mean = loss.perExample(out, y).mean();
    }
    descend(mean, step, model.parameters(), graph.parameters, graph.updates, optimizer);
    g.output(LOSS, mean);
    return g.build();
  }

  /// Adds the second half of a training step: gradients, and the next values of parameters, of
  /// statistics, of what the optimizer remembers and of the step.
  ///
  /// @param mean loss of the batch
  /// @param step the variable [#STEP]
  /// @param learned the parameters
  /// @param parameters their nodes, by name, in the same order
  /// @param updates next values of statistics, by name
  static void descend(
      Node mean,
      Node step,
      List<Parameter> learned,
      SequencedMap<String, Node> parameters,
      Map<String, Node> updates,
      Optimizer optimizer) {
    GraphBuilder g = mean.builder();
    SequencedMap<String, Node> present = new LinkedHashMap<>(parameters);
    optimizer
        .variables(learned)
        .forEach(variable -> present.put(variable.name(), variable(g, variable)));
    List<Node> found =
        Gradients.of(optimizer.differentiated(mean, present), List.copyOf(parameters.values()));
    SequencedMap<String, Node> gradients = new LinkedHashMap<>();
    for (String name : parameters.keySet()) {
      gradients.put(name, found.get(gradients.size()));
    }
    try (var _ = g.scope("update")) {
      Node finite = mean.abs().compare(CompareFn.LE, Float.MAX_VALUE);
      Node counts = optimizer.counts(finite, gradients);
      optimizer.next(present, gradients).forEach((name, next) -> assignIf(finite, name, next));
      updates.forEach((name, next) -> assignIf(counts, name, next));
      g.assign(STEP, counts.select(step.add(1), step));
    }
  }

  private static void assignIf(Node condition, String name, Node next) {
    GraphBuilder g = next.builder();
    Node old = g.variable(name, next.type());
    g.assign(name, condition.broadcastTo(next.shape()).select(next, old));
  }

  /// The step of training before its gradients: gives the result of every layer under its name, and
  /// the loss. Changes nothing.
  static Graph inspection(
      Model model, Loss loss, long seed, TensorType features, TensorType labels) {
    ModelGraph graph = new ModelGraph(model, "inspection");
    GraphBuilder g = graph.builder;
    Node step = g.variable(STEP, STEP_TYPE);
    Node x = g.input(FEATURES, features);
    Node y = g.input(LABELS, labels);
    Node out = graph.forward(x, new Randomness.Seeded(seed, step));
    graph.layerOutputs.forEach(g::output);
    g.output(LOSS, loss.perExample(out, y).mean());
    return g.build();
  }

  /// The sum of the losses of some examples, and how many the model gets right.
  ///
  /// @param features type of the features of a batch
  /// @param labels type of the labels of a batch
  public static Graph evaluation(Model model, Loss loss, TensorType features, TensorType labels) {
    ModelGraph graph = new ModelGraph(model, "evaluation");
    GraphBuilder g = graph.builder;
    Node x = g.input(FEATURES, features);
    Node y = g.input(LABELS, labels);
    Node out = graph.forward(x, new Randomness.None());
    g.output(LOSS_SUM, loss.perExample(out, y).sum());
    loss.correct(out, y).ifPresent(right -> g.output(CORRECT, right.cast(DType.I32).sum()));
    return g.build();
  }

  /// What the model says of some examples.
  ///
  /// @param features type of the features of a batch
  public static Graph prediction(Model model, Loss loss, TensorType features) {
    ModelGraph graph = new ModelGraph(model, "prediction");
    Node x = graph.builder.input(FEATURES, features);
    graph.builder.output(PREDICTION, loss.readout(graph.forward(x, new Randomness.None())));
    return graph.builder.build();
  }

  private Node forward(Node features, Randomness randomness) {
    Node x = features.cast(DType.F32);
    for (Model.Place place : model.places()) {
      try (var _ = builder.scope(place.name())) {
        x = place.layer().apply(x, new Pass(builder, values, place.name(), randomness, updates));
      }
      layerOutputs.put(place.name(), x);
    }
    return x;
  }

  /// Every variable of training by name: parameters, statistics, what the optimizer remembers, the
  /// step.
  static SequencedMap<String, TensorType> variables(Model model, Optimizer optimizer) {
    SequencedMap<String, TensorType> types = new LinkedHashMap<>();
    for (Parameter parameter : parameters(model, optimizer)) {
      types.put(parameter.name(), new TensorType(DType.F32, parameter.shape()));
    }
    types.put(STEP, STEP_TYPE);
    return types;
  }

  /// The same with their values before the first step. A parameter's values depend on the seed and
  /// its name alone.
  static SequencedMap<String, Tensor> initial(Model model, Optimizer optimizer, long seed) {
    return initial(parameters(model, optimizer), seed);
  }

  /// The values of parameters and of the step before the first step.
  static SequencedMap<String, Tensor> initial(List<Parameter> parameters, long seed) {
    SequencedMap<String, Tensor> values = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      long own = Seeds.derive(seed, parameter.name());
      values.put(
          parameter.name(),
          parameter.initial().draw(DType.F32, parameter.shape(), Seeds.generator(own)));
    }
    values.put(STEP, Tensor.of(new long[] {0}));
    return values;
  }

  private static List<Parameter> parameters(Model model, Optimizer optimizer) {
    List<Parameter> all = new ArrayList<>(model.values());
    all.addAll(optimizer.variables(model.parameters()));
    return all;
  }
}
