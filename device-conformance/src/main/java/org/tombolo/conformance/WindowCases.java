package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Windows that fold or pass gradients back, padding and joining.
final class WindowCases {
  private final Samples samples;
  private final List<OpCase> cases = new ArrayList<>();

  WindowCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    for (DType dtype : DType.values()) {
      if (dtype != DType.BOOL) {
        window("images", TensorType.of(dtype, 2, 7, 6, 5), image(2, 2, 0));
        pad(TensorType.of(dtype, 3, 4), List.of(1L, 0L), List.of(0L, 2L), List.of(0L, 0L));
      } else {
        pad(TensorType.of(dtype, 3, 4), List.of(1L, 0L), List.of(0L, 2L), List.of(1L, 0L));
      }
      concat(dtype, 0, 3, 1, 5);
      concat(dtype, 1, 3, 1, 5);
    }
    window("wide", TensorType.f32(1, 12, 12, 67), image(3, 2, 1));
    window("narrow", TensorType.f32(3, 28, 28, 1), image(2, 2, 0));
    window("overlap", TensorType.f32(2, 9, 8, 19), image(3, 1, 1));
    window("planes", TensorType.f32(2, 3, 13, 37), planes(3, 2, 1));
    window("lines", TensorType.f32(3, 5, 19), planes(2, 1, 0).subList(1, 4));
    window("vector", TensorType.f32(101), List.of(WindowDim.of(4, 3, 2, 1)));
    window("running", TensorType.f32(50), List.of(WindowDim.of(50, 1, 49, 0)));
    window("crop", TensorType.f32(3, 20), List.of(WindowDim.each(), WindowDim.of(2, 2, -3, -2)));
    window(
        "dilated",
        TensorType.f32(13, 11),
        List.of(new WindowDim(3, 1, 2, 2, 2, 1), new WindowDim(2, 2, 1, 0, 1, 3)));
    window("batchwise", TensorType.f32(6, 4), List.of(WindowDim.of(3, 3, 0, 0), WindowDim.each()));
    window("nothing", TensorType.f32(2, 0), List.of(WindowDim.each(), WindowDim.of(2, 1, 1, 2)));
    window(
        "far-outside", TensorType.f32(2, 3), List.of(WindowDim.each(), WindowDim.of(2, 2, 4, 4)));
    tiesAndNan();
    pad(TensorType.f32(0, 3), List.of(1L, 1L), List.of(1L, 1L), List.of(3L, 2L));
    pad(TensorType.f32(1), List.of(0L), List.of(0L), List.of(4L));
    pad(TensorType.f32(5, 7, 9), List.of(2L, 0L, 1L), List.of(0L, 3L, 4L), List.of(1L, 2L, 0L));
    pad(TensorType.f32(), List.of(), List.of(), List.of());
    pad(TensorType.f32(2, 300), List.of(0L, 1000L), List.of(0L, 1500L), List.of(0L, 0L));
    concat(DType.F32, 0, 0, 4);
    concat(DType.F32, 1, 1, 2000, 3);
    concat(DType.F32, 0, 7);
    return cases;
  }

  private static List<WindowDim> image(long size, long stride, long pad) {
    WindowDim slide = WindowDim.of(size, stride, pad, pad);
    return List.of(WindowDim.each(), slide, slide, WindowDim.each());
  }

  private static List<WindowDim> planes(long size, long stride, long pad) {
    WindowDim slide = WindowDim.of(size, stride, pad, pad);
    return List.of(WindowDim.each(), WindowDim.each(), slide, slide);
  }

  private void window(String what, TensorType type, List<WindowDim> window) {
    for (ReduceFn fn : ReduceFn.values()) {
      Tolerance tolerance =
          switch (fn) {
            case SUM -> Tolerance.sumOf(64);
            case PROD -> Tolerance.ulps(64);
            case MAX, MIN -> Tolerance.EXACT;
          };
      cases.add(
          OpCases.one(
              "window/%s/%s/%s".formatted(what, fn, type),
              tolerance,
              List.of(samples.ordinary(type)),
              (g, in) -> in.get(0).reduceWindow(fn, window)));
    }
    grad(what, samples.ordinary(type), window);
  }

  private void grad(String what, Tensor x, List<WindowDim> window) {
    Op.WindowMaxGrad op = new Op.WindowMaxGrad(window);
    TensorType places = new Op.ReduceWindow(ReduceFn.MAX, window).infer(List.of(x.type()));
    cases.add(
        OpCases.one(
            "window/%s/max_grad/%s".formatted(what, x.type()),
            afterMove(x.type().dtype()),
            List.of(x, samples.ordinary(places)),
            (g, in) -> g.add(op, in)));
  }

  /// A few gradients of at most 2 meet at one place. Which ones depends on signs, so magnitudes say
  /// nothing.
  private static Tolerance afterMove(DType dtype) {
    double unit =
        switch (dtype) {
          case F64 -> 0x1p-52;
          case F16 -> 0x1p-10;
          case BF16 -> 0x1p-7;
          case F32, I8, U8, I16, I32, I64, BOOL -> 0x1p-23;
        };
    return new Tolerance(1, 0, 16 * unit);
  }

  private void tiesAndNan() {
    TensorType type = TensorType.f32(2, 8, 8, 3);
    grad("ties", samples.between(type, 0, 1), image(2, 2, 0));
    grad("overlapping-ties", samples.between(type, -1, 1), image(3, 1, 1));
    grad("specials", samples.special(type), image(3, 2, 1));
    cases.add(
        OpCases.one(
            "window/specials/max",
            Tolerance.EXACT,
            List.of(samples.special(type)),
            (g, in) -> in.get(0).reduceWindow(ReduceFn.MAX, image(3, 2, 1))));
    cases.add(
        OpCases.one(
            "window/specials/min",
            Tolerance.EXACT,
            List.of(samples.special(type)),
            (g, in) -> in.get(0).reduceWindow(ReduceFn.MIN, image(3, 2, 1))));
  }

  private void pad(TensorType type, List<Long> low, List<Long> high, List<Long> interior) {
    cases.add(
        OpCases.one(
            "pad/%s/%s%s%s".formatted(type, low, interior, high),
            Tolerance.BITS,
            List.of(samples.special(type)),
            (g, in) -> g.add(new Op.Pad(low, high, interior, 1), in)));
  }

  private void concat(DType dtype, int axis, long... extents) {
    List<Tensor> parts = new ArrayList<>();
    for (long extent : extents) {
      parts.add(
          samples.special(
              axis == 0 ? TensorType.of(dtype, extent, 6) : TensorType.of(dtype, 4, extent)));
    }
    cases.add(
        OpCases.one(
            "concat/%s/%d/%d-parts-of-%d".formatted(dtype, axis, extents.length, extents[0]),
            Tolerance.BITS,
            parts,
            (g, in) -> g.add(new Op.Concat(axis), in)));
  }
}
