package org.tombolo.onnx.export;

import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;

/// A value of a model in the making.
///
/// @param name of the value in the model
/// @param type of the value
record Ref(String name, TensorType type) {
  DType dtype() {
    return type.dtype();
  }

  Shape shape() {
    return type.shape();
  }

  int rank() {
    return type.rank();
  }

  long dim(int axis) {
    return type.dim(axis);
  }
}
