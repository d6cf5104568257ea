package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Folds: each function and type, along the last, the first, the middle and all axes, of nothing
/// and of much, alone and with arithmetic fused in front.
final class ReductionCases {
  private final Samples samples;
  private final List<OpCase> cases = new ArrayList<>();

  ReductionCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    for (ReduceFn fn : ReduceFn.values()) {
      for (DType dtype : DType.values()) {
        if (fn.accepts(dtype)) {
          fold(fn, TensorType.of(dtype, 7, 131), 1);
          fold(fn, TensorType.of(dtype, 131, 7), 0);
          fold(fn, TensorType.of(dtype, 3, 0), 1);
          fold(fn, TensorType.of(dtype, 0), 0);
        }
      }
      fold(fn, TensorType.f32(), new int[0]);
      fold(fn, TensorType.f32(5, 6, 7), 1);
      fold(fn, TensorType.f32(5, 6, 7), 0, 2);
      fold(fn, TensorType.f32(5, 6, 7), 0, 1, 2);
      fold(fn, TensorType.f32(2, 3, 4, 5), 0, 1, 2);
      fold(fn, TensorType.f32(0, 4), 0);
      fold(fn, TensorType.f32(4, 0, 3), 0);
      fold(fn, TensorType.f32(1, 1), 0);
      special(fn, TensorType.f32(61, 67), 1);
      special(fn, TensorType.f32(61, 67), 0);
      special(fn, TensorType.of(DType.F64, 500), 0);
    }
    for (long size : new long[] {1, 2, 63, 64, 65, 1023, 1024, 1025, 8191, 8193, 100003}) {
      fold(ReduceFn.SUM, TensorType.f32(size), 0);
      fold(ReduceFn.MAX, TensorType.f32(size), 0);
    }
    fold(ReduceFn.SUM, TensorType.f32(3, 20011), 1);
    fold(ReduceFn.SUM, TensorType.f32(20011, 3), 0);
    fold(ReduceFn.SUM, TensorType.f32(2, 5003, 5), 1);
    fold(ReduceFn.SUM, TensorType.f32(700, 301), 0);
    fold(ReduceFn.MAX, TensorType.f32(301, 700), 1);
    fused();
    return cases;
  }

  private static Tolerance tolerance(ReduceFn fn, TensorType type) {
    if (!type.dtype().isFloat()) {
      return Tolerance.EXACT;
    }
    return switch (fn) {
      case SUM -> Tolerance.sumOf(Math.min(type.size(), 2048));
      case PROD -> Tolerance.ulps(type.size() + 1.0);
      case MAX, MIN -> Tolerance.EXACT;
    };
  }

  private void fold(ReduceFn fn, TensorType type, int... axes) {
    Tensor input =
        fn == ReduceFn.PROD && type.dtype().isFloat()
            ? nearOne(samples.ordinary(type))
            : samples.ordinary(type);
    add("", fn, input, tolerance(fn, type), axes);
  }

  /// Products of many numbers stay in range when these are near 1.
  private static Tensor nearOne(Tensor tensor) {
    return Tensor.filled(tensor.type(), i -> 1 + tensor.at(i) / 64);
  }

  /// With infinities and NaN only in some rows.
  private void special(ReduceFn fn, TensorType type, int axis) {
    if (fn == ReduceFn.SUM || fn == ReduceFn.PROD) {
      return; // what overflows on the way depends on the order, which is the driver's choice
    }
    add("-specials", fn, samples.special(type), Tolerance.EXACT, axis);
    Tensor mixed = samples.special(type);
    Tensor finite = samples.ordinary(type);
    Tensor someNan = Tensor.filled(type, i -> i % 37 == 0 ? mixed.at(i) : finite.at(i));
    add("-few-specials", fn, someNan, Tolerance.EXACT, axis);
  }

  private void add(String suffix, ReduceFn fn, Tensor input, Tolerance tolerance, int... axes) {
    List<Integer> folded = Arrays.stream(axes).boxed().toList();
    String name = "reduce/%s%s/%s/%s".formatted(fn, suffix, input.type(), folded);
    cases.add(
        OpCases.one(
            name, tolerance, List.of(input), (g, in) -> g.add(new Op.Reduce(fn, folded), in)));
  }

  private void fused() {
    Tensor x = samples.ordinary(TensorType.f32(45, 113));
    Tensor row = samples.ordinary(TensorType.f32(113));
    for (int axis = 0; axis < 2; axis++) {
      int along = axis;
      cases.add(
          OpCases.one(
              "reduce/fused-squares/" + axis,
              Tolerance.sumOf(115),
              List.of(x),
              (g, in) -> in.get(0).square().sum(along)));
      cases.add(
          OpCases.one(
              "reduce/fused-products/" + axis,
              Tolerance.sumOf(115),
              List.of(x, row),
              (g, in) -> in.get(0).mul(in.get(1).broadcastTo(Shape.of(45, 113))).sum(along)));
      cases.add(
          OpCases.one(
              "reduce/fused-largest-magnitude/" + axis,
              Tolerance.EXACT,
              List.of(x),
              (g, in) -> in.get(0).abs().reduce(ReduceFn.MAX, along)));
      cases.add(
          OpCases.one(
              "reduce/fused-transposed/" + axis,
              Tolerance.sumOf(115),
              List.of(x),
              (g, in) -> in.get(0).transpose().sum(along)));
    }
    cases.add(
        OpCases.one(
            "reduce/fused-count",
            Tolerance.EXACT,
            List.of(x),
            (g, in) -> in.get(0).compare(CompareFn.GT, 0.5).cast(DType.I32).sum(0, 1)));
    cases.add(
        OpCases.one(
            "reduce/fused-repeated",
            Tolerance.sumOf(60),
            List.of(row),
            (g, in) -> in.get(0).broadcastTo(Shape.of(50, 113)).sum(0)));
    cases.add(
        OpCases.one(
            "reduce/bias-gradient",
            Tolerance.sumOf(2 * 9 * 9),
            List.of(samples.ordinary(TensorType.f32(2, 9, 9, 33))),
            (g, in) -> in.get(0).sum(0, 1, 2)));
  }
}
