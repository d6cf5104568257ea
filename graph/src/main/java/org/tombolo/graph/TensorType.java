package org.tombolo.graph;

/// Element type and shape: all that is known of a tensor before its values are.
///
/// @param dtype type of each element
/// @param shape extents, outermost first
public record TensorType(DType dtype, Shape shape) {

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
    return Math.multiplyExact(shape.size(), dtype.bytes());
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
