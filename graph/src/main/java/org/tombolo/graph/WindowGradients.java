package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Gradients of convolutions and of folds under a sliding window.
///
/// With output position `o`, window position `k` and operand index `i`, a [WindowDim] says
/// `o*stride + k*windowDilation - padLow = i*baseDilation`. Each gradient solves this equation for
/// another of the three and is a sliding window again.
final class WindowGradients {
  private WindowGradients() {}

  /// Slides the kernel, features exchanged and turned around, over the gradient.
  static Node convImages(Op.Conv conv, Node y, Node dy) {
    Node x = y.input(0);
    ConvDims dims = conv.dims();
    List<WindowDim> window = new ArrayList<>();
    for (int i = 0; i < dims.spatialRank(); i++) {
      long places = y.shape().dim(dims.outSpatial().get(i));
      long extent = x.shape().dim(dims.lhsSpatial().get(i));
      window.add(transposed(conv.window().get(i), places, extent));
    }
    ConvDims roles =
        new ConvDims(
            /* lhsBatch= */ dims.outBatch(),
            /* lhsFeature= */ dims.outFeature(),
            /* lhsSpatial= */ dims.outSpatial(),
            /* rhsIn= */ dims.rhsOut(),
            /* rhsOut= */ dims.rhsIn(),
            /* rhsSpatial= */ dims.rhsSpatial(),
            /* outBatch= */ dims.lhsBatch(),
            /* outFeature= */ dims.lhsFeature(),
            /* outSpatial= */ dims.lhsSpatial(),
            dims.group()
                .map(g -> new ConvDims.Group(/* lhs= */ g.out(), g.rhs(), /* out= */ g.lhs())));
    return y.builder().add(new Op.Conv(window, !conv.reversed(), roles), List.of(dy, y.input(1)));
  }

  /// Solved for `i` with window positions counted from the far end: `k' = size - 1 - k` gives
  /// `i*baseDilation + k'*windowDilation - ((size-1)*windowDilation - padLow) = o*stride`.
  private static WindowDim transposed(WindowDim forward, long places, long extent) {
    long padLow = forward.span() - 1 - forward.padLow();
    long covered = (places - 1) * forward.stride() + 1;
    long wanted = (extent - 1) * forward.baseDilation() + forward.span();
    return new WindowDim(
        /* size= */ forward.size(),
        /* stride= */ forward.baseDilation(),
        /* padLow= */ padLow,
        /* padHigh= */ wanted - covered - padLow,
        /* baseDilation= */ forward.stride(),
        /* windowDilation= */ forward.windowDilation());
  }

  /// Slides the gradient over the images, images and features exchanged: the equation solved for
  /// `k`, with `o` as window position.
  static Node convKernel(Op.Conv conv, Node y, Node dy) {
    Node x = y.input(0);
    ConvDims dims = conv.dims();
    List<WindowDim> window = new ArrayList<>();
    for (int i = 0; i < dims.spatialRank(); i++) {
      WindowDim forward = conv.window().get(i);
      long places = y.shape().dim(dims.outSpatial().get(i));
      long covered = forward.dilatedExtent(x.shape().dim(dims.lhsSpatial().get(i)));
      long wanted = forward.span() + (places - 1) * forward.stride();
      window.add(
          new WindowDim(
              /* size= */ places,
              /* stride= */ forward.windowDilation(),
              /* padLow= */ forward.padLow(),
              /* padHigh= */ wanted - covered - forward.padLow(),
              /* baseDilation= */ forward.baseDilation(),
              /* windowDilation= */ forward.stride()));
    }
    ConvDims roles =
        new ConvDims(
            /* lhsBatch= */ dims.lhsFeature(),
            /* lhsFeature= */ dims.lhsBatch(),
            /* lhsSpatial= */ dims.lhsSpatial(),
            /* rhsIn= */ dims.outBatch(),
            /* rhsOut= */ dims.outFeature(),
            /* rhsSpatial= */ dims.outSpatial(),
            /* outBatch= */ dims.rhsIn(),
            /* outFeature= */ dims.rhsOut(),
            /* outSpatial= */ dims.rhsSpatial(),
            dims.group()
                .map(g -> new ConvDims.Group(g.lhs(), /* rhs= */ g.out(), /* out= */ g.rhs())));
    Node kernel = y.builder().add(new Op.Conv(window, false, roles), List.of(x, dy));
    return conv.reversed()
        ? kernel.reverse(dims.rhsSpatial().stream().mapToInt(Integer::intValue).toArray())
        : kernel;
  }

