package org.tombolo.graph;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// The extents of a tensor, outermost first; rank 0 is a scalar. Immutable, compared by value.
public final class Shape {
  /// The shape of a single value.
  public static final Shape SCALAR = new Shape(new long[0]);

  private final long[] dims;
  private final long size;

  private Shape(long[] dims) {
    this.dims = dims;
    this.size = product(dims);
  }

  /// A shape with these extents.
  ///
  /// @throws ShapeException if an extent is negative or the element count overflows a `long`
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /// A shape with these extents.
  ///
  /// @throws ShapeException if an extent is negative or the element count overflows a `long`
  public static Shape of(List<Long> dims) {
    return of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  private static long product(long[] dims) {
    long size = 1;
    boolean empty = false;
    for (long dim : dims) {
      if (dim < 0) {
        throw new ShapeException(
            "shape: extents are %s; need 0 or more each".formatted(Arrays.toString(dims)),
            "check the arithmetic that produced the extent");
      }
      empty |= dim == 0;
    }
    if (empty) {
      return 0;
    }
    for (long dim : dims) {
      if (Math.multiplyHigh(size, dim) != 0 || size * dim < 0) {
        throw new ShapeException(
            "shape: extents are %s; need fewer than 2^63 elements".formatted(Arrays.toString(dims)),
            "a smaller tensor");
      }
      size *= dim;
    }
    return size;
  }

  /// Number of dimensions.
  public int rank() {
    return dims.length;
  }

  /// Extent of one dimension, in elements.
  public long dim(int axis) {
    return dims[axis];
  }

  /// Number of elements.
  public long size() {
    return size;
  }

  /// A copy of the extents.
  public long[] toArray() {
    return dims.clone();
  }

  /// The extents as a list.
  public List<Long> toList() {
    return LongStream.of(dims).boxed().toList();
  }

  /// This shape with one extent replaced.
  public Shape withDim(int axis, long extent) {
    long[] out = dims.clone();
    out[axis] = extent;
    return new Shape(out);
  }

  /// Distance in elements between neighbours along each axis, row-major and dense.
  public long[] strides() {
    long[] strides = new long[dims.length];
    long step = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= dims[i];
    }
    return strides;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape that && Arrays.equals(dims, that.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /// The extents in brackets, such as `[32,784]`; a scalar is `[]`.
  @Override
  public String toString() {
    return LongStream.of(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
  }
}
