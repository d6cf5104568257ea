package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Composites, which a device may refuse.
final class CompositeCases {
  private final Samples samples;
  private final List<OpCase> cases = new ArrayList<>();

  CompositeCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    for (DType dtype : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
      softmax(TensorType.of(dtype, 5, 10), 1);
      crossEntropy(dtype, 9, 10);
    }
    softmax(TensorType.f32(3, 1), 1);
    softmax(TensorType.f32(0, 4), 1);
    softmax(TensorType.f32(4, 0), 1);
    softmax(TensorType.f32(2, 1027), 1);
    softmax(TensorType.f32(2, 3, 67), 2);
    softmax(TensorType.f32(7, 5), 0);
    softmax(TensorType.f32(33), 0);
    softmax(TensorType.f32(129, 10), 1);
    Tensor extreme =
        Tensor.of(
            new float[] {
              1e30f,
              -1e30f,
              0,
              80,
              90,
              100,
              -100,
              0,
              0,
              Float.NEGATIVE_INFINITY,
              1,
              2,
              Float.NaN,
              1,
              2,
              -500,
              -501,
              -502
            },
            6,
            3);
    cases.add(
        OpCases.one(
            "call/softmax/extreme",
            new Tolerance(1, 32, Float.MIN_NORMAL),
            List.of(extreme),
            (g, in) -> in.get(0).softmax(1)));
    crossEntropy(DType.F32, 1, 1);
    crossEntropy(DType.F32, 0, 4);
    crossEntropy(DType.F32, 131, 17);
    crossEntropy(DType.F32, 3, 2051);
    cases.add(
        OpCases.one(
            "call/dropout",
            Tolerance.ulps(2),
            List.of(samples.ordinary(TensorType.f32(51, 41)), Tensor.of(new long[] {5, 6}, 2)),
            (g, in) -> g.call(new Composite.Dropout(0.3), in.get(0), in.get(1))));
    return cases;
  }

  /// Bounds: the exponential of a number of size m moves by m ulps when its operand does by one,
  /// and operands are below 4 after the shift.
  private static Tolerance rounded(long terms) {
    return new Tolerance(16 + Math.sqrt(terms), 16, 0x1p-20);
  }

  private void softmax(TensorType type, int axis) {
    cases.add(
        OpCases.one(
            "call/softmax/%s/%d".formatted(type, axis),
            new Tolerance(16 + Math.sqrt(type.size()), 0, Float.MIN_NORMAL),
            List.of(samples.ordinary(type)),
            (g, in) -> in.get(0).softmax(axis)));
  }

  private void crossEntropy(DType dtype, long rows, long classes) {
    TensorType type = TensorType.of(dtype, rows, classes);
    Tensor scores = samples.ordinary(type);
    // One beyond each end, to see NaN.
    Tensor labels =
        samples.between(TensorType.of(DType.I32, rows), rows > 100 ? -1 : 0, (int) classes - 1);
    Tensor dy = samples.ordinary(TensorType.of(dtype, rows));
    cases.add(
        OpCases.one(
            "call/sparse_cross_entropy/" + type,
            rounded(classes),
            List.of(scores, labels),
            (g, in) -> g.call(new Composite.SparseCrossEntropy(), in.get(0), in.get(1))));
    cases.add(
        OpCases.one(
            "call/sparse_cross_entropy_grad/" + type,
            rounded(classes),
            List.of(scores, labels, dy),
            (g, in) ->
                g.call(new Composite.SparseCrossEntropyGrad(), in.get(0), in.get(1), in.get(2))));
  }
}