  static @Nullable Node reduceWindow(ReduceFn fn, List<WindowDim> window, Node y, Node dy) {
    Node x = y.input(0);
    return switch (fn) {
      case SUM -> {
        List<WindowDim> back = new ArrayList<>();
        for (int i = 0; i < window.size(); i++) {
          back.add(transposed(window.get(i), y.shape().dim(i), x.shape().dim(i)));
        }
        yield dy.reduceWindow(ReduceFn.SUM, back);
      }
      case PROD -> Gradients.through(y, in -> windowProduct(in.getFirst(), window), dy, 0);
      case MAX -> y.builder().add(new Op.WindowMaxGrad(window), List.of(x, dy));
      case MIN -> y.builder().add(new Op.WindowMaxGrad(window), List.of(x.neg(), dy));
    };
  }

  /// The window product as a product over slices: as many as the window has positions.
  private static Node windowProduct(Node x, List<WindowDim> window) {
    Node[] layers =
        parts(x, window, 1).stream()
            .map(part -> part.reshape(withLeadingOne(part.shape())))
            .toArray(Node[]::new);
    return x.builder().concat(0, layers).reduce(ReduceFn.PROD, 0);
  }

  private static Shape withLeadingOne(Shape shape) {
    return Shape.of(
        IntStream.range(-1, shape.rank()).mapToLong(i -> i < 0 ? 1 : shape.dim(i)).toArray());
  }

  /// Picks from a tensor, for each window, the element at the place where `x` is largest in that
  /// window; 0 for windows that see no element. The transpose of [Op.WindowMaxGrad] in its second
  /// operand, with the same choice among equals and for NaN. Takes a few operations for each
  /// position of the window.
  static Node atMaximum(List<WindowDim> window, Node x, Node from) {
    GraphBuilder g = x.builder();
    List<Node> values = parts(x, window, 0);
    List<Node> picks = parts(from, window, 0);
    List<Node> real = parts(g.full(x.type().withDType(DType.BOOL), 1), window, 0);
    Node seen = real.getFirst();
    Node best = values.getFirst();
    Node pick = picks.getFirst();
    for (int k = 1; k < values.size(); k++) {
      Node value = values.get(k);
      Node firstNaN = value.compare(CompareFn.NE, value).and(best.compare(CompareFn.EQ, best));
      Node larger = value.compare(CompareFn.GT, best).or(firstNaN).or(seen.not());
      Node better = real.get(k).and(larger);
      seen = seen.or(real.get(k));
      best = better.select(value, best);
      pick = better.select(picks.get(k), pick);
    }
    return pick;
  }

  /// For each window position, in index order, what all windows see there; `outside` where that is
  /// not an element.
  private static List<Node> parts(Node x, List<WindowDim> window, double outside) {
    Node padded =
        x.pad(
            each(window, w -> Math.max(0, w.padLow())),
            each(window, w -> Math.max(0, w.padHigh())),
            each(window, w -> w.baseDilation() - 1),
            outside);
    long[] strides = each(window, WindowDim::stride);
    long[] places =
        IntStream.range(0, x.rank())
            .mapToLong(i -> window.get(i).outputExtent(x.shape().dim(i)))
            .toArray();
    Shape positions = Shape.of(each(window, WindowDim::size));
    List<Node> parts = new ArrayList<>();
    for (long flat = 0; flat < positions.size(); flat++) {
      long[] starts = new long[x.rank()];
      long[] limits = new long[x.rank()];
      long rest = flat;
      for (int i = x.rank() - 1; i >= 0; i--) {
        long k = rest % positions.dim(i);
        rest /= positions.dim(i);
        starts[i] = Math.max(0, -window.get(i).padLow()) + k * window.get(i).windowDilation();
        limits[i] = starts[i] + (places[i] - 1) * strides[i] + 1;
      }
      parts.add(padded.slice(starts, limits, strides));
    }
    return parts;
  }

  private static long[] each(List<WindowDim> window, ToLongFunction<WindowDim> of) {
    return window.stream().mapToLong(of).toArray();
  }
}
