package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.WindowDim;

/// Convolutions with channels last: strides, padding, cropping, dilation, groups, and the
/// transposed ones.
final class ConvolutionCases {
  private ConvolutionCases() {}

  static List<OracleCase> all() {
    List<OracleCase> all = new ArrayList<>();
    all.add(
        flat(Shape.of(2, 5, 6, 3), Shape.of(3, 3, 3, 4), window(3, 1, 0, 0), window(3, 1, 0, 0)));
    all.add(
        flat(Shape.of(2, 7, 5, 3), Shape.of(3, 2, 3, 5), window(3, 1, 1, 1), window(2, 1, 0, 1)));
    all.add(
        flat(Shape.of(2, 9, 8, 2), Shape.of(3, 3, 2, 4), window(3, 2, 1, 1), window(3, 2, 0, 1)));
    all.add(
        flat(Shape.of(1, 11, 7, 1), Shape.of(5, 3, 1, 7), window(5, 3, 2, 1), window(3, 1, 2, 2)));
    all.add(
        flat(Shape.of(3, 6, 6, 5), Shape.of(1, 1, 5, 3), window(1, 1, 0, 0), window(1, 1, 0, 0)));
    all.add(
        flat(Shape.of(2, 7, 6, 3), Shape.of(1, 1, 3, 2), window(1, 2, 0, 0), window(1, 3, 0, 0)));
    all.add(
        flat(Shape.of(2, 4, 4, 3), Shape.of(4, 4, 3, 2), window(4, 1, 0, 0), window(4, 1, 0, 0)));
    all.add(
        flat(Shape.of(1, 8, 9, 16), Shape.of(3, 3, 16, 8), window(3, 1, 1, 1), window(3, 1, 1, 1)));
    all.add(
        flat(
            Shape.of(2, 9, 8, 2), Shape.of(3, 3, 2, 3), window(3, 1, -1, -2), window(3, 1, 1, -1)));
    all.add(
        flat(
            Shape.of(2, 9, 11, 3), Shape.of(3, 2, 3, 4), dilated(3, 1, 0, 2), dilated(2, 1, 1, 3)));
    all.add(
        flat(
            Shape.of(1, 13, 9, 2), Shape.of(3, 3, 2, 5), dilated(3, 2, 2, 3), dilated(3, 1, 2, 2)));
    all.add(grouped(Shape.of(2, 6, 7, 6), Shape.of(3, 3, 2, 9), 3, 1, 1));
    all.add(grouped(Shape.of(2, 7, 5, 4), Shape.of(2, 2, 2, 2), 2, 2, 0));
    all.add(grouped(Shape.of(1, 5, 5, 8), Shape.of(3, 3, 1, 8), 8, 1, 1));
    all.add(depthwise(Shape.of(2, 7, 6, 5), Shape.of(3, 3, 5, 1), 1));
    all.add(depthwise(Shape.of(2, 8, 7, 3), Shape.of(2, 3, 3, 4), 2));
    all.add(transposed(Shape.of(2, 4, 5, 3), Shape.of(3, 3, 6, 3), 2));
    all.add(transposed(Shape.of(1, 3, 3, 2), Shape.of(2, 2, 4, 2), 3));
    all.add(inSpace());
    return all;
  }

  private static WindowDim window(long size, long stride, long low, long high) {
    return WindowDim.of(size, stride, low, high);
  }

  private static WindowDim dilated(long size, long stride, long pad, long dilation) {
    return new WindowDim(size, stride, pad, pad, 1, dilation);
  }

  /// Images and a kernel as they are; TensorFlow pads, crops and dilates by other operations.
  private static OracleCase flat(Shape images, Shape kernel, WindowDim down, WindowDim across) {
    return OracleCase.of(
            "convolution of %s with %s, %s, %s".formatted(images, kernel, text(down), text(across)),
            (g, in) ->
                g.add(new Op.Conv(List.of(down, across), false, ConvDims.channelsLast(2)), in),
            (tf, in) ->
                tf.nn.conv2d(
                    padded(tf, in.get(0), images, down, across),
                    spread(tf, spread(tf, in.get(1), down, 0), across, 1),
                    List.of(1L, down.stride(), across.stride(), 1L),
                    "VALID"),
            images,
            kernel)
        .once();
  }

  private static String text(WindowDim window) {
    return "stride %d pad %d+%d dilation %d"
        .formatted(window.stride(), window.padLow(), window.padHigh(), window.windowDilation());
  }

  private static Operand<TFloat64> padded(
      Ops tf, Operand<TFloat64> x, Shape images, WindowDim down, WindowDim across) {
    int[][] zeros = new int[4][2];
    int[] starts = new int[4];
    int[] extents = images.toList().stream().mapToInt(Long::intValue).toArray();
    WindowDim[] along = {down, across};
    for (int axis = 1; axis <= 2; axis++) {
      WindowDim window = along[axis - 1];
      zeros[axis][0] = (int) Math.max(0, window.padLow());
      zeros[axis][1] = (int) Math.max(0, window.padHigh());
      starts[axis] = (int) Math.max(0, -window.padLow());
      extents[axis] -= starts[axis] + (int) Math.max(0, -window.padHigh());
    }
    Operand<TFloat64> cropped = tf.slice(x, tf.constant(starts), tf.constant(extents));
    return tf.pad(cropped, tf.constant(zeros), tf.constant(0.0));
  }

