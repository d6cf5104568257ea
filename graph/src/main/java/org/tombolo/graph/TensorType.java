package org.tombolo.graph;

/// Element type and shape: all that is known of a tensor before its values are.
///
/// @param dtype type of each element
/// @param shape extents, outermost first
public record TensorType(DType dtype, Shape shape) {
  /// Checks that the bytes can be counted.
  ///
  /// @throws ShapeException if they overflow a `long`
  public TensorType {
    if (shape.size() > Long.MAX_VALUE / dtype.bytes()) {
      throw new ShapeException(
          "type: %s of %s; need fewer than 2^63 bytes".formatted(shape, dtype), "a smaller tensor");
    }
  }

  /// A type from its element type and extents.
  public static TensorType of(DType dtype, long... dims) {
    return new TensorType(dtype, Shape.of(dims));
  }

  /// Single-precision floats of these extents.
  public static TensorType f32(long... dims) {
    return of(DType.F32, dims);
  }

  /// Number of dimensions.
  public int rank() {
    return shape.rank();
  }

  /// Extent of one dimension, in elements.
  public long dim(int axis) {
    return shape.dim(axis);
  }

  /// Number of elements.
  public long size() {
    return shape.size();
  }

  /// Bytes of the dense row-major form.
  public long bytes() {
    return shape.size() * dtype.bytes();
  }

  /// The same element type with another shape.
  public TensorType withShape(Shape other) {
    return new TensorType(dtype, other);
  }

  /// The same shape with another element type.
  public TensorType withDType(DType other) {
    return new TensorType(other, shape);
  }

  /// Such as `f32[32,784]`.
  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
