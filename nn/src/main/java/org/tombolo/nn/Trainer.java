package org.tombolo.nn;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.Batch;
import org.tombolo.nn.data.Batches;
import org.tombolo.nn.data.DataException;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.Seeds;
import org.tombolo.nn.safetensors.Safetensors;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.Run;
import org.tombolo.scheduler.Staged;
import org.tombolo.scheduler.State;

/// A model on an engine, with its parameters: fits them, judges them, and predicts with them.
///
/// ```java
/// try (Trainer trainer = model.on(engine).optimizer(Adam.withRate(1e-3)).seed(42)) {
///   History history = trainer.fit(train, Fit.epochs(5).batch(128).validate(test));
///   System.out.println(trainer.evaluate(test));
/// }
/// ```
///
/// Optimizer, loss and seed are fixed by the first use. Parameters stay on their devices; a step
/// moves its batch there and its loss back. Not for use by several threads at once.
public final class Trainer implements AutoCloseable {
  /// Examples that evaluation and prediction look at in one go.
  private static final int EVALUATION_BATCH = 256;

  /// Plans for other than training that are kept: one for whole batches and one for the rest, for
  /// several sets.
  private static final int PLANS_KEPT = 12;

  private final Model model;
  private final Engine engine;
  private Optimizer optimizer = Optimizer.Adam.withRate(1e-3);
  private Loss loss = Loss.sparseCrossEntropy();
  private long seed;
  private PlanOptions options = PlanOptions.defaults();
  private Optional<State> state = Optional.empty();
  private Checkpoint.Position position = Checkpoint.Position.START;
  private final Map<String, Plan> trainingPlans = new LinkedHashMap<>();
  private final Map<String, Plan> plans = new LinkedHashMap<>(16, 0.75f, true);

  Trainer(Model model, Engine engine) {
    this.model = model;
    this.engine = engine;
  }

  // Settings.

  /// Trains with this optimizer; without it, Adam at rate 0.001.
  public Trainer optimizer(Optimizer other) {
    requireUnused();
    this.optimizer = other;
    return this;
  }

  /// Makes this loss small; without it, sparse cross-entropy.
  public Trainer loss(Loss other) {
    requireUnused();
    this.loss = other;
    return this;
  }

  /// Decides everything random: first parameters, order of examples, dropout; without it, 0.
  public Trainer seed(long other) {
    requireUnused();
    this.seed = other;
    return this;
  }

  /// Plans steps of training with these options, such as limits of memory; without it, the
  /// defaults.
  public Trainer planned(PlanOptions other) {
    requireUnused();
    this.options = other;
    return this;
  }

  private void requireUnused() {
    if (state.isPresent()) {
      throw new IllegalStateException(
          "model %s: settings changed after the first use; need them before\n  try: %s"
              .formatted(model.name(), "model.on(engine) anew"));
    }
  }

  /// The model.
  public Model model() {
    return model;
  }

  /// The engine that the model is on.
  public Engine engine() {
    return engine;
  }

  /// Steps of training since the parameters were fresh.
  public long steps() {
    return position.steps();
  }

  private State state() {
    return state.orElseGet(() -> {
      State fresh = engine.newState();
      ModelGraph.initial(model, optimizer, seed).forEach(fresh::set);
      state = Optional.of(fresh);
      return fresh;
    });
  }

  // Training.

  /// Trains. A second call goes on where the first one ended.
  ///
  /// @param train what to learn from
  /// @param fit how
  /// @throws DataException if the set has too few examples
  /// @throws ShapeException if the model cannot take the set's features or learn its labels
  /// @throws org.tombolo.nn.safetensors.FormatException if the checkpoint to go on from is damaged
  ///   or of another training, or one cannot be written
  public History fit(DataSet train, Fit fit) {
    requireFits(train);
    fit.validation().ifPresent(this::requireFits);
    Checkpoint.Setup setup = Checkpoint.Setup.of(model, optimizer, loss, seed, fit.batch(), train);
    int batches = Batches.perEpoch(train, fit.batch());
    int last = position.epoch() + fit.epochs();
    if (fit.resume() && fit.checkpoint().filter(Files::exists).isPresent()) {
      restore(fit.checkpoint().get(), setup, batches);
      last = fit.epochs();
    }
    Batches.Span span = new Batches.Span(position.epoch(), position.batch(), last);
    Plan plan = trainingPlan(train, fit.batch());
    try (Batches source = Batches.shuffled(train, fit.batch(), Seeds.derive(seed, "order"), span)) {
      return new Fitting(fit, setup, plan, source, batches, last).history();
    }
  }

