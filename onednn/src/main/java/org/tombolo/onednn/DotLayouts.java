package org.tombolo.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A dot as a product of matrices, one for each index of the batch axes.
///
/// @param a `[batch.., m, k]`
/// @param b `[batch.., k, n]`
/// @param out `[batch.., m, n]`
record DotLayouts(Layout a, Layout b, Layout out) {
  private static final int MOST_BATCH_AXES = 4;

  /// The layouts; nothing where the axes that make up a matrix's rows or columns do not lie at
  /// equal steps, or no element of a row or column has its neighbour beside it.
  static Optional<DotLayouts> of(Op.Dot op, TensorType a, TensorType b) {
    if (op.lhsBatch().size() > MOST_BATCH_AXES) {
      return Optional.empty();
    }
    TensorType out = op.infer(List.of(a, b));
    int batches = op.lhsBatch().size();
    List<Integer> freeA = op.lhsFree(a.rank());
    List<Integer> freeB = op.rhsFree(b.rank());
    Optional<Layout.Axis> rows = Layout.merged(a, freeA);
    Optional<Layout.Axis> termsA = Layout.merged(a, op.lhsContract());
    Optional<Layout.Axis> termsB = Layout.merged(b, op.rhsContract());
    Optional<Layout.Axis> columns = Layout.merged(b, freeB);
    if (rows.isEmpty() || termsA.isEmpty() || termsB.isEmpty() || columns.isEmpty()) {
      return Optional.empty();
    }
    long m = rows.get().extent();
    long n = columns.get().extent();
    if (!hasNeighbours(rows.get(), termsA.get()) || !hasNeighbours(termsB.get(), columns.get())) {
      return Optional.empty();
    }
    List<Layout.Axis> left = new ArrayList<>();
    List<Layout.Axis> right = new ArrayList<>();
    List<Layout.Axis> result = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      if (out.dim(i) == 1) {
        continue; // the library computes nonsense where such an axis has an odd stride
      }
      left.add(Layout.axis(a, op.lhsBatch().get(i)));
      right.add(Layout.axis(b, op.rhsBatch().get(i)));
      result.add(Layout.axis(out, i));
    }
    left.addAll(List.of(rows.get(), termsA.get()));
    right.addAll(List.of(termsB.get(), columns.get()));
    result.addAll(List.of(new Layout.Axis(m, n), new Layout.Axis(n, 1)));
    return Optional.of(new DotLayouts(Layout.of(left), Layout.of(right), Layout.of(result)));
  }

  private static boolean hasNeighbours(Layout.Axis one, Layout.Axis other) {
    return one.stride() == 1 || other.stride() == 1;
  }
}
