package org.tombolo.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.TensorType;

/// Axes of a tensor in the order in which a primitive wants them, with their places in memory.
///
/// @param dims extents
/// @param strides elements from one index to the next, per axis
record Layout(List<Long> dims, List<Long> strides) {
  /// Copies the lists.
  Layout {
    dims = List.copyOf(dims);
    strides = List.copyOf(strides);
  }

  /// An extent with its stride.
  record Axis(long extent, long stride) {
    /// One index of no consequence.
    static final Axis ONE = new Axis(1, 1);
  }

  static Layout of(List<Axis> axes) {
    return new Layout(
        axes.stream().map(Axis::extent).toList(), axes.stream().map(Axis::stride).toList());
  }

  int rank() {
    return dims.size();
  }

  /// An axis of a dense tensor.
  static Axis axis(TensorType type, int axis) {
    return new Axis(type.dim(axis), type.shape().strides()[axis]);
  }

  /// Several axes of a dense tensor as one, the first one slowest; nothing if steps differ.
  static Optional<Axis> merged(TensorType type, List<Integer> axes) {
    List<Axis> parts = new ArrayList<>();
    for (int axis : axes) {
      if (type.dim(axis) != 1) {
        parts.add(axis(type, axis));
      }
    }
    if (parts.isEmpty()) {
      return Optional.of(Axis.ONE);
    }
    long extent = parts.getLast().extent();
    long stride = parts.getLast().stride();
    for (int i = parts.size() - 2; i >= 0; i--) {
      if (parts.get(i).stride() != extent * stride) {
        return Optional.empty();
      }
      extent *= parts.get(i).extent();
    }
    return Optional.of(new Axis(extent, stride));
  }
}
