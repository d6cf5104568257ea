package org.tombolo.bench;

import java.util.List;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// One of the three convolutions of a layer in training, with its operands.
///
/// @param name layer and pass
/// @param op the operation
/// @param x type of its images
/// @param kernel type of its kernel
record ConvPass(String name, Op.Conv op, TensorType x, TensorType kernel) {

  /// Type of the result.
  TensorType out() {
    return op.infer(List.of(x, kernel));
  }

  /// Multiplications and additions.
  double flops() {
    double taps = op.window().stream().mapToDouble(WindowDim::size).reduce(1, (a, b) -> a * b);
    return 2.0 * out().size() * taps * x.dim(op.dims().lhsFeature());
  }

  /// Forward, backward to the images and backward to the kernel for images `[n,side,side,in]` and a
  /// kernel `[taps,taps,in,features]` at stride 1 with `pad` zeros around.
  static List<ConvPass> training(
      String name, long n, long side, long in, long taps, long features, long pad) {
    TensorType x = TensorType.f32(n, side, side, in);
    TensorType w = TensorType.f32(taps, taps, in, features);
    WindowDim slide = WindowDim.of(taps, 1, pad, pad);
    Op.Conv forward = new Op.Conv(List.of(slide, slide), false, ConvDims.channelsLast(2));
    TensorType y = forward.infer(List.of(x, w));
    WindowDim turn = WindowDim.of(taps, 1, taps - 1 - pad, taps - 1 - pad);
    List<Integer> inner = List.of(1, 2);
    List<Integer> outer = List.of(0, 1);
    ConvDims toImages = new ConvDims(0, 3, inner, 3, 2, outer, 0, 3, inner);
    WindowDim whole = WindowDim.of(y.dim(1), 1, pad, pad);
    ConvDims toKernel = new ConvDims(3, 0, inner, 0, 3, inner, 2, 3, outer);
    return List.of(
        new ConvPass(name + " forward", forward, x, w),
        new ConvPass(name + " to images", new Op.Conv(List.of(turn, turn), true, toImages), y, w),
        new ConvPass(
            name + " to kernel", new Op.Conv(List.of(whole, whole), false, toKernel), x, y));
  }
}