  /// One call of [#fit].
  private final class Fitting {
    private final Fit fit;
    private final Checkpoint.Setup setup;
    private final Plan plan;
    private final Batches source;
    private final int batches;
    private final int last;
    private final List<EpochResult> epochs = new ArrayList<>();
    private long epochStart;
    private double waitedBefore;
    private int epochSteps;

    Fitting(Fit fit, Checkpoint.Setup setup, Plan plan, Batches source, int batches, int last) {
      this.fit = fit;
      this.setup = setup;
      this.plan = plan;
      this.source = source;
      this.batches = batches;
      this.last = last;
    }

    History history() {
      long start = System.nanoTime();
      fit.listeners().forEach(listener -> listener.started(position.epoch() + 1, last, batches));
      Outcome outcome = steps();
      double seconds = (System.nanoTime() - start) * 1e-9;
      return new History(seed, position.steps(), epochs, outcome, seconds);
    }

    private Outcome steps() {
      epochStart = System.nanoTime();
      Optional<Step> next = next();
      while (next.isPresent()) {
        Step step = next.get();
        Run run = step.staged().start();
        next = next(); // comes up while the device computes
        float batchLoss = (float) named(run.await(), ModelGraph.LOSS).at(0);
        if (!Float.isFinite(batchLoss)) {
          return new Outcome.Diverged(position.steps() + 1, suspect(step.batch()));
        }
        double lossSum = position.lossSum() + batchLoss;
        int epoch = position.epoch() + 1;
        int done = position.batch() + 1;
        position = position.after(batchLoss, batches);
        epochSteps++;
        report(epoch, done, batchLoss);
        if (done == batches) {
          Optional<Outcome> bad = endEpoch(epoch, lossSum / batches);
          if (bad.isPresent()) {
            return bad.get();
          }
        }
        boolean more = position.epoch() < last;
        if (more && (fit.stop().getAsBoolean() || Thread.currentThread().isInterrupted())) {
          return stopped();
        }
      }
      return position.epoch() < last ? stopped() : new Outcome.Completed();
    }

    /// A batch on its way to the device.
    private record Step(Batch batch, Staged staged) {}

    /// The next batch; none either when the thread is interrupted meanwhile.
    private Optional<Step> next() {
      try {
        return source.next().map(batch -> new Step(batch, plan.stage(feeds(batch))));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }

    private Outcome stopped() {
      Optional<Outcome> bad = save();
      return bad.orElseGet(() -> new Outcome.Interrupted(position.steps()));
    }

    private double seconds() {
      return (System.nanoTime() - epochStart) * 1e-9;
    }

    private double stallShare(double seconds) {
      return seconds == 0 ? 0 : Math.min(1, (source.waitedSeconds() - waitedBefore) / seconds);
    }

    private void report(int epoch, int done, float batchLoss) {
      if (!fit.listeners().isEmpty()) {
        double seconds = seconds();
        Progress progress =
            new Progress(
                position.steps(),
                epoch,
                last,
                done,
                batches,
                batchLoss,
                epochSteps / seconds,
                stallShare(seconds));
        fit.listeners().forEach(listener -> listener.stepped(progress));
      }
    }

    private Optional<Outcome> endEpoch(int epoch, double meanLoss) {
      double seconds = seconds();
      Optional<Evaluation> validation = fit.validation().map(Trainer.this::evaluate);
      EpochResult result =
          new EpochResult(
              epoch, meanLoss, validation, seconds, epochSteps / seconds, stallShare(seconds));
      epochs.add(result);
      fit.listeners().forEach(listener -> listener.epochEnded(result));
      Optional<Outcome> bad = save();
      epochStart = System.nanoTime();
      waitedBefore = source.waitedSeconds();
      epochSteps = 0;
      return bad;
    }

    /// Writes the checkpoint, unless the last step left a parameter that is no number: that would
    /// take the place of a good file.
    private Optional<Outcome> save() {
      if (fit.checkpoint().isEmpty()) {
        return Optional.empty();
      }
      SequencedMap<String, Tensor> variables = variables();
      for (Map.Entry<String, Tensor> variable : variables.entrySet()) {
        if (!Divergence.isFinite(variable.getValue())) {
          return Optional.of(new Outcome.Diverged(position.steps(), variable.getKey()));
        }
      }
      new Checkpoint(setup, position, variables).write(fit.checkpoint().get());
      return Optional.empty();
    }
  }

