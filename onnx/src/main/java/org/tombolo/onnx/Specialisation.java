package org.tombolo.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.lowering.Lowering;
import org.tombolo.onnx.lowering.Oracle;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.scheduler.report.PlanReport;

/// A model for inputs of one set of types: a tree of graphs. Each inner one computes what the
/// lowering had to know, and its answers lead on; a leaf computes the outputs. A run follows one
/// way; where it has not been taken before, the model is lowered once more.
final class Specialisation implements AutoCloseable {
  /// Where a way leads.
  private static final class Place {
    private @Nullable Stage stage;
    private @Nullable Leaf leaf;
  }

  /// A question and where its answers lead.
  private record Stage(
      Oracle.Question question,
      Backend.@Nullable Prepared prepared,
      Map<List<Object>, Place> next) {}

  /// The end of a way.
  private record Leaf(
      Backend.@Nullable Prepared prepared,
      Graph graph,
      SequencedMap<String, Value> outputs,
      Map<Value.Dense, String> names) {}

  /// Makes a lowering that asks an oracle.
  interface Lowerer {
    Lowering with(Oracle oracle);
  }

  private final Backend backend;
  private final Lowerer lowerer;
  private final Place root = new Place();

  /// Ends of all ways, and places on them.
  private int places = 1;

  private final List<Backend.Prepared> plans = new ArrayList<>();

  Specialisation(Backend backend, Lowerer lowerer) {
    this.backend = backend;
    this.lowerer = lowerer;
  }

  /// Graphs that are kept.
  int size() {
    return plans.size();
  }

  /// What it counts for where all that is kept is bounded: graphs, or places where no graph is.
  int weight() {
    return Math.max(plans.size(), places);
  }

  /// What the graphs do on devices, in the order in which they were made.
  List<PlanReport> reports() {
    return plans.stream().flatMap(plan -> plan.report().stream()).toList();
  }

  /// What all graphs cost together.
  Cost cost() {
    return plans.stream().map(Backend.Prepared::cost).reduce(Cost.NONE, Cost::plus);
  }

  /// The outputs for these inputs.
  SequencedMap<String, Value> run(Map<String, Value> inputs) {
    Map<String, Tensor> feeds = new HashMap<>();
    inputs.forEach((name, value) -> feed(name, value, feeds));
    Walk walk = new Walk(feeds);
    while (walk.place.stage != null) {
      Place next = walk.step(walk.place.stage);
      if (next == null) {
        break;
      }
    }
    Leaf leaf = walk.place.leaf;
    if (leaf == null) {
      leaf = lower(inputs, walk);
      walk.place.leaf = leaf;
    }
    Map<String, Tensor> computed =
        leaf.prepared == null ? Map.of() : leaf.prepared.run(only(leaf.graph, feeds));
    SequencedMap<String, Value> outputs = new LinkedHashMap<>();
    Leaf end = leaf;
    leaf.outputs.forEach((name, value) -> outputs.put(name, delivered(value, end, computed)));
    return outputs;
  }

  private static void feed(String name, Value value, Map<String, Tensor> to) {
    switch (value) {
      case Value.Dense dense -> to.put(name, Objects.requireNonNull(dense.tensor()));
      case Value.Sequence(List<Value> elements) -> {
        for (int i = 0; i < elements.size(); i++) {
          feed(name + "[" + i + "]", elements.get(i), to);
        }
      }
      case Value.Maybe(Optional<Value> inner) ->
          inner.ifPresent(element -> feed(name + "?", element, to));
      case Value.Texts _ -> {}
    }
  }

  private static Map<String, Tensor> only(Graph graph, Map<String, Tensor> feeds) {
    Map<String, Tensor> own = new HashMap<>();
    for (Node node : graph.inputs()) {
      if (node.op() instanceof Op.Input(String name, var _)) {
        own.put(name, Objects.requireNonNull(feeds.get(name)));
      }
    }
    return own;
  }

