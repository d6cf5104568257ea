package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Copies the part of images that windows look at into an array, image by image, features last
/// (group by group, where there are groups), with zeros where windows look outside. One pass over
/// the images, after which all windows of a convolution, whatever its axis order, padding and
/// cropping, read consecutive floats in place.
final class ImageCopy {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final long[] xStrides;
  private final ConvDims dims;
  private final TensorType x;
  private final long[] low;
  private final long[] seen;
  private final int features;
  private final int groups;

  /// @param op the convolution
  /// @param x type of the images
  /// @param lowering says what windows look at
  ImageCopy(Op.Conv op, TensorType x, ConvLowering lowering) {
    this.x = x;
    dims = op.dims();
    xStrides = x.shape().strides();
    low = lowering.low();
    seen = lowering.seen();
    features = Math.toIntExact(Math.min(Integer.MAX_VALUE, x.dim(dims.lhsFeature())));
    groups =
        Math.toIntExact(
            Math.min(Integer.MAX_VALUE, dims.group().map(g -> x.dim(g.lhs())).orElse(1L)));
  }

  /// Floats of the copy of one image.
  long imageSize() {
    long size = Math.multiplyExact(x.dim(dims.lhsFeature()), (long) groups);
    for (long extent : seen) {
      size = Math.multiplyExact(size, extent);
    }
    return size;
  }

  /// Strides of the copy, by axis of the images' type.
  long[] strides() {
    long[] strides = new long[x.rank()];
    long step = x.dim(dims.lhsFeature());
    strides[dims.lhsFeature()] = 1;
    if (dims.group().isPresent()) {
      strides[dims.group().get().lhs()] = step;
      step *= groups;
    }
    for (int i = seen.length - 1; i >= 0; i--) {
      strides[dims.lhsSpatial().get(i)] = step;
      step *= seen[i];
    }
    strides[dims.lhsBatch()] = step;
    return strides;
  }

  /// Copies images.
  ///
  /// @param from all images
  /// @param first the first one to copy
  /// @param count how many
  /// @param to receives them
  /// @param team runs tasks
  void run(MemorySegment from, long first, int count, float[] to, Team team) {
    int width = seen.length == 0 ? 1 : (int) seen[seen.length - 1];
    int line = width * groups * features;
    if (line == 0) {
      return;
    }
    // Tasks go by line and not by image: where images are the fastest axis of the operand, the
    // copies of one line share cache lines.
    int lines = (int) (imageSize() / line);
    team.run(
        lines,
        task -> {
          long at = lineAt(task);
          for (int image = 0; image < count; image++) {
            int place = (image * lines + task) * line;
            if (at < 0) {
              Arrays.fill(to, place, place + line, 0f);
            } else {
              copyLine(from, at + (first + image) * xStrides[dims.lhsBatch()], to, place);
            }
          }
        });
  }

  /// Runs tasks.
  @FunctionalInterface
  interface Team {
    void run(int tasks, IntConsumer body);
  }

  /// Where a line along the innermost spatial axis begins in the first image, or -1 if it lies
  /// outside.
  private long lineAt(int line) {
    long at = 0;
    long rest = line;
    for (int i = seen.length - 2; i >= 0; i--) {
      int axis = dims.lhsSpatial().get(i);
      long index = low[i] + rest % seen[i];
      rest /= seen[i];
      if (index < 0 || index >= x.dim(axis)) {
        return -1;
      }
      at += index * xStrides[axis];
    }
    return at;
  }

  private void copyLine(MemorySegment from, long at, float[] to, int place) {
    int channels = groups * features;
    if (seen.length == 0) {
      copy(from, at, 1, 0, to, place);
      return;
    }
    int inner = seen.length - 1;
    int axis = dims.lhsSpatial().get(inner);
    int width = (int) seen[inner];
    int begin = Math.clamp(-low[inner], 0, width);
    int end = Math.clamp(x.dim(axis) - low[inner], begin, width);
    Arrays.fill(to, place, place + begin * channels, 0f);
    copy(
        from,
        at + (low[inner] + begin) * xStrides[axis],
        end - begin,
        xStrides[axis],
        to,
        place + begin * channels);
    Arrays.fill(to, place + end * channels, place + width * channels, 0f);
  }

  private void copy(MemorySegment from, long at, int width, long widthStep, float[] to, int place) {
    if (width == 0) {
      return;
    }
    long featureStep = xStrides[dims.lhsFeature()];
    long groupStep = dims.group().map(g -> xStrides[g.lhs()]).orElse(0L);
    int channels = groups * features;
    // Whether all channels of a place are one run of even steps.
    boolean even = groups == 1 || features == 1 || groupStep == features * featureStep;
    long step = features == 1 && groups > 1 ? groupStep : featureStep;
    boolean dense = even && (step == 1 || channels == 1);
    if (dense && (widthStep == channels || width == 1)) {
      MemorySegment.copy(from, F32, 4 * at, to, place, width * channels);
    } else if (dense && channels >= 16) {
      for (int i = 0; i < width; i++) {
        MemorySegment.copy(from, F32, 4 * (at + i * widthStep), to, place + i * channels, channels);
      }
    } else {
      int runs = even ? 1 : groups;
      int length = channels / runs;
      for (int i = 0; i < width * runs; i++) {
        long source = at + i / runs * widthStep + i % runs * groupStep;
        for (int j = 0; j < length; j++) {
          to[place + i * length + j] = from.get(F32, 4 * (source + j * step));
        }
      }
    }
  }
}
