package org.tombolo.onnx;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;
import org.tombolo.onnx.operators.Operators;
import org.tombolo.onnx.proto.ModelReader;

/// An ONNX model that was read and checked.
///
/// ```java
/// OnnxModel model = OnnxModel.read(Path.of("resnet50.onnx"));
/// try (Engine engine = Engine.open("auto"); OnnxSession session = OnnxSession.on(engine, model)) {
///   Tensor y = session.run(Map.of("x", x)).get("y");
/// }
/// ```
///
/// Reading finds all that is wrong with a model, or not known here, at once; see [#problems].
/// Elements of tensors stay in the files, which are mapped into memory and must not change while
/// the model is used.
public final class OnnxModel {
  private final String name;
  private final ModelDef definition;
  private final Registry registry;
  private final List<String> problems;

  private OnnxModel(String name, ModelDef definition, Registry registry) {
    this.name = name;
    this.definition = definition;
    this.registry = registry;
    this.problems = ModelCheck.problems(definition, registry);
  }

  /// Reads a model from a file. Files that it names beside itself are mapped, too.
  ///
  /// @throws OnnxException if it cannot be read, naming the place that is damaged
  public static OnnxModel read(Path file) {
    return new OnnxModel(file.toString(), ModelReader.model(file), Operators.all());
  }

  /// Reads a model from memory.
  ///
  /// @param name for messages
  /// @param bytes of the file; shared, so they must stay as they are
  /// @throws OnnxException if it cannot be read, naming the place that is damaged
  public static OnnxModel read(String name, MemorySegment bytes) {
    return new OnnxModel(name, ModelReader.model(name, bytes), Operators.all());
  }

  /// How messages name it.
  public String name() {
    return name;
  }

  /// What the file holds.
  public ModelDef definition() {
    return definition;
  }

  /// The operators that are known.
  Registry registry() {
    return registry;
  }

  /// Inputs without a default, in order.
  public List<ValueDef> inputs() {
    Set<String> defaults = new HashSet<>();
    definition.graph().initializers().stream().map(TensorDef::name).forEach(defaults::add);
    return definition.graph().inputs().stream()
        .filter(input -> !defaults.contains(input.name()))
        .toList();
  }

  /// Outputs, in order.
  public List<ValueDef> outputs() {
    return definition.graph().outputs();
  }

  /// The model up to a value, which becomes its only output: what a network knows of its inputs
  /// before its last layers say what they were trained to say.
  ///
  /// @param value an input of some node or an output of one
  /// @throws OnnxException if there is no such value, listing those that nodes compute
  public OnnxModel upTo(String value) {
    return new OnnxModel(
        name + " up to \"" + value + "\"", ModelCut.at(name, definition, value), registry);
  }

  /// The model as a graph for inputs of some types. Its parameters, which are all initializers of
  /// single-precision floats with more than one element, are variables of it.
  ///
  /// @param inputs the type of each input without a default, by name
  /// @throws OnnxException if the model has problems, an input is missing or does not fit, or
  ///   shapes depend on values that are fed
  public OnnxGraph graph(Map<String, TensorType> inputs) {
    requireUsable();
    return OnnxGraph.of(this, inputs);
  }

  /// Everything that keeps the model from being used: nodes whose operator, version or element type
  /// is not known, with what would be needed; names that nothing computes. Empty for a good model.
  public List<String> problems() {
    return problems;
  }

  /// Checks that there are no problems.
  ///
  /// @throws OnnxException with all of them
  public void requireUsable() {
    if (!problems.isEmpty()) {
      throw new OnnxException(
          problems.stream()
              .collect(
                  Collectors.joining(
                      "\n  ",
                      "%s: %d problems; need none\n  ".formatted(name, problems.size()),
                      "")),
          "a model without these, or docs/onnx.md for what is known");
    }
  }
}
