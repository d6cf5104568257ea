package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.WindowDim;

/// Slides a window over images: `activation(conv(x, kernel) + bias)`.
///
/// | value    | shape                                    |
/// |----------|------------------------------------------|
/// | `x`      | `[n, h, w, cin]`                         |
/// | `kernel` | `[height, width, cin / groups, filters]` |
/// | `bias`   | `[filters]`                              |
/// | result   | `[n, oh, ow, filters]`                   |
///
/// `oh` and `ow` are as the [Padding] says. The bias starts at zero.
///
/// In groups, output channel `i` sees the input channels of group `i / (filters / groups)` only. As
/// many groups as input channels make a depthwise convolution, each channel with `filters / cin`
/// windows of its own; followed by one of `1x1` it is the separable convolution of Howard et al.,
/// *MobileNets*, 2017: `Conv2d.of(32, 3).same().groups(32)`, then `Conv2d.of(64, 1)`.
///
/// @param filters output channels, at least 1
/// @param height of the window, in pixels, at least 1
/// @param width of the window, in pixels, at least 1
/// @param stride pixels between windows along both axes, at least 1
/// @param padding what lies beyond the edges
/// @param groups divides the channels of input and output, at least 1
/// @param activation function of the sums
/// @param initial where the kernel starts
public record Conv2d(
    int filters,
    int height,
    int width,
    int stride,
    Padding padding,
    int groups,
    Activation activation,
    Initializer initial)
    implements Layer {
  /// Checks the numbers.
  public Conv2d {
    if (filters < 1 || height < 1 || width < 1 || stride < 1) {
      throw new ShapeException(
          "conv: filters %d, window %dx%d, stride %d; need 1 or more each"
              .formatted(filters, height, width, stride),
          "Conv2d.of(16, 3)");
    }
    if (groups < 1 || filters % groups != 0) {
      throw new ShapeException(
          "conv: filters %d, groups %d; need a divisor of the filters".formatted(filters, groups),
          "1 group, or as many as filters");
    }
  }

  /// Square windows inside the image, one pixel apart, without activation.
  public static Conv2d of(int filters, int size) {
    return new Conv2d(
        filters,
        size,
        size,
        1,
        new Padding.Valid(),
        1,
        Activation.LINEAR,
        Initializer.before(Activation.LINEAR));
  }

  /// The same with windows further apart.
  public Conv2d stride(int pixels) {
    return new Conv2d(filters, height, width, pixels, padding, groups, activation, initial);
  }

  /// The same with other padding.
  public Conv2d padding(Padding other) {
    return new Conv2d(filters, height, width, stride, other, groups, activation, initial);
  }

  /// The same with as much padding as keeps the size of the image, divided by the stride.
  public Conv2d same() {
    return padding(new Padding.Same());
  }

  /// The same in groups of channels, which know nothing of each other.
  public Conv2d groups(int count) {
    return new Conv2d(filters, height, width, stride, padding, count, activation, initial);
  }

  /// The same with another activation, and the kernel's start that [suits][Initializer#before] it.
  public Conv2d activation(Activation other) {
    return new Conv2d(
        filters, height, width, stride, padding, groups, other, Initializer.before(other));
  }

  /// The same with the kernel starting elsewhere.
  public Conv2d initial(Initializer other) {
    return new Conv2d(filters, height, width, stride, padding, groups, activation, other);
  }

  @Override
  public String kind() {
    return "conv";
  }

  @Override
  public Shape infer(Shape in) {
    List<WindowDim> window = window(in);
    if (in.dim(2) % groups != 0) {
      throw new ShapeException(
          "input is %s, groups is %d; need a divisor of its %d channels"
              .formatted(in, groups, in.dim(2)),
          "as many groups as channels for a depthwise convolution");
    }
    return Shape.of(
        Images.slide(in, window.get(0), 0), Images.slide(in, window.get(1), 1), filters);
  }

  private List<WindowDim> window(Shape in) {
    Images.require(in);
    return List.of(
        padding.window(in.dim(0), height, stride), padding.window(in.dim(1), width, stride));
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return List.of(
        new Parameter("kernel", Shape.of(height, width, in.dim(2) / groups, filters), initial),
        new Parameter("bias", Shape.of(filters), new Initializer.Constant(0)));
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Node sums = x.conv2d(pass.parameter("kernel"), window(Images.example(x)), groups);
    return activation.of(sums.add(pass.parameter("bias").broadcastTo(sums.shape())));
  }

  @Override
  public String detail() {
    String end = activation == Activation.LINEAR ? "" : ", " + activation;
    String apart = stride == 1 ? "" : ", stride " + stride;
    String parts = groups == 1 ? "" : ", %d groups".formatted(groups);
    return "%dx%d %s%s%s%s".formatted(height, width, padding, apart, parts, end);
  }
}