  /// The kernel with zeros between its elements: TensorFlow's rule of differentiation forgets the
  /// dilation of a convolution.
  private static Operand<TFloat64> spread(
      Ops tf, Operand<TFloat64> kernel, WindowDim window, int axis) {
    double[][] ones = new double[(int) window.span()][(int) window.size()];
    for (int i = 0; i < window.size(); i++) {
      ones[(int) (i * window.windowDilation())][i] = 1;
    }
    String formula = axis == 0 ? "hk,kwio->hwio" : "wk,hkio->hwio";
    return ReductionCases.einsum(tf, formula, List.of(tf.constant(ones), kernel));
  }

  private static OracleCase grouped(Shape images, Shape kernel, int groups, int stride, int pad) {
    WindowDim down = window(kernel.dim(0), stride, pad, pad);
    WindowDim across = window(kernel.dim(1), stride, pad, pad);
    return OracleCase.of(
            "convolution of %s with %s in %d groups".formatted(images, kernel, groups),
            (g, in) -> in.get(0).conv2d(in.get(1), stride, pad, groups),
            (tf, in) -> {
              Operand<TFloat64> x = padded(tf, in.get(0), images, down, across);
              List<Operand<TFloat64>> parts = new ArrayList<>();
              for (int group = 0; group < groups; group++) {
                parts.add(
                    tf.nn.conv2d(
                        part(tf, x, group, groups, images.dim(3)),
                        part(tf, in.get(1), group, groups, kernel.dim(3)),
                        List.of(1L, (long) stride, (long) stride, 1L),
                        "VALID"));
              }
              return tf.concat(parts, tf.constant(3));
            },
            images,
            kernel)
        .once();
  }

  private static Operand<TFloat64> part(
      Ops tf, Operand<TFloat64> x, int group, int groups, long channels) {
    int width = (int) channels / groups;
    return tf.slice(
        x,
        tf.constant(new int[] {0, 0, 0, group * width}),
        tf.constant(new int[] {-1, -1, -1, width}));
  }

  /// TensorFlow's kernel is `[kh, kw, cin, multiplier]`, ours `[kh, kw, 1, cin * multiplier]`.
  private static OracleCase depthwise(Shape images, Shape kernel, int stride) {
    long filters = kernel.dim(2) * kernel.dim(3);
    return OracleCase.of(
            "depthwise convolution of %s with %s".formatted(images, kernel),
            (g, in) ->
                in.get(0)
                    .conv2d(
                        in.get(1).reshape(kernel.dim(0), kernel.dim(1), 1, filters),
                        stride,
                        0,
                        (int) images.dim(3)),
            (tf, in) ->
                tf.nn.depthwiseConv2dNative(
                    in.get(0), in.get(1), List.of(1L, (long) stride, (long) stride, 1L), "VALID"),
            images,
            kernel)
        .once();
  }

  /// What TensorFlow calls the transposed convolution: the gradient in the images of one with this
  /// stride. Its kernel is `[kh, kw, cout, cin]`.
  private static OracleCase transposed(Shape images, Shape kernel, int stride) {
    long[] size = images.toArray();
    List<WindowDim> window = new ArrayList<>();
    for (int axis = 0; axis < 2; axis++) {
      long beyond = kernel.dim(axis) - 1;
      size[axis + 1] = (images.dim(axis + 1) - 1) * stride + kernel.dim(axis);
      window.add(new WindowDim(kernel.dim(axis), 1, beyond, beyond, stride, 1));
    }
    size[3] = kernel.dim(2);
    int[] extents = Shape.of(size).toList().stream().mapToInt(Long::intValue).toArray();
    ConvDims dims = new ConvDims(0, 3, List.of(1, 2), 3, 2, List.of(0, 1), 0, 3, List.of(1, 2));
    return OracleCase.of(
            "transposed convolution of %s with %s, stride %d".formatted(images, kernel, stride),
            (g, in) -> g.add(new Op.Conv(window, true, dims), in),
            (tf, in) -> {
              Operand<TInt32> result = tf.constant(extents);
              return tf.nn.conv2dBackpropInput(
                  result,
                  in.get(1),
                  in.get(0),
                  List.of(1L, (long) stride, (long) stride, 1L),
                  "VALID");
            },
            images,
            kernel)
        .once();
  }

  private static OracleCase inSpace() {
    Shape images = Shape.of(2, 5, 4, 6, 3);
    Shape kernel = Shape.of(2, 3, 2, 3, 4);
    List<Long> strides = List.of(1L, 2L, 1L, 2L, 1L);
    List<WindowDim> window = List.of(window(2, 2, 0, 0), window(3, 1, 0, 0), window(2, 2, 0, 0));
    return OracleCase.of(
            "convolution in space",
            (g, in) -> g.add(new Op.Conv(window, false, ConvDims.channelsLast(3)), in),
            (tf, in) -> tf.nn.conv3d(in.get(0), in.get(1), strides, "VALID"),
            images,
            kernel)
        .gradients((tf, in, dy) ->
            List.of(
                tf.nn.conv3dBackpropInput(
                    tf.constant(new int[] {2, 5, 4, 6, 3}), in.get(1), dy, strides, "VALID"),
                tf.nn.conv3dBackpropFilter(
                    in.get(0), tf.constant(new int[] {2, 3, 2, 3, 4}), dy, strides, "VALID")));
  }
}
