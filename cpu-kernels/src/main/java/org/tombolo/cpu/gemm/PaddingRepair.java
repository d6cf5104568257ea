package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Makes padding count for nothing where the kernel holds an infinity or a NaN.
///
/// A window that looks outside the images takes zeros from there, which is right as long as the
/// kernel is finite: 0 times infinity is NaN. So where a result is NaN and the kernel is not
/// finite, the sum is taken again over what lies inside. Finding out costs one look at the smaller
/// of kernel and result. A sum that has become NaN stays so, hence a network that has diverged
/// costs one or two terms per element here.
public final class PaddingRepair {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final long GRAIN = 1 << 14;

  private final Op.Conv op;
  private final TensorType x;
  private final TensorType kernel;
  private final TensorType out;

  /// @param op how the window slides
  /// @param x type of the images
  /// @param kernel type of the kernel
  public PaddingRepair(Op.Conv op, TensorType x, TensorType kernel) {
    this.op = op;
    this.x = x;
    this.kernel = kernel;
    out = op.infer(List.of(x, kernel));
  }

  /// The repair of a convolution, if its windows look outside.
  static Optional<PaddingRepair> where(
      boolean outside, Op.Conv op, TensorType x, TensorType kernel) {
    return outside ? Optional.of(new PaddingRepair(op, x, kernel)) : Optional.empty();
  }

  /// Whether nothing is to be corrected, as far as the kernel tells and is small enough to be
  /// asked.
  boolean isNeedless(MemorySegment filters) {
    return kernel.size() <= out.size() && allFinite(filters);
  }

  /// Corrects a result that was computed with zeros for what lies outside.
  ///
  /// @param images dense elements, exactly their size, as all three
  /// @param filters the kernel
  /// @param result what is corrected
  /// @param team shares the work
  public void run(
      MemorySegment images, MemorySegment filters, MemorySegment result, WorkerTeam team) {
    boolean suspicious = kernel.size() <= out.size() ? !allFinite(filters) : !allFinite(result);
    if (!suspicious || allFinite(filters)) {
      return;
    }
    team.runRanges(
        out.size(),
        GRAIN,
        (from, until) -> {
          for (long i = from; i < until; i++) {
            if (Float.isNaN(result.get(F32, 4 * i))) {
              result.set(F32, 4 * i, sumInside(images, filters, i));
            }
          }
        });
  }

  /// Whether no element is infinite or NaN.
  private static boolean allFinite(MemorySegment values) {
    long count = values.byteSize() / 4;
    int begin = 0;
    float[] part = new float[1024];
    for (long at = 0; at < count; at += part.length) {
      int size = (int) Math.min(part.length, count - at);
      MemorySegment.copy(values, F32, 4 * at, part, begin, size);
      int worst = 0;
      for (int i = 0; i < size; i++) {
        worst = Math.max(worst, Float.floatToRawIntBits(part[i]) & 0x7fffffff);
      }
      if (worst >= 0x7f800000) {
        return false;
      }
    }
    return true;
  }

  private float sumInside(MemorySegment images, MemorySegment filters, long element) {
    ConvDims dims = op.dims();
    int spatial = dims.spatialRank();
    long[] at = new long[dims.rank()];
    long rest = element;
    for (int axis = at.length - 1; axis >= 0; axis--) {
      at[axis] = rest % out.dim(axis);
      rest /= out.dim(axis);
    }
    long[] xs = x.shape().strides();
    long[] ks = kernel.shape().strides();
    long left = at[dims.outBatch()] * xs[dims.lhsBatch()];
    long right = at[dims.outFeature()] * ks[dims.rhsOut()];
    if (dims.group().isPresent()) {
      ConvDims.Group group = dims.group().get();
      left += at[group.out()] * xs[group.lhs()];
      right += at[group.out()] * ks[group.rhs()];
    }
    long[] extents =
        LongStream.range(0, spatial).map(i -> op.window().get((int) i).size()).toArray();
    long taps = Arrays.stream(extents).reduce(1, (m, n) -> m * n);
    float sum = 0;
    for (long tap = 0; tap < taps && !Float.isNaN(sum); tap++) {
      long a = left;
      long b = right;
      boolean inside = true;
      long tapRest = tap;
      for (int i = spatial - 1; i >= 0; i--) {
        long k = tapRest % extents[i];
        tapRest /= extents[i];
        long place = at[dims.outSpatial().get(i)];
        long index = op.window().get(i).index(place, k, x.dim(dims.lhsSpatial().get(i)));
        inside &= index >= 0;
        a += index * xs[dims.lhsSpatial().get(i)];
        b += (op.reversed() ? extents[i] - 1 - k : k) * ks[dims.rhsSpatial().get(i)];
      }
      for (long c = 0; inside && c < x.dim(dims.lhsFeature()); c++) {
        float image = images.get(F32, 4 * (a + c * xs[dims.lhsFeature()]));
        float weight = filters.get(F32, 4 * (b + c * ks[dims.rhsIn()]));
        sum = Math.fma(image, weight, sum);
      }
    }
    return sum;
  }
}
