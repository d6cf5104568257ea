package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.tombolo.cpu.team.WorkerTeam;

/// A copy of the part of a dense tensor that windows look at, with zeros where they look outside.
/// It costs one pass over the images and turns a convolution into a plain strided sum.
final class PaddedImage {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Elements that one task copies, about 256 KiB.
  private static final long GRAIN = 1 << 16;

  private final long[] extents;
  private final long[] low;
  private final long[] padded;

  /// @param extents of the tensor
  /// @param low index of the tensor at index 0 of the copy, per axis; may be negative
  /// @param padded extents of the copy
  PaddedImage(long[] extents, long[] low, long[] padded) {
    this.extents = extents;
    this.low = low;
    this.padded = padded;
  }

  /// Elements of the copy.
  long size() {
    long size = 1;
    for (long extent : padded) {
      size = Math.multiplyExact(size, extent);
    }
    return size;
  }

  /// Writes the copy.
  ///
  /// @param image the tensor
  /// @param to at least [#size] floats
  /// @param team shares the work
  void fill(MemorySegment image, MemorySegment to, WorkerTeam team) {
    int inner = padded.length - 1;
    long lines = padded[inner] == 0 ? 0 : size() / padded[inner];
    long grain = Math.max(1, GRAIN / Math.max(1, padded[inner]));
    team.runRanges(
        lines,
        grain,
        (from, until) -> {
          for (long line = from; line < until; line++) {
            fillLine(image, to, line);
          }
        });
  }

  private void fillLine(MemorySegment image, MemorySegment to, long line) {
    int inner = padded.length - 1;
    long width = padded[inner];
    long from = 0;
    long step = extents[inner];
    long rest = line;
    boolean inside = true;
    for (int axis = inner - 1; axis >= 0; axis--) {
      long index = rest % padded[axis] + low[axis];
      rest /= padded[axis];
      inside &= 0 <= index && index < extents[axis];
      from += index * step;
      step *= extents[axis];
    }
    long begin = inside ? Math.clamp(-low[inner], 0, width) : width;
    long end = inside ? Math.clamp(extents[inner] - low[inner], begin, width) : width;
    zero(to, line * width, begin);
    MemorySegment.copy(
        image,
        F32,
        4 * (end > begin ? from + begin + low[inner] : 0),
        to,
        F32,
        4 * (line * width + begin),
        end - begin);
    zero(to, line * width + end, width - end);
  }

  private static void zero(MemorySegment to, long at, long count) {
    if (count > 0) {
      to.asSlice(4 * at, 4 * count).fill((byte) 0);
    }
  }
}
