package org.tombolo.nn;

import org.tombolo.graph.Shape;

/// A variable that training changes.
///
/// @param name within its layer, such as `kernel`, or within its model, such as `dense1/kernel`
/// @param shape extents
/// @param initial where it starts
public record Parameter(String name, Shape shape, Initializer initial) {

  /// The same parameter under the name that it has in a model.
  Parameter in(String layer) {
    return new Parameter(layer + "/" + name, shape, initial);
  }
}
