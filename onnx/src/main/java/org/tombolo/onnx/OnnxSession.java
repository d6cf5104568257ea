package org.tombolo.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.locks.ReentrantLock;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.lowering.Lowering;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.ValueDef;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.report.PlanReport;

/// A model that is ready to run.
///
/// Each set of input types gets graphs of its own, which are kept for the next run with the same
/// types; where shapes depend on values, so do the graphs. What was used longest ago goes when
/// there are too many.
///
/// Safe for use by several threads: runs take turns.
public final class OnnxSession implements AutoCloseable {
  private static final int DEFAULT_GRAPHS = 64;

  private final OnnxModel model;
  private final Backend backend;
  private final ReentrantLock lock = new ReentrantLock();
  private final SequencedMap<List<Object>, Specialisation> specialisations =
      new LinkedHashMap<>(16, 0.75f, true);
  private int graphs = DEFAULT_GRAPHS;
  private boolean closed;

  private OnnxSession(OnnxModel model, Backend backend) {
    model.requireUsable();
    this.model = model;
    this.backend = backend;
  }

  /// A session on the devices of an engine, which stays open when the session is closed.
  ///
  /// @throws OnnxException if the model has problems, with all of them
  public static OnnxSession on(Engine engine, OnnxModel model) {
    return on(engine, model, PlanOptions.defaults());
  }

  /// A session whose plans keep to options. The scope of what a node of the model computes is the
  /// node's name, or its operator where it has none.
  ///
  /// @param options for each graph that is made; names in them must be in each
  /// @throws OnnxException if the model has problems, with all of them
  public static OnnxSession on(Engine engine, OnnxModel model, PlanOptions options) {
    model.requireUsable();
    return new OnnxSession(model, Backend.on(engine, options));
  }

  /// A session that computes on the reference, in double precision and slowly.
  ///
  /// @throws OnnxException if the model has problems, with all of them
  public static OnnxSession onReference(OnnxModel model) {
    return new OnnxSession(model, Backend.reference());
  }

