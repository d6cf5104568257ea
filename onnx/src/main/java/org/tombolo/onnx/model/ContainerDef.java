package org.tombolo.onnx.model;

import java.util.List;

/// A list or an optional of a file.
///
/// @param optional whether it is an optional, which has one element or none
/// @param tensors elements, if those are tensors
/// @param containers elements, if those are lists or optionals
public record ContainerDef(
    boolean optional, List<TensorDef> tensors, List<ContainerDef> containers) {
  /// Copies the lists.
  public ContainerDef {
    tensors = List.copyOf(tensors);
    containers = List.copyOf(containers);
  }
}