  private static Value delivered(Value value, Leaf leaf, Map<String, Tensor> computed) {
    return switch (value) {
      case Value.Dense dense ->
          dense.isKnown()
              ? Value.Dense.of(dense.type(), Objects.requireNonNull(dense.tensor()))
              : Value.Dense.of(
                  dense.type(),
                  Objects.requireNonNull(
                      computed.get(Objects.requireNonNull(leaf.names.get(dense)))));
      case Value.Sequence(List<Value> elements) ->
          new Value.Sequence(
              elements.stream().map(element -> delivered(element, leaf, computed)).toList());
      case Value.Maybe(Optional<Value> inner) ->
          new Value.Maybe(inner.map(element -> delivered(element, leaf, computed)));
      case Value.Texts texts -> texts;
    };
  }

  private Leaf lower(Map<String, Value> inputs, Walk walk) {
    Lowering lowering = lowerer.with(walk);
    Lowering.Lowered lowered = lowering.lower(inputs);
    Map<Value.Dense, String> names = new HashMap<>();
    lowered.outputs().values().forEach(value -> name(value, lowering, names));
    Graph graph = lowered.graph();
    return new Leaf(
        graph.outputs().isEmpty() ? null : keep(backend.prepare(graph, lowered.variables())),
        graph,
        lowered.outputs(),
        names);
  }

  private static void name(Value value, Lowering lowering, Map<Value.Dense, String> to) {
    switch (value) {
      case Value.Dense dense -> {
        if (!dense.isKnown()) {
          to.put(dense, lowering.nameOf(dense));
        }
      }
      case Value.Sequence(List<Value> elements) ->
          elements.forEach(element -> name(element, lowering, to));
      case Value.Maybe(Optional<Value> inner) ->
          inner.ifPresent(element -> name(element, lowering, to));
      case Value.Texts _ -> {}
    }
  }

  private Backend.Prepared keep(Backend.Prepared plan) {
    plans.add(plan);
    return plan;
  }

  /// One run's way through the tree: first along known stages, then, as the oracle of a lowering,
  /// along the same again by what was answered, and beyond.
  private final class Walk implements Oracle {
    private final Map<String, Tensor> feeds;
    private final List<List<Tensor>> answers = new ArrayList<>();
    private Place place = root;
    private int asked;

    private Walk(Map<String, Tensor> feeds) {
      this.feeds = feeds;
    }

    /// Computes the answer of a stage; where it leads, or null if the way is new.
    private @Nullable Place step(Stage stage) {
      List<Tensor> results = compute(stage);
      answers.add(results);
      List<String> names = stage.question.names();
      for (int i = 0; i < names.size(); i++) {
        feeds.put(names.get(i), results.get(i));
      }
      boolean isNew = false;
      List<Object> key = new ArrayList<>();
      results.forEach(result -> key.add(stage.question.fixed() ? result : result.type()));
      Place next = stage.next.get(key);
      if (next == null) {
        next = new Place();
        places++;
        stage.next.put(key, next);
        isNew = true;
      }
      place = next;
      return isNew ? null : next;
    }

    private List<Tensor> compute(Stage stage) {
      Graph graph = stage.question.graph();
      List<Tensor> values = new ArrayList<>();
      Map<String, Tensor> computed =
          stage.prepared == null ? Map.of() : stage.prepared.run(only(graph, feeds));
      graph
          .outputs()
          .forEach((name, node) -> {
            Tensor value =
                node.op() instanceof Op.Input(String input, var _)
                    ? feeds.get(input)
                    : computed.get(name);
            values.add(Objects.requireNonNull(value));
          });
      return stage.question.function().apply(values);
    }

    @Override
    public List<Tensor> answer(Question question, Map<String, Tensor> variables) {
      if (asked == answers.size()) {
        boolean fed =
            question.graph().outputs().values().stream()
                .allMatch(node -> node.op() instanceof Op.Input);
        Stage stage =
            new Stage(
                question,
                fed ? null : keep(backend.prepare(question.graph(), variables)),
                new HashMap<>());
        place.stage = stage;
        step(stage);
      }
      return answers.get(asked++);
    }
  }

  @Override
  public void close() {
    plans.forEach(Backend.Prepared::close);
  }
}
