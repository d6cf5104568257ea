package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;
import java.util.stream.LongStream;

/// The elements of one value while the reference runs, in row-major order: floats as doubles that
/// are not rounded to their type, integers and bools as longs that are.
final class Values {
  final TensorType type;

  /// Elements of a float type; empty for other types.
  final double[] reals;

  /// Elements of an integer type or bool; empty for other types.
  final long[] wholes;

  private Values(TensorType type, double[] reals, long[] wholes) {
    this.type = type;
    this.reals = reals;
    this.wholes = wholes;
  }

  static Values zeros(TensorType type) {
    if (type.size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "reference: %s has %d elements; need fewer than 2^31\n  try: a smaller tensor"
              .formatted(type, type.size()));
    }
    int size = (int) type.size();
    return type.dtype().isFloat()
        ? new Values(type, new double[size], new long[0])
        : new Values(type, new double[0], new long[size]);
  }

  static Values of(Tensor tensor) {
    return computed(tensor.type(), tensor::at, tensor::longAt);
  }

  /// Elements of a float type, one by one.
  static Values reals(TensorType type, IntToDoubleFunction element) {
    Values out = zeros(type);
    for (int i = 0; i < out.reals.length; i++) {
      out.reals[i] = element.applyAsDouble(i);
    }
    return out;
  }

  /// Elements of an integer type or bool, one by one, wrapped to the type.
  static Values wholes(TensorType type, IntToLongFunction element) {
    Values out = zeros(type);
    for (int i = 0; i < out.wholes.length; i++) {
      out.wholes[i] = Scalars.wrap(type.dtype(), element.applyAsLong(i));
    }
    return out;
  }

  /// Elements by the first function if the type is a float type, else by the second.
  static Values computed(TensorType type, IntToDoubleFunction real, IntToLongFunction whole) {
    return type.dtype().isFloat() ? reals(type, real) : wholes(type, whole);
  }

  boolean isFloat() {
    return type.dtype().isFloat();
  }

  int size() {
    return (int) type.size();
  }

  /// Elements at these [#places], and `filler` where a place is -1.
  Values gathered(TensorType result, int[] places, double filler) {
    DType dtype = type.dtype();
    return computed(
        result,
        i -> places[i] < 0 ? Scalars.round(dtype, filler) : reals[places[i]],
        i -> places[i] < 0 ? Scalars.toWhole(dtype, filler) : wholes[places[i]]);
  }

  /// Puts a value into one index of the first axis.
  void setRow(int index, Values row) {
    System.arraycopy(row.reals, 0, reals, index * row.reals.length, row.reals.length);
    System.arraycopy(row.wholes, 0, wholes, index * row.wholes.length, row.wholes.length);
  }

  /// The same elements under a type of the same kind and size.
  Values as(TensorType other) {
    return new Values(other, reals, wholes);
  }

  /// A float result with each element rounded to its type; others as they are.
  Values rounded() {
    return isFloat() ? reals(type, i -> Scalars.round(type.dtype(), reals[i])) : this;
  }

  Tensor toTensor() {
    return isFloat()
        ? Tensor.filled(type, i -> reals[(int) i])
        : Tensor.wholes(type, i -> wholes[(int) i]);
  }

  double[] toDoubles() {
    return isFloat() ? reals.clone() : LongStream.of(wholes).asDoubleStream().toArray();
  }

  /// Every index of an axis, ascending.
  static long[] all(long extent) {
    return LongStream.range(0, extent).toArray();
  }

  /// Positions in a row-major tensor that all indices of some axes lead to, the last axis fastest
  /// and the axes not mentioned at 0.
  static int[] places(Shape shape, List<Integer> axes) {
    return places(shape, axes, axes.stream().map(axis -> all(shape.dim(axis))).toList());
  }

  /// Positions in a row-major tensor for each combination of one index per axis, the last axis
  /// fastest and the axes not mentioned at 0; -1 for a combination with an index of -1.
  static int[] places(Shape shape, List<Integer> axes, List<long[]> indices) {
    long[] strides = shape.strides();
    int[] places = {0};
    for (int i = 0; i < axes.size(); i++) {
      long stride = strides[axes.get(i)];
      long[] index = indices.get(i);
      int[] finer = new int[places.length * index.length];
      for (int j = 0; j < finer.length; j++) {
        int outer = places[j / index.length];
        long inner = index[j % index.length];
        finer[j] = outer < 0 || inner < 0 ? -1 : (int) (outer + inner * stride);
      }
      places = finer;
    }
    return places;
  }

  /// Operand positions under each position of a window whose place is given, -1 outside the
  /// operand.
  ///
  /// @param shape of the operand
  /// @param axes that the window slides along
  /// @param window how it slides, per such axis
  /// @param place which window, per such axis
  static int[] underWindow(Shape shape, List<Integer> axes, List<WindowDim> window, long[] place) {
    List<long[]> indices = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      WindowDim dim = window.get(i);
      long o = place[i];
      long extent = shape.dim(axes.get(i));
      indices.add(LongStream.range(0, dim.size()).map(k -> dim.index(o, k, extent)).toArray());
    }
    return places(shape, axes, indices);
  }
}
