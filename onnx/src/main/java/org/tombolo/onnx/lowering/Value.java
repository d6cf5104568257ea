package org.tombolo.onnx.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.ContainerDef;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;

/// A value of a model while it is lowered.
public sealed interface Value {

  /// What the value is, for messages.
  String describe();

  /// The elements of a tensor of a file.
  ///
  /// @param where the tensor is, for messages
  /// @throws OnnxException if no type of the graph carries them
  static Value of(TensorDef tensor, String where) {
    if (tensor.type() == ElementType.STRING) {
      return new Texts(tensor.shape(), tensor.strings());
    }
    if (tensor.type().carrier().isEmpty()) {
      throw new OnnxException(
          "%s: element type %s; need one that a type of the graph carries"
              .formatted(where, tensor.type()),
          "float, float16, bfloat16, double, bool, or an integer type");
    }
    return Dense.of(tensor.type(), tensor.tensor());
  }

  /// The elements of a list or an optional of a file.
  ///
  /// @param where it is, for messages
  /// @throws OnnxException if no type of the graph carries those of a tensor
  static Value of(ContainerDef container, String where) {
    List<Value> elements = new ArrayList<>();
    container.tensors().forEach(tensor -> elements.add(of(tensor, where)));
    container.containers().forEach(inner -> elements.add(of(inner, where)));
    return container.optional() ? new Maybe(elements.stream().findFirst()) : new Sequence(elements);
  }

  /// A tensor: computed by a node of the graph, or known already, or both.
  ///
  /// @param type of the elements as ONNX has them
  /// @param carried type that carries the elements in the graph
  /// @param node that computes it; null for what is known
  /// @param tensor the elements; null for what is computed
  /// @param variable name of the variable of the graph that holds what is known, where that is
  ///   large
  record Dense(
      ElementType type,
      TensorType carried,
      @Nullable Node node,
      @Nullable Tensor tensor,
      @Nullable String variable)
      implements Value {

    /// What a node computes.
    public static Dense of(ElementType type, Node node) {
      return new Dense(type, node.type(), node, null, null);
    }

    /// What is known.
    public static Dense of(ElementType type, Tensor tensor) {
      return new Dense(type, tensor.type(), null, tensor, null);
    }

    /// Whether the elements are known.
    public boolean isKnown() {
      return tensor != null;
    }

    /// Extents.
    public Shape shape() {
      return carried.shape();
    }

    /// Number of axes.
    public int rank() {
      return carried.rank();
    }

    /// Number of elements.
    public long size() {
      return carried.size();
    }

    /// Extent of an axis.
    public long dim(int axis) {
      return carried.dim(axis);
    }

    @Override
    public String describe() {
      return type.toString() + shape();
    }
  }

  /// A tensor of strings, always known.
  ///
  /// @param shape extents
  /// @param elements in row-major order
  record Texts(Shape shape, List<String> elements) implements Value {
    /// Copies the list.
    public Texts {
      elements = List.copyOf(elements);
    }

    @Override
    public String describe() {
      return "string" + shape;
    }
  }

  /// A list of values, whose length is known.
  ///
  /// @param elements in order
  record Sequence(List<Value> elements) implements Value {
    /// Copies the list.
    public Sequence {
      elements = List.copyOf(elements);
    }

    @Override
    public String describe() {
      return "sequence of " + elements.size();
    }
  }

  /// A value or nothing, which of them is known.
  ///
  /// @param value if there is one
  record Maybe(Optional<Value> value) implements Value {
    @Override
    public String describe() {
      return value.map(inner -> "optional " + inner.describe()).orElse("empty optional");
    }
  }
}
