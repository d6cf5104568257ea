package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Matrix products and convolutions: each type, every arrangement of axes that gradients need, and
/// sizes around tiles.
final class ContractionCases {
  private final Samples samples;
  private final List<OpCase> cases = new ArrayList<>();

  ContractionCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    for (DType dtype : DType.values()) {
      if (dtype != DType.BOOL) {
        matmul(dtype, 5, 7, 3);
        conv(
            "plain", dtype, image(dtype, 2, 6, 5, 3), kernel(dtype, 3, 2, 3, 4), plain(3, 2, 1, 1));
      }
    }
    long[][] sizes = {
      {1, 1, 1},
      {0, 3, 4},
      {3, 0, 4},
      {3, 4, 0},
      {1, 17, 1},
      {1, 100, 33},
      {33, 100, 1},
      {2, 3, 5},
      {6, 16, 16},
      {7, 17, 15},
      {15, 16, 17},
      {16, 31, 33},
      {64, 64, 64},
      {65, 63, 67},
      {97, 101, 103},
      {13, 300, 40},
      {130, 29, 70}
    };
    for (long[] size : sizes) {
      matmul(DType.F32, size[0], size[1], size[2]);
    }
    dot("left-transposed", f32(19, 23), f32(19, 29), none(), none(), List.of(0), List.of(0));
    dot("right-transposed", f32(23, 19), f32(29, 19), none(), none(), List.of(1), List.of(1));
    dot("both-transposed", f32(19, 23), f32(29, 19), none(), none(), List.of(0), List.of(1));
    dot("inner", f32(41), f32(41), none(), none(), List.of(0), List.of(0));
    dot("outer", f32(11), f32(13), none(), none(), none(), none());
    dot("matrix-vector", f32(37, 41), f32(41), none(), none(), List.of(1), List.of(0));
    dot("stack", f32(3, 17, 9), f32(3, 9, 20), List.of(0), List.of(0), List.of(2), List.of(1));
    dot("stack-last", f32(6, 5, 4), f32(5, 7, 4), List.of(2), List.of(2), List.of(1), List.of(0));
    dot("two-axes", f32(5, 3, 4, 2), f32(4, 3, 7), none(), none(), List.of(1, 2), List.of(1, 0));
    dot(
        "heads",
        f32(2, 9, 3, 8),
        f32(2, 7, 3, 8),
        List.of(0, 2),
        List.of(0, 2),
        List.of(3),
        List.of(3));
    dot("pairs-only", f32(4, 5), f32(4, 5), List.of(0, 1), List.of(0, 1), none(), none());
    convolutions();
    return cases;
  }

  private static List<Integer> none() {
    return List.of();
  }

  private Tensor f32(long... dims) {
    return samples.ordinary(TensorType.f32(dims));
  }

  /// Every third element an infinity or a NaN.
  private static Tensor notFinite(Tensor x) {
    double[] odd = {Double.POSITIVE_INFINITY, Double.NaN, Double.NEGATIVE_INFINITY};
    return Tensor.filled(x.type(), i -> i % 3 == 1 ? odd[(int) (i / 3 % 3)] : x.at(i));
  }

  private Tensor image(DType dtype, long... dims) {
    return samples.ordinary(TensorType.of(dtype, dims));
  }

  private Tensor kernel(DType dtype, long... dims) {
    return samples.ordinary(TensorType.of(dtype, dims));
  }

  private void matmul(DType dtype, long m, long k, long n) {
    Tensor a = samples.ordinary(TensorType.of(dtype, m, k));
    Tensor b = samples.ordinary(TensorType.of(dtype, k, n));
    dot("%dx%dx%d".formatted(m, k, n), a, b, none(), none(), List.of(1), List.of(0));
  }

  private void dot(
      String what,
      Tensor a,
      Tensor b,
      List<Integer> lhsBatch,
      List<Integer> rhsBatch,
      List<Integer> lhsContract,
      List<Integer> rhsContract) {
    Op.Dot op = new Op.Dot(lhsBatch, rhsBatch, lhsContract, rhsContract);
    long terms = 1;
    for (int axis : lhsContract) {
      terms *= a.type().dim(axis);
    }
    cases.add(
        OpCases.one(
            "dot/%s/%s".formatted(what, a.type().dtype()),
            Tolerance.sumOf(terms),
            List.of(a, b),
            (g, in) -> g.add(op, in)));
  }

  private static Op.Conv plain(long kh, long kw, long stride, long pad) {
    return new Op.Conv(
        List.of(WindowDim.of(kh, stride, pad, pad), WindowDim.of(kw, stride, pad, pad)),
        false,
        ConvDims.channelsLast(2));
  }

  private void conv(String what, DType dtype, Tensor x, Tensor kernel, Op.Conv op) {
    long terms = kernel.type().dim(op.dims().rhsIn());
    for (WindowDim dim : op.window()) {
      terms *= dim.size();
    }
    cases.add(
        OpCases.one(
            "conv/%s/%s".formatted(what, dtype),
            Tolerance.sumOf(terms),
            List.of(x, kernel),
            (g, in) -> g.add(op, in)));
  }

  private void convolutions() {
    DType f32 = DType.F32;
    conv("lenet-1", f32, f32(2, 28, 28, 1), f32(5, 5, 1, 6), plain(5, 5, 1, 2));
    conv("lenet-2", f32, f32(2, 14, 14, 6), f32(5, 5, 6, 16), plain(5, 5, 1, 0));
    conv("pointwise", f32, f32(3, 7, 5, 11), f32(1, 1, 11, 13), plain(1, 1, 1, 0));
    conv("strided", f32, f32(2, 11, 13, 3), f32(3, 3, 3, 8), plain(3, 3, 2, 1));
    conv("one-place", f32, f32(2, 3, 3, 4), f32(3, 3, 4, 5), plain(3, 3, 1, 0));
    conv("no-images", f32, f32(0, 5, 5, 2), f32(3, 3, 2, 2), plain(3, 3, 1, 1));
    conv("no-features", f32, f32(2, 5, 5, 0), f32(3, 3, 0, 2), plain(3, 3, 1, 1));
    conv("wide", f32, f32(1, 6, 6, 33), f32(3, 3, 33, 35), plain(3, 3, 1, 1));
    conv(
        "dilated-window",
        f32,
        f32(2, 9, 9, 3),
        f32(3, 2, 3, 4),
        new Op.Conv(
            List.of(new WindowDim(3, 1, 2, 2, 1, 2), new WindowDim(2, 2, 0, 1, 1, 3)),
            false,
            ConvDims.channelsLast(2)));
    // The gradient in the images: kernel reversed with features exchanged, images dilated.
    conv(
        "image-gradient",
        f32,
        f32(2, 5, 4, 6),
        f32(3, 3, 5, 6),
        new Op.Conv(
            List.of(new WindowDim(3, 1, 1, 2, 2, 1), new WindowDim(3, 1, 2, 1, 2, 1)),
            true,
            new ConvDims(0, 3, List.of(1, 2), 3, 2, List.of(0, 1), 0, 3, List.of(1, 2))));
    // The gradient in the kernel: images count as features, the window is the result's gradient.
    conv(
        "kernel-gradient",
        f32,
        f32(4, 9, 8, 3),
        f32(4, 4, 4, 5),
        new Op.Conv(
            List.of(new WindowDim(4, 1, 1, 0, 1, 2), new WindowDim(4, 1, 1, 1, 1, 2)),
            false,
            new ConvDims(3, 0, List.of(1, 2), 0, 3, List.of(1, 2), 2, 3, List.of(0, 1))));
    conv(
        "cropped",
        f32,
        f32(1, 8, 8, 2),
        f32(2, 2, 2, 3),
        new Op.Conv(
            List.of(WindowDim.of(2, 1, -1, 0), WindowDim.of(2, 2, 1, -2)),
            false,
            ConvDims.channelsLast(2)));
    conv(
        "channels-first",
        f32,
        f32(2, 3, 7, 8),
        f32(4, 3, 3, 3),
        new Op.Conv(
            List.of(WindowDim.of(3, 1, 1, 1), WindowDim.of(3, 1, 1, 1)),
            false,
            new ConvDims(0, 1, List.of(2, 3), 1, 0, List.of(2, 3), 0, 1, List.of(2, 3))));
    conv(
        "one-axis",
        f32,
        f32(3, 40, 5),
        f32(7, 5, 6),
        new Op.Conv(List.of(WindowDim.of(7, 3, 2, 3)), false, ConvDims.channelsLast(1)));
    conv(
        "three-axes",
        f32,
        f32(1, 4, 5, 6, 2),
        f32(2, 3, 2, 2, 3),
        new Op.Conv(
            List.of(WindowDim.of(2, 1, 0, 1), WindowDim.of(3, 2, 1, 1), WindowDim.of(2, 1, 1, 0)),
            true,
            ConvDims.channelsLast(3)));
    Op.Conv grouped =
        new Op.Conv(
            List.of(WindowDim.of(3, 1, 1, 1), WindowDim.of(3, 2, 1, 1)),
            false,
            ConvDims.groupedChannelsLast(2));
    conv("groups", f32, f32(2, 7, 9, 3, 5), f32(3, 3, 5, 3, 7), grouped);
    // Padding counts for nothing, also where the kernel has no finite element to multiply it by.
    conv("padding", f32, f32(2, 5, 6, 3), notFinite(f32(3, 3, 3, 5)), plain(3, 3, 1, 1));
    conv("padding-few", f32, f32(1, 4, 3, 13), notFinite(f32(3, 3, 13, 2)), plain(3, 3, 2, 1));
    conv("padding-strided", f32, f32(2, 8, 9, 2), notFinite(f32(3, 3, 2, 9)), plain(3, 3, 2, 2));
    conv(
        "padding-groups",
        f32,
        f32(2, 5, 6, 3, 2),
        notFinite(f32(3, 3, 2, 3, 3)),
        new Op.Conv(
            List.of(WindowDim.of(3, 1, 1, 1), WindowDim.of(3, 1, 1, 1)), true, grouped.dims()));
    conv("each-channel", f32, f32(2, 7, 9, 33, 1), f32(3, 3, 1, 33, 1), grouped);
    conv("one-group", f32, f32(2, 7, 9, 1, 5), f32(3, 3, 5, 1, 7), grouped);
    conv("no-groups", f32, f32(2, 7, 9, 0, 5), f32(3, 3, 5, 0, 7), grouped);
    // The gradient in the kernel of a convolution of each channel by itself.
    conv(
        "kernel-gradient-of-groups",
        f32,
        f32(4, 9, 8, 17, 1),
        f32(4, 7, 6, 17, 2),
        new Op.Conv(
            List.of(WindowDim.of(7, 1, 0, 0), WindowDim.of(6, 1, 0, 0)),
            false,
            new ConvDims(
                4,
                0,
                List.of(1, 2),
                0,
                4,
                List.of(1, 2),
                2,
                4,
                List.of(0, 1),
                Optional.of(new ConvDims.Group(3, 3, 3)))));
    conv(
        "groups",
        DType.F64,
        samples.ordinary(TensorType.of(DType.F64, 2, 5, 5, 3, 2)),
        samples.ordinary(TensorType.of(DType.F64, 3, 3, 2, 3, 2)),
        grouped);
    conv(
        "no-axes",
        f32,
        f32(9, 5),
        f32(5, 6),
        new Op.Conv(List.of(), false, ConvDims.channelsLast(0)));
  }
}
