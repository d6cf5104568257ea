package org.tombolo.onnx.model;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a graph declares of an input or output.
///
/// @param name of the value
/// @param kind what it is
/// @param elementType of a tensor, if declared
/// @param shape extents of a tensor, if declared
public record ValueDef(
    String name, Kind kind, Optional<ElementType> elementType, Optional<List<Extent>> shape) {

  /// What a value is.
  public enum Kind {
    /// A dense tensor.
    TENSOR,
    /// A list of values.
    SEQUENCE,
    /// A value or nothing.
    OPTIONAL,
    /// A map from keys to values.
    MAP,
    /// A tensor with few elements that are not zero.
    SPARSE,
    /// Not declared.
    UNKNOWN
  }

  /// An extent of a declared shape: known, named, or neither.
  ///
  /// @param value the extent, or -1
  /// @param name stands for the same extent wherever it is used; may be empty
  public record Extent(long value, String name) {
    /// Whether the extent is a number.
    public boolean isKnown() {
      return value >= 0;
    }

    @Override
    public String toString() {
      return isKnown() ? Long.toString(value) : name.isEmpty() ? "?" : name;
    }
  }

  /// Type and shape, such as `float[batch,3,224,224]`.
  public String type() {
    if (kind != Kind.TENSOR) {
      return kind.name().toLowerCase(Locale.ROOT);
    }
    String extents =
        shape
            .map(all ->
                all.stream().map(Extent::toString).collect(Collectors.joining(",", "[", "]")))
            .orElse("[...]");
    return elementType.map(ElementType::toString).orElse("?") + extents;
  }
}
