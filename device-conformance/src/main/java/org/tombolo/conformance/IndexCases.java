package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Picking, adding, folding and ordering along an axis: each type, indices of both types, some of
/// them outside, the first, the last and a middle axis, nothing and much.
final class IndexCases {
  private final Samples samples;
  private final List<OpCase> cases = new ArrayList<>();

  IndexCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    for (DType dtype : DType.values()) {
      gather(TensorType.of(dtype, 7, 5), TensorType.of(DType.I32, 11), 0, 0);
      if (dtype != DType.BOOL) {
        scatter(TensorType.of(dtype, 7, 5), TensorType.of(DType.I64, 23), 0, 0);
        scan(ReduceFn.SUM, TensorType.of(dtype, 3, 67), 1, false, false);
      }
      scan(ReduceFn.MAX, TensorType.of(dtype, 67, 3), 0, true, true);
      order(TensorType.of(dtype, 3, 61), 1);
      order(TensorType.of(dtype, 61, 3), 0);
    }
    gather(TensorType.f32(7, 13), TensorType.of(DType.I64, 29), 0, 1);
    gather(TensorType.f32(13), TensorType.of(DType.I64), 0, 0);
    gather(TensorType.f32(3, 17, 5), TensorType.of(DType.I32, 2, 3), 0, 1);
    gather(TensorType.f32(3, 2, 17, 5), TensorType.of(DType.I64, 3, 4), 1, 2);
    gather(TensorType.f32(3, 17), TensorType.of(DType.I32, 3, 0), 1, 1);
    gather(TensorType.f32(0, 5), TensorType.of(DType.I32, 3), 0, 0);
    gather(TensorType.f32(1009, 33), TensorType.of(DType.I32, 127), 0, 0);
    scatter(TensorType.f32(3, 17, 5), TensorType.of(DType.I32, 2, 3), 0, 1);
    scatter(TensorType.f32(3, 2, 17, 5), TensorType.of(DType.I64, 3, 4), 1, 2);
    scatter(TensorType.f32(3, 17), TensorType.of(DType.I32, 3, 0), 1, 1);
    scatter(TensorType.f32(0, 5), TensorType.of(DType.I32, 3), 0, 0);
    scatter(TensorType.f32(1009, 33), TensorType.of(DType.I32, 127), 0, 0);
    scatter(TensorType.f32(8191), TensorType.of(DType.I32, 31), 0, 0);
    for (ReduceFn fn : ReduceFn.values()) {
      scan(fn, TensorType.f32(1), 0, false, false);
      scan(fn, TensorType.f32(0, 3), 0, true, false);
      scan(fn, TensorType.f32(5, 33, 7), 1, true, false);
      scan(fn, TensorType.f32(5, 7, 33), 2, false, true);
      scan(fn, TensorType.of(DType.I32, 1025), 0, false, false);
      scan(fn, TensorType.of(DType.U8, 1025), 0, true, true);
    }
    order(TensorType.f32(1), 0);
    order(TensorType.f32(5, 33, 7), 1);
    order(TensorType.f32(2, 1025), 1);
    longLines();
    return cases;
  }

  /// Lines that drivers may take in parts, about the lengths where parts begin or run out.
  private void longLines() {
    for (long extent : new long[] {256, 257, 513, 100_003}) {
      sort(TensorType.f32(extent), 0);
    }
    sort(TensorType.of(DType.I64, 3, 769), 1);
    sort(TensorType.of(DType.F16, 2, 770, 3), 1);
    sort(TensorType.of(DType.I64, 100_003), 0);
    sort(TensorType.of(DType.F16, 100_003), 0);
    for (long extent : new long[] {1024, 1025, 10_007, 300_007}) {
      scan(ReduceFn.SUM, TensorType.f32(extent), 0, false, false);
    }
    scan(ReduceFn.SUM, TensorType.f32(3, 4099), 1, true, false);
    scan(ReduceFn.SUM, TensorType.of(DType.F16, 2, 4099), 1, false, true);
    scan(ReduceFn.SUM, TensorType.of(DType.F64, 2, 2051, 3), 1, true, true);
    scan(ReduceFn.SUM, TensorType.of(DType.I8, 2, 270_001), 1, true, true);
    scan(ReduceFn.PROD, TensorType.of(DType.I64, 5003), 0, false, true);
    scan(ReduceFn.PROD, TensorType.f32(1500), 0, false, false);
    scan(ReduceFn.MAX, TensorType.f32(4099, 3), 0, true, true);
    scan(ReduceFn.MIN, TensorType.of(DType.BF16, 4099), 0, false, false);
  }

  private void sort(TensorType type, int axis) {
    long extent = type.dim(axis);
    ordered(new Op.ArgSort(axis, false, extent), samples.special(type), axis, 1);
    ordered(new Op.ArgSort(axis, true, (extent + 1) / 2), samples.between(type, 0, 1), axis, 2);
  }

  private Tensor indices(TensorType type, long extent) {
    return samples.between(type, -2, (int) extent + 1);
  }

  private void gather(TensorType data, TensorType indices, int batch, int axis) {
    cases.add(
        OpCases.one(
            "gather/%s/%s/%d-%d".formatted(data, indices, batch, axis),
            Tolerance.EXACT,
            List.of(samples.special(data), indices(indices, data.dim(axis))),
            (g, in) -> g.add(new Op.Gather(batch, axis), in)));
  }

  private void scatter(TensorType data, TensorType indices, int batch, int axis) {
    Op op = new Op.ScatterAdd(batch, axis);
    TensorType updates = new Op.Gather(batch, axis).infer(List.of(data, indices));
    cases.add(
        OpCases.one(
            "scatter_add/%s/%s/%d-%d".formatted(data, indices, batch, axis),
            data.dtype().isFloat() ? Tolerance.sumOf(indices.size() + 2) : Tolerance.EXACT,
            List.of(
                samples.ordinary(data),
                indices(indices, data.dim(axis)),
                samples.ordinary(updates)),
            (g, in) -> g.add(op, in)));
  }

  private void scan(ReduceFn fn, TensorType type, int axis, boolean exclusive, boolean reverse) {
    boolean product = fn == ReduceFn.PROD && type.dtype().isFloat();
    Tensor ordinary = samples.ordinary(type);
    Tensor input = product ? Tensor.filled(type, i -> 1 + ordinary.at(i) / 64) : ordinary;
    Tolerance tolerance =
        !type.dtype().isFloat() || fn == ReduceFn.MAX || fn == ReduceFn.MIN
            ? Tolerance.EXACT
            : product ? Tolerance.ulps(type.dim(axis) + 1.0) : Tolerance.sumOf(type.dim(axis) + 1);
    cases.add(
        OpCases.one(
            "scan/%s/%s/%d%s%s"
                .formatted(
                    fn, type, axis, exclusive ? "-exclusive" : "", reverse ? "-reverse" : ""),
            tolerance,
            List.of(input),
            (g, in) -> g.add(new Op.Scan(fn, axis, exclusive, reverse), in)));
  }

  /// With many equals, NaN and zeros of both signs.
  private void order(TensorType type, int axis) {
    long extent = type.dim(axis);
    List<Op> ops =
        List.of(
            new Op.ArgReduce(true, axis),
            new Op.ArgReduce(false, axis),
            new Op.ArgSort(axis, false, extent),
            new Op.ArgSort(axis, true, (extent + 1) / 2));
    List<Tensor> inputs =
        List.of(samples.ordinary(type), samples.special(type), samples.between(type, 0, 1));
    for (Op op : ops) {
      for (int i = 0; i < inputs.size(); i++) {
        ordered(op, inputs.get(i), axis, i);
      }
    }
  }

  private void ordered(Op op, Tensor input, int axis, int sample) {
    boolean descending = op instanceof Op.ArgSort sort && sort.descending();
    cases.add(
        OpCases.one(
            "%s%s/%s/%d/%d"
                .formatted(
                    op.mnemonic(), descending ? "-descending" : "", input.type(), axis, sample),
            Tolerance.EXACT,
            List.of(input),
            (g, in) -> g.add(op, in)));
  }
}
