package org.tombolo.nn;

import java.util.Arrays;
import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.WindowDim;

/// What layers that slide over images `[height, width, channels]` have in common.
final class Images {
  private Images() {}

  static void require(Shape in) {
    if (in.rank() != 3) {
      throw new ShapeException(
          "input is %s; need [height,width,channels]".formatted(in),
          "Shape.of(height, width, 1) as input shape for images of one channel");
    }
  }

  /// The shape of one example of a batch.
  static Shape example(Node x) {
    long[] dims = x.shape().toArray();
    return Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
  }

  /// Windows along one axis.
  static long slide(Shape in, WindowDim window, int axis) {
    try {
      return window.outputExtent(in.dim(axis));
    } catch (ShapeException e) {
      throw new ShapeException("input is %s, %s".formatted(in, e.problem()), e.remedy());
    }
  }

  /// Square windows without padding, for images with a batch axis.
  static List<WindowDim> squares(int size, int stride) {
    WindowDim along = WindowDim.of(size, stride, 0, 0);
    return List.of(WindowDim.each(), along, along, WindowDim.each());
  }

  /// Shape of one example after pooling.
  static Shape pooled(Shape in, int size, int stride) {
    require(in);
    WindowDim along = WindowDim.of(size, stride, 0, 0);
    return Shape.of(slide(in, along, 0), slide(in, along, 1), in.dim(2));
  }

  static void requirePool(String kind, int size, int stride) {
    if (size < 1 || stride < 1) {
      throw new ShapeException(
          "%s: size %d, stride %d; need 1 or more each".formatted(kind, size, stride),
          "2, which halves the image");
    }
  }
}
