package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;

/// How [Op.Gather] and [Op.ScatterAdd] see their operands, all row-major: data `[batches, outer,
/// extent, inner]`, indices `[batches, indices]`, and what is picked or added `[batches, outer,
/// indices, inner]`.
///
/// @param batches elements of the axes that data and indices share
/// @param outer elements of the axes between those and the indexed one
/// @param extent of the indexed axis
/// @param inner elements of the axes after it
/// @param indices per batch
/// @param pickedShape shape of what is picked
public record IndexedAxis(
    long batches, long outer, long extent, long inner, long indices, Shape pickedShape) {

  /// The view of a gather's operands.
  public static IndexedAxis of(Op.Gather op, TensorType data, TensorType indices) {
    return of(op, op.batch(), op.axis(), data, indices);
  }

  /// The view of a scatter's operands.
  public static IndexedAxis of(Op.ScatterAdd op, TensorType data, TensorType indices) {
    return of(op, op.batch(), op.axis(), data, indices);
  }

  /// @throws ShapeException if they do not fit
  static IndexedAxis of(Op op, int batch, int axis, TensorType data, TensorType indices) {
    boolean fits =
        (indices.dtype() == DType.I32 || indices.dtype() == DType.I64)
            && 0 <= batch
            && batch <= axis
            && axis < data.rank()
            && batch <= indices.rank();
    for (int i = 0; fits && i < batch; i++) {
      fits = data.dim(i) == indices.dim(i);
    }
    if (!fits) {
      throw new ShapeException(
          "%s: data is %s, indices are %s, axis %d with %d batch axes; need i32 or i64 indices, and 0 <= batch <= axis < rank with equal leading extents"
              .formatted(op.mnemonic(), data, indices, axis, batch),
          "cast(DType.I32) of the indices, or 0 batch axes");
    }
    List<Long> dims = data.shape().toList();
    List<Long> picked = new ArrayList<>(dims.subList(0, axis));
    picked.addAll(indices.shape().toList().subList(batch, indices.rank()));
    picked.addAll(dims.subList(axis + 1, dims.size()));
    return new IndexedAxis(
        product(dims.subList(0, batch)),
        product(dims.subList(batch, axis)),
        data.dim(axis),
        product(dims.subList(axis + 1, dims.size())),
        product(indices.shape().toList().subList(batch, indices.rank())),
        Shape.of(picked));
  }

  private static long product(List<Long> dims) {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /// Type of what is picked from data of this type.
  TensorType picked(TensorType data) {
    return data.withShape(pickedShape);
  }
}
