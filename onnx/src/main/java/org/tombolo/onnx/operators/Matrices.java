package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Products of matrices and what is made of them.
final class Matrices {
  private Matrices() {}

  static void define(Registry to) {
    to.add(
        "MatMul",
        c -> List.of(Elementwise.wrapped(c, c.type(0), matmul(c.wide(0), c.wide(1)))),
        1,
        9,
        13);
    to.add("Gemm", Matrices::gemm, 1, 6, 7, 9, 11, 13);
    to.add("Einsum", Einsum::einsum, 12);
    to.add("Det", Matrices::det, 11, 22).onHost();
  }

  /// Product of matrices, or of stacks of them that are repeated to a common shape; vectors count
  /// as a row on the left and as a column on the right.
  static Node matmul(Node a, Node b) {
    Node left = a.rank() == 1 ? Nodes.unsqueeze(a, 0) : a;
    Node right = b.rank() == 1 ? Nodes.unsqueeze(b, 1) : b;
    Node out = stacked(left, right);
    if (b.rank() == 1) {
      out = Nodes.squeeze(out, out.rank() - 1);
    }
    if (a.rank() == 1) {
      out = Nodes.squeeze(out, out.rank() - (b.rank() == 1 ? 1 : 2));
    }
    return out;
  }

  private static Node stacked(Node a, Node b) {
    if (b.rank() == 2) {
      return a.builder()
          .add(new Op.Dot(List.of(), List.of(), List.of(a.rank() - 1), List.of(0)), List.of(a, b));
    }
    Shape stack = Nodes.common(List.of(stack(a), stack(b)));
    int batch = stack.rank();
    List<Integer> axes = IntStream.range(0, batch).boxed().toList();
    return a.builder()
        .add(
            new Op.Dot(axes, axes, List.of(batch + 1), List.of(batch)),
            List.of(repeated(a, stack), repeated(b, stack)));
  }

  private static Shape stack(Node x) {
    return Shape.of(x.shape().toList().subList(0, x.rank() - 2));
  }

  private static Node repeated(Node x, Shape stack) {
    List<Long> dims = new ArrayList<>(stack.toList());
    dims.addAll(x.shape().toList().subList(x.rank() - 2, x.rank()));
    return x.broadcastTo(Shape.of(dims));
  }

  private static List<Value.Dense> gemm(Call c) {
    Node a = c.wide(0);
    Node b = c.wide(1);
    Node left = c.integer("transA", 0) != 0 ? a.transpose() : a;
    Node right = c.integer("transB", 0) != 0 ? b.transpose() : b;
    Node product = scaled(left.matmul(right), c.real("alpha", 1));
    if (!c.has(2)) {
      return c.like(product);
    }
    Node bias = scaled(Call.widened(c.x(2)), c.real("beta", 1));
    return c.like(product.add(bias.broadcastTo(product.shape())));
  }

  private static Node scaled(Node x, double factor) {
    if (factor == 1) {
      return x;
    }
    return x.dtype().isFloat() ? x.mul(factor) : x.cast(DType.F64).mul(factor).cast(x.dtype());
  }

  private static List<Value.Dense> det(Call c) {
    return c.onHost(
        List.of(c.in(0)),
        List.of(c.type(0)),
        in -> {
          Tensor x = in.get(0);
          int n = (int) x.type().dim(x.type().rank() - 1);
          Shape out = Shape.of(x.shape().toList().subList(0, x.type().rank() - 2));
          return List.of(
              Tensor.filled(
                  new TensorType(x.type().dtype(), out), i -> determinant(x, i * n * n, n)));
        });
  }

  /// Elimination with the largest element of each column as pivot.
  private static double determinant(Tensor x, long start, int n) {
    double[][] a = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        a[i][j] = x.at(start + (long) i * n + j);
      }
    }
    double det = 1;
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++) {
        pivot = Math.abs(a[i][k]) > Math.abs(a[pivot][k]) ? i : pivot;
      }
      double[] row = a[pivot];
      a[pivot] = a[k];
      a[k] = row;
      det *= pivot == k ? row[k] : -row[k];
      for (int i = k + 1; i < n && row[k] != 0; i++) {
        double factor = a[i][k] / row[k];
        for (int j = k; j < n; j++) {
          a[i][j] -= factor * row[j];
        }
      }
    }
    return det;
  }
}
