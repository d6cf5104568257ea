package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Copies of images whose groups are single channels that lie side by side: what windows look at,
/// zeros where that is outside, and zeros after the last channel up to whole vectors.
final class ChannelImage {
  /// Lanes of the widest vectors that there are.
  private static final int WIDEST = 16;

  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Channels of an image.
  final int channels;

  /// Channels of a copy.
  final int padded;

  /// Floats from one index to the next in a copy, along each spatial axis.
  final int[] stride;

  /// Indices from one window place to the next, along each spatial axis.
  final int[] step;

  /// Floats of a copy, with what may be read beyond.
  final int size;

  private final TensorType x;
  private final ConvDims dims;
  private final long[] xs;
  private final long[] low;
  private final int[] extent;

  /// @param op how the window slides
  /// @param x type of the images
  /// @param windows of the operation
  /// @param lines window places along the first spatial axis that a copy is for
  /// @param kernel reads it
  ChannelImage(Op.Conv op, TensorType x, Windows windows, long lines, DirectKernel kernel) {
    this.x = x;
    dims = op.dims();
    xs = x.shape().strides();
    channels = Math.toIntExact(x.dim(dims.group().orElseThrow().lhs()));
    padded = padded(channels, kernel);
    int spatial = dims.spatialRank();
    low = new long[spatial];
    step = new int[spatial];
    extent = new int[spatial];
    stride = new int[spatial];
    int floats = padded;
    for (int i = spatial - 1; i >= 0; i--) {
      low[i] = windows.low(i);
      step[i] = Math.toIntExact(windows.step(i));
      extent[i] = Math.toIntExact(windows.extent(i, i == 0 ? lines : windows.places(i)));
      stride[i] = floats;
      floats = Math.multiplyExact(floats, extent[i]);
    }
    int slack = Math.multiplyExact(kernel.placeSlack() * padded, step[spatial - 1]);
    size = Math.addExact(floats, slack);
  }

  /// Channels rounded up to whole vectors.
  static int padded(int channels, DirectKernel kernel) {
    int lanes = kernel.lanes();
    return (channels + lanes - 1) / lanes * lanes;
  }

  /// The most channels that a copy may have, whatever the vectors.
  static long mostPadded(long channels) {
    return Math.ceilDiv(channels, WIDEST) * WIDEST;
  }

  /// Floats of a copy for so many places along the first spatial axis, at most: which way a
  /// convolution goes must not depend on the width of vectors.
  static double floats(Op.Conv op, TensorType x, Windows windows, long lines) {
    double floats = mostPadded(x.dim(op.dims().group().orElseThrow().lhs()));
    for (int i = 0; i < op.dims().spatialRank(); i++) {
      floats *= windows.extent(i, i == 0 ? lines : windows.places(i));
    }
    return floats;
  }

  /// Copies what windows look at.
  ///
  /// @param a all images
  /// @param image offset of the image
  /// @param line first window place along the first spatial axis
  /// @param to receives [#size] floats
  void copy(MemorySegment a, long image, long line, float[] to) {
    int inner = extent.length - 1;
    long first = low[0] + line * step[0];
    int width = extent[inner];
    int lines = 1;
    for (int i = 0; i < inner; i++) {
      lines *= extent[i];
    }
    for (int l = 0; l < lines; l++) {
      long at = image;
      boolean inside = true;
      int rest = l;
      for (int i = inner - 1; i >= 0; i--) {
        long index = (i == 0 ? first : low[i]) + rest % extent[i];
        rest /= extent[i];
        int axis = dims.lhsSpatial().get(i);
        inside &= index >= 0 && index < x.dim(axis);
        at += index * xs[axis];
      }
      copyLine(a, at, inner == 0 ? first : low[inner], inside, to, l * width * padded);
    }
  }

  private void copyLine(
      MemorySegment a, long at, long index, boolean inside, float[] to, int place) {
    int axis = dims.lhsSpatial().getLast();
    int width = extent[extent.length - 1];
    int begin = Math.clamp(-index, 0, width);
    int end = inside ? Math.clamp(x.dim(axis) - index, begin, width) : begin;
    Arrays.fill(to, place, place + begin * padded, 0f);
    Arrays.fill(to, place + end * padded, place + width * padded, 0f);
    if (begin == end) {
      return;
    }
    long source = at + (index + begin) * xs[axis];
    lines(a, source, xs[axis], end - begin, to, place + begin * padded);
  }

  /// Copies channels place by place, zeros after the last one.
  void lines(MemorySegment from, long at, long placeStep, int places, float[] to, int toAt) {
    if (placeStep == channels && padded == channels) {
      MemorySegment.copy(from, F32, 4 * at, to, toAt, places * channels);
      return;
    }
    for (int i = 0; i < places; i++) {
      int begin = toAt + i * padded;
      MemorySegment.copy(from, F32, 4 * (at + i * placeStep), to, begin, channels);
      Arrays.fill(to, begin + channels, begin + padded, 0f);
    }
  }
}
