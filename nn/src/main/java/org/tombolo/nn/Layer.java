package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// One step of a [Model]: immutable, compared by value, ignorant of batch sizes and devices.
///
/// The set is closed, so that whoever writes models in another form can switch over it without a
/// `default`. Shapes here are those of one example; in a graph a batch axis comes first.
public sealed interface Layer
    permits Activation,
        AvgPool2d,
        BatchNorm,
        Conv2d,
        Dense,
        Dropout,
        Embedding,
        Flatten,
        Grafted,
        GroupNorm,
        Gru,
        InstanceNorm,
        LayerNorm,
        Lstm,
        MaxPool2d,
        MultiHeadAttention,
        RmsNorm,
        Scale,
        SimpleRnn {

  /// Stem of the layer's name: the second layer of the kind `conv` is called `conv2`.
  String kind();

  /// Shape that one example has after the layer.
  ///
  /// @param in its shape before
  /// @throws ShapeException if the layer cannot take it
  Shape infer(Shape in);

  /// What the layer learns, in the order of its checkpoints; names are those within the layer.
  ///
  /// @param in a shape that [#infer] accepts
  default List<Parameter> parameters(Shape in) {
    return List.of();
  }

  /// What the layer keeps besides what it learns, and changes in each step of training by
  /// [Pass#update] without a gradient; names are those within the layer.
  ///
  /// @param in a shape that [#infer] accepts
  default List<Parameter> statistics(Shape in) {
    return List.of();
  }

  /// Adds the layer to a graph.
  ///
  /// @param x floats `[n, in..]`
  /// @param pass where parameters and random keys come from
  /// @return floats `[n, out..]`
  Node apply(Node x, Pass pass);

  /// What is set differently from the layer's simplest form, for summaries; may be empty.
  String detail();
}
