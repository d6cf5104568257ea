package org.tombolo.cpu.gemm;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A sum of products over strided operands: for each batch, row and column position
///
/// `out[batch, row, column] = sum over inner of a[batch, row, inner] * b[batch, inner, column]`
///
/// where each position is the sum of its axes' strides and the tensor's first offset. Different
/// positions of the result are different elements; operands may overlap themselves, as the windows
/// of a convolution do. An empty sum is 0.
///
/// @param batch indices of all three
/// @param rows indices of the left operand and the result
/// @param columns indices of the right operand and the result
/// @param inner indices of both operands, in order of summation
/// @param a element of the left operand where all indices are 0
/// @param b element of the right operand where all indices are 0
/// @param out element of the result where all indices are 0
record Contraction(
    List<Axis> batch,
    List<Axis> rows,
    List<Axis> columns,
    List<Axis> inner,
    long a,
    long b,
    long out) {

  /// Joins what can be joined.
  Contraction {
    batch = Axis.merged(batch);
    rows = Axis.merged(rows);
    columns = Axis.merged(columns);
    inner = Axis.merged(inner);
  }

  /// The contraction that a dot of dense tensors is. Sums run over the contracted axes in the order
  /// in which the operation lists them, the last one fastest.
  static Contraction of(Op.Dot op, TensorType a, TensorType b) {
    TensorType out = op.infer(List.of(a, b));
    long[] as = a.shape().strides();
    long[] bs = b.shape().strides();
    long[] outs = out.shape().strides();
    int position = 0;
    List<Axis> batch = new ArrayList<>();
    for (int i = 0; i < op.lhsBatch().size(); i++) {
      int axis = op.lhsBatch().get(i);
      batch.add(new Axis(a.dim(axis), as[axis], bs[op.rhsBatch().get(i)], outs[position++]));
    }
    List<Axis> rows = new ArrayList<>();
    for (int axis : op.lhsFree(a.rank())) {
      rows.add(new Axis(a.dim(axis), as[axis], 0, outs[position++]));
    }
    List<Axis> columns = new ArrayList<>();
    for (int axis : op.rhsFree(b.rank())) {
      columns.add(new Axis(b.dim(axis), 0, bs[axis], outs[position++]));
    }
    List<Axis> inner =
        IntStream.range(0, op.lhsContract().size())
            .mapToObj(i -> {
              int axis = op.lhsContract().get(i);
              return new Axis(a.dim(axis), as[axis], bs[op.rhsContract().get(i)], 0);
            })
            .toList();
    return new Contraction(batch, rows, columns, inner, 0, 0, 0);
  }

  /// The same sums with the operands' parts exchanged: rows are columns and columns are rows.
  Contraction turned() {
    return new Contraction(turned(batch), turned(columns), turned(rows), turned(inner), b, a, out);
  }

  private static List<Axis> turned(List<Axis> axes) {
    return axes.stream()
        .map(axis -> new Axis(axis.extent(), axis.b(), axis.a(), axis.out()))
        .toList();
  }

  /// Whether neighbours in the result are of one column rather than of one row, so that the turned
  /// sums store better.
  boolean storesAlongRows() {
    return stepsByOne(rows) && !stepsByOne(columns);
  }

  private static boolean stepsByOne(List<Axis> axes) {
    return !axes.isEmpty() && axes.getLast().out() == 1;
  }
}