  /// Keeps no more graphs than this; 64 unless said otherwise.
  ///
  /// @param limit more than 0
  public OnnxSession keeping(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException(
          "session: %d graphs; need 1 or more\n  try: 64".formatted(limit));
    }
    graphs = limit;
    return this;
  }

  /// Runs the model on tensors.
  ///
  /// @param inputs a tensor for each input without a default, by name
  /// @return the outputs by name, in the order of the model
  /// @throws OnnxException if an input is missing, unknown or does not fit, or an output is no
  ///   tensor
  public SequencedMap<String, Tensor> run(Map<String, Tensor> inputs) {
    Map<String, Value> values = new HashMap<>();
    Map<String, ElementType> declared = new HashMap<>();
    for (ValueDef input : model.definition().graph().inputs()) {
      input.elementType().ifPresent(type -> declared.put(input.name(), type));
    }
    inputs.forEach((name, tensor) -> {
      ElementType own = ElementType.of(tensor.type().dtype());
      ElementType type = declared.getOrDefault(name, own);
      boolean carries = type.carrier().equals(Optional.of(tensor.type().dtype()));
      values.put(name, Value.Dense.of(carries ? type : own, tensor));
    });
    SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
    runValues(values)
        .forEach((name, value) -> {
          if (value instanceof Value.Dense dense && dense.tensor() != null) {
            outputs.put(name, dense.tensor());
          } else {
            throw new OnnxException(
                "%s: output \"%s\" is a %s; need a tensor"
                    .formatted(model.name(), name, value.describe()),
                "runValues, which gives values of every kind");
          }
        });
    return outputs;
  }

  /// Runs the model on values of any kind.
  ///
  /// @param inputs a known value for each input without a default, by name
  /// @return the outputs by name, in the order of the model; all known
  /// @throws OnnxException if an input is missing, unknown or does not fit
  public SequencedMap<String, Value> runValues(Map<String, Value> inputs) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException(
            "session of %s: used after it was closed".formatted(model.name()));
      }
      requireFit(inputs);
      Specialisation specialisation =
          specialisations.computeIfAbsent(key(inputs), _ -> specialisation());
      try {
        return specialisation.run(inputs);
      } finally {
        trim();
      }
    } finally {
      lock.unlock();
    }
  }

  private Specialisation specialisation() {
    long largest = Math.max(1L << 30, Runtime.getRuntime().maxMemory() / 2);
    return new Specialisation(
        backend, oracle -> new Lowering(model.definition(), model.registry(), oracle, largest));
  }

  /// Graphs that are kept now.
  public int graphs() {
    lock.lock();
    try {
      return specialisations.values().stream().mapToInt(Specialisation::size).sum();
    } finally {
      lock.unlock();
    }
  }

  /// What the graphs that are kept do in a run and why, in the order in which they were used and
  /// made: data that text, JSON and a page are made of. Empty on the reference.
  public List<PlanReport> reports() {
    lock.lock();
    try {
      return specialisations.values().stream().flatMap(each -> each.reports().stream()).toList();
    } finally {
      lock.unlock();
    }
  }

  /// Arithmetic and traffic to memory of all graphs that are kept, each run once.
  public Cost cost() {
    lock.lock();
    try {
      return specialisations.values().stream()
          .map(Specialisation::cost)
          .reduce(Cost.NONE, Cost::plus);
    } finally {
      lock.unlock();
    }
  }

  /// Sets of input types, and texts, that something is kept for.
  int kept() {
    lock.lock();
    try {
      return specialisations.size();
    } finally {
      lock.unlock();
    }
  }

  /// Lets go of what was used longest ago; of the last run's, if that alone is too much.
  private void trim() {
    int all = specialisations.values().stream().mapToInt(Specialisation::weight).sum();
    Iterator<Specialisation> eldest = specialisations.values().iterator();
    while (all > graphs && eldest.hasNext()) {
      Specialisation gone = eldest.next();
      all -= gone.weight();
      gone.close();
      eldest.remove();
    }
  }

  private List<Object> key(Map<String, Value> inputs) {
    List<Object> key = new ArrayList<>();
    for (ValueDef input : model.definition().graph().inputs()) {
      Value value = inputs.get(input.name());
      key.add(value == null ? "" : key(value));
    }
    return key;
  }

  private static Object key(Value value) {
    return switch (value) {
      case Value.Dense dense -> List.of(dense.type(), dense.shape());
      case Value.Texts texts -> texts;
      case Value.Sequence(List<Value> elements) -> elements.stream().map(OnnxSession::key).toList();
      case Value.Maybe(Optional<Value> inner) -> inner.map(OnnxSession::key);
    };
  }

  private void requireFit(Map<String, Value> inputs) {
    Map<String, Long> extents = new HashMap<>();
    for (ValueDef input : model.inputs()) {
      if (!inputs.containsKey(input.name()) && input.kind() != ValueDef.Kind.OPTIONAL) {
        throw new OnnxException(
            "%s: input \"%s\" is missing, given are %s; need %s"
                .formatted(model.name(), input.name(), inputs.keySet(), input.type()),
            "a tensor under this name");
      }
    }
    Map<String, ValueDef> declared = new HashMap<>();
    model.definition().graph().inputs().forEach(input -> declared.put(input.name(), input));
    inputs.forEach((name, value) -> {
      ValueDef input = declared.get(name);
      if (input == null) {
        throw new OnnxException(
            "%s: there is no input \"%s\"; need one of %s"
                .formatted(model.name(), name, declared.keySet()),
            "one of those names");
      }
      if (!fits(input, value, extents)) {
        throw new OnnxException(
            "%s: input \"%s\" is %s; need %s%s"
                .formatted(
                    model.name(),
                    name,
                    value.describe(),
                    input.type(),
                    extents.isEmpty() ? "" : " with " + extents),
            "a tensor of that type");
      }
    });
  }

  private static boolean fits(ValueDef input, Value value, Map<String, Long> extents) {
    if (input.kind() != ValueDef.Kind.TENSOR) {
      return true;
    }
    return switch (value) {
      case Value.Dense dense ->
          input.elementType().stream().allMatch(dense.type()::equals)
              && input.shape().stream().allMatch(shape -> fits(shape, dense, extents));
      case Value.Texts _ -> input.elementType().stream().allMatch(ElementType.STRING::equals);
      case Value.Sequence _, Value.Maybe _ -> false;
    };
  }

  private static boolean fits(
      List<ValueDef.Extent> shape, Value.Dense value, Map<String, Long> extents) {
    boolean fits = shape.size() == value.rank();
    for (int i = 0; fits && i < shape.size(); i++) {
      ValueDef.Extent extent = shape.get(i);
      long given = value.dim(i);
      if (extent.isKnown()) {
        fits = extent.value() == given;
      } else if (!extent.name().isEmpty()) {
        fits = extents.merge(extent.name(), given, (known, _) -> known) == given;
      }
    }
    return fits;
  }

  /// Lets go of all graphs and of what the model has on devices. Closing twice is harmless.
  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        specialisations.values().forEach(Specialisation::close);
        specialisations.clear();
        backend.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