  private static Map<String, Tensor> feeds(Batch batch) {
    return Map.of(ModelGraph.FEATURES, batch.features(), ModelGraph.LABELS, batch.labels());
  }

  /// The first tensor that is not finite in the step of this batch, which changed nothing.
  private String suspect(Batch batch) {
    TensorType features = batch.features().type();
    TensorType labels = batch.labels().type();
    Graph graph = ModelGraph.inspection(model, loss, seed, features, labels);
    try (Plan plan = engine.compile(graph, state())) {
      return Divergence.trace(model, batch.features(), variables(), () -> plan.run(feeds(batch)));
    }
  }

  /// The plan of a training step, such as [#fit] runs it: to be explained, or for its statistics.
  ///
  /// @param data what is trained on
  /// @param batch examples of a step
  public Plan trainingPlan(DataSet data, int batch) {
    requireFits(data);
    TensorType features = data.features(batch);
    TensorType labels = data.labels(batch);
    dropUnusable(trainingPlans);
    return trainingPlans.computeIfAbsent(
        features + " " + labels,
        key ->
            engine.compile(
                ModelGraph.training(model, loss, optimizer, seed, features, labels),
                state(),
                options));
  }

  /// A plan for another use than training. The one that was not used for longest makes room.
  private Plan plan(String key, Supplier<Graph> graph) {
    dropUnusable(plans);
    Plan known = plans.get(key);
    if (known != null) {
      return known;
    }
    if (plans.size() == PLANS_KEPT) {
      Map.Entry<String, Plan> eldest = plans.entrySet().iterator().next();
      plans.remove(eldest.getKey());
      eldest.getValue().close();
    }
    Plan plan = engine.compile(graph.get(), state());
    plans.put(key, plan);
    return plan;
  }

  /// Forgets plans for devices that are lost, so that they are made anew for those that are left.
  private static void dropUnusable(Map<String, Plan> plans) {
    plans
        .values()
        .removeIf(plan -> {
          boolean unusable = !plan.isUsable();
          if (unusable) {
            plan.close();
          }
          return unusable;
        });
  }

  private void requireFits(DataSet data) {
    requireFits(data.feature().shape(), data.name());
    loss.requireFits(model.output(), data.label());
    int classes = data.classes().size();
    if (loss instanceof Loss.SparseCrossEntropy && classes > model.output().dim(0)) {
      throw new ShapeException(
          "model %s: gives %d classes, data %s has %d; need as many"
              .formatted(model.name(), model.output().dim(0), data.name(), classes),
          "Dense.of(%d) as last layer".formatted(classes));
    }
  }

  private void requireFits(Shape feature, String data) {
    if (!feature.equals(model.input())) {
      throw new ShapeException(
          "model %s: takes examples %s, data %s has %s; need the same"
              .formatted(model.name(), model.input(), data, feature),
          "Model.sequential(name, Shape.of%s, ...)"
              .formatted(feature.toString().replace('[', '(').replace(']', ')')));
    }
  }

  // Use.

  /// Judges the model by all examples of a set.
  ///
  /// @throws ShapeException if the model cannot take the set
  public Evaluation evaluate(DataSet data) {
    requireFits(data);
    double lossSum = 0;
    long correct = 0;
    boolean counted = false;
    for (int start = 0; start < data.size(); start += EVALUATION_BATCH) {
      DataSet part = data.range(start, Math.min(data.size(), start + EVALUATION_BATCH));
      TensorType features = part.features().type();
      TensorType labels = part.labels().type();
      Plan plan =
          plan(
              "evaluation " + features + " " + labels,
              () -> ModelGraph.evaluation(model, loss, features, labels));
      Map<String, Tensor> results =
          plan.run(Map.of(ModelGraph.FEATURES, part.features(), ModelGraph.LABELS, part.labels()));
      lossSum += named(results, ModelGraph.LOSS_SUM).at(0);
      Tensor right = results.get(ModelGraph.CORRECT);
      if (right != null) {
        counted = true;
        correct += right.longAt(0);
      }
    }
    return new Evaluation(
        data.size(),
        lossSum / data.size(),
        counted ? OptionalDouble.of((double) correct / data.size()) : OptionalDouble.empty());
  }

  /// What the model says of examples: probabilities of the classes under sparse cross-entropy, its
  /// plain result otherwise.
  ///
  /// @param features `[n, example..]` of any number type
  /// @return `f32[n, out..]`
  /// @throws ShapeException if the model cannot take them
  public Tensor predict(Tensor features) {
    Shape all = features.shape();
    if (all.rank() < 1) {
      throw new ShapeException(
          "predict: features are %s; need a first axis that counts examples"
              .formatted(features.type()),
          "Shape.of(1, ...) for a single example");
    }
    Shape feature = Shape.of(all.toList().subList(1, all.rank()));
    requireFits(feature, "to predict from");
    long examples = all.dim(0);
    long bytesEach = features.type().withShape(feature).bytes();
    List<Tensor> parts = new ArrayList<>();
    for (long start = 0; start < examples; start += EVALUATION_BATCH) {
      long count = Math.min(EVALUATION_BATCH, examples - start);
      TensorType type = features.type().withShape(all.withDim(0, count));
      Tensor part =
          Tensor.wrap(type, features.data().asSlice(start * bytesEach, count * bytesEach));
      Plan plan = plan("prediction " + type, () -> ModelGraph.prediction(model, loss, type));
      parts.add(named(plan.run(Map.of(ModelGraph.FEATURES, part)), ModelGraph.PREDICTION));
    }
    return joined(parts, examples);
  }

  private Tensor joined(List<Tensor> parts, long examples) {
    List<Long> dims = new ArrayList<>(List.of(examples));
    dims.addAll(model.output().toList());
    TensorType type = new TensorType(DType.F32, Shape.of(dims));
    MemorySegment data = Tensor.allocate(type);
    long at = 0;
    for (Tensor part : parts) {
      MemorySegment.copy(part.data(), 0, data, at, part.type().bytes());
      at += part.type().bytes();
    }
    return Tensor.wrap(type, data);
  }

  private static Tensor named(Map<String, Tensor> results, String name) {
    Tensor tensor = results.get(name);
    if (tensor == null) {
      throw new IllegalStateException(
          "plan gave no \"%s\", there are %s".formatted(name, results.keySet()));
    }
    return tensor;
  }

  // Files.

  /// Copies of all variables of training, by name: parameters first, then statistics of layers,
  /// then what the optimizer remembers, then the step.
  public SequencedMap<String, Tensor> variables() {
    SequencedMap<String, Tensor> variables = new LinkedHashMap<>();
    for (String name : ModelGraph.variables(model, optimizer).keySet()) {
      variables.put(name, state().get(name));
    }
    return variables;
  }

  /// Writes parameters and statistics, without what training needs to go on, to a safetensors file.
  ///
  /// @throws org.tombolo.nn.safetensors.FormatException if the file cannot be written
  public void save(Path file) {
    SequencedMap<String, Tensor> parameters = new LinkedHashMap<>();
    for (Parameter parameter : model.values()) {
      parameters.put(parameter.name(), state().get(parameter.name()));
    }
    new Safetensors(parameters, Map.of("model", model.name())).write(file);
  }

  /// Takes the parameters from a safetensors file, such as a checkpoint; other tensors in it are
  /// left alone. All are checked before the first is set.
  ///
  /// @throws org.tombolo.nn.safetensors.FormatException if the file is damaged, or a parameter is
  ///   missing or of another type
  public void load(Path file) {
    Safetensors content = Safetensors.read(file);
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (Parameter parameter : model.values()) {
      types.put(parameter.name(), new TensorType(DType.F32, parameter.shape()));
    }
    Checkpoint.requireVariables(file, content.tensors(), types);
    types.keySet().forEach(name -> state().set(name, named(content.tensors(), name)));
  }

  private void restore(Path file, Checkpoint.Setup setup, int batches) {
    Checkpoint checkpoint = Checkpoint.read(file);
    checkpoint.requireFits(file, setup, ModelGraph.variables(model, optimizer), batches);
    checkpoint.variables().forEach(state()::set);
    position = checkpoint.position();
  }

  /// Closes the plans and frees the parameters. Closing twice is harmless.
  @Override
  public void close() {
    trainingPlans.values().forEach(Plan::close);
    trainingPlans.clear();
    plans.values().forEach(Plan::close);
    plans.clear();
    state.ifPresent(State::close);
  }
}
