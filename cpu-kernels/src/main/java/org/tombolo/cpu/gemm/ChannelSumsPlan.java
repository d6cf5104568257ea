package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;

/// The gradient in the kernel of a convolution of each channel by itself, channels last: windows as
/// large as images at few places, summed over many images. Vectors run along the channels.
///
/// Each element is one chain of fused multiply-adds from 0 over the window positions for each
/// image; these are added in order of the images.
final class ChannelSumsPlan implements ContractionPlan {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Images whose sums are kept at once.
  private static final int IMAGES = 64;

  /// Floats of the sums of one image, at most.
  private static final long MOST_SUMS = 1 << 14;

  /// Floats of an image, at most.
  private static final long MOST_FLOATS = 1 << 22;

  private final Operands operands;
  private final Crew crew;
  private final DirectKernel kernel;
  private final ConvDims dims;
  private final ChannelImage image;
  private final WindowSum window;
  private final long images;
  private final long[] kernelLines;
  private final int width;
  private final int places;
  private final int sums;
  private final Optional<PaddingRepair> repair;

  /// Whether a convolution can be computed so.
  static boolean fits(Op.Conv op, Operands operands) {
    ConvDims dims = op.dims();
    TensorType x = operands.a();
    TensorType filters = operands.b();
    TensorType out = operands.out();
    if (dims.spatialRank() == 0 || dims.group().isEmpty() || out.size() == 0) {
      return false;
    }
    ConvDims.Group group = dims.group().get();
    long channels = Math.max(1, filters.dim(group.rhs()));
    return x.dim(dims.lhsBatch()) == 1
        && out.dim(dims.outFeature()) == 1
        && x.shape().strides()[group.lhs()] == 1
        && filters.shape().strides()[group.rhs()] == 1
        && out.shape().strides()[group.out()] == 1
        && op.window().stream().allMatch(dim -> dim.baseDilation() == 1)
        && out.size() <= MOST_SUMS
        && filters.size()
                / Math.max(1, filters.dim(dims.rhsIn()))
                / channels
                * ChannelImage.mostPadded(channels)
            <= MOST_FLOATS
        && ChannelImage.floats(op, x, new Windows(op, out), out.dim(dims.outSpatial().getFirst()))
            <= MOST_FLOATS;
  }

  /// @param op how the window slides
  /// @param operands types of operands and result, which [#fits]
  /// @param kernels compute sums
  /// @param crew shares work and memory
  ChannelSumsPlan(Op.Conv op, Operands operands, MicroKernels kernels, Crew crew) {
    this.operands = operands;
    this.crew = crew;
    kernel = kernels.direct();
    dims = op.dims();
    TensorType x = operands.a();
    TensorType filters = operands.b();
    Windows windows = new Windows(op, operands.out());
    image = new ChannelImage(op, x, windows, windows.places(0), kernel);
    window =
        new WindowSum(
            op,
            operands,
            windows,
            windows.combinations().getFirst(),
            1,
            0,
            (axis, index) -> index * image.stride[axis]);
    images = x.dim(dims.lhsFeature());
    kernelLines = window.kernelAt;
    width = Math.toIntExact(window.places[window.places.length - 1]);
    places = Math.toIntExact(Shape.of(window.places).size());
    sums = (places + kernel.placeSlack()) * image.padded;
    repair = PaddingRepair.where(windows.lookOutside(op, x), op, x, filters);
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch) {
    operands.require(a, b, out);
    float[] total = crew.pool().take(sums);
    Arrays.fill(total, 0, sums, 0f);
    crew.pool()
        .withPartials(
            Math.toIntExact(Math.min(IMAGES, images) * sums),
            partial -> {
              for (long first = 0; first < images; first += IMAGES) {
                long begin = first;
                int count = (int) Math.min(IMAGES, images - first);
                double work = (double) count * places * window.offsets.length * image.padded;
                crew.share(work, count, task -> multiply(a, b, begin + task, partial, task * sums));
                for (int i = 0; i < count * sums; i += sums) {
                  for (int j = 0; j < places * image.padded; j++) {
                    total[j] += partial[i + j];
                  }
                }
              }
            });
    store(total, out);
    crew.pool().giveBack(total);
    repair.ifPresent(padding -> padding.run(a, b, out, crew.team()));
  }

  /// The sums of one image.
  private void multiply(MemorySegment a, MemorySegment b, long number, float[] to, int toAt) {
    int padded = image.padded;
    float[] array = crew.pool().take(image.size);
    float[] weights = crew.pool().take(kernelLines.length * padded);
    image.copy(a, number * operands.a().shape().strides()[dims.lhsFeature()], 0, array);
    long from = number * operands.b().shape().strides()[dims.rhsIn()];
    for (int line = 0; line < kernelLines.length; line++) {
      image.lines(b, from + kernelLines[line], 0, 1, weights, line * padded);
    }
    int inner = window.places.length - 1;
    int by = image.step[inner] * padded;
    for (int row = 0; row < places / width; row++) {
      int rest = row;
      int at = 0;
      for (int i = inner - 1; i >= 0; i--) {
        int extent = (int) window.places[i];
        at += rest % extent * image.step[i] * image.stride[i];
        rest /= extent;
      }
      // What is written beyond the last place of a row is written over by the next one.
      int sumsAt = toAt + row * width * padded;
      kernel.channels(array, at, window.offsets, by, weights, 0, to, sumsAt, padded, width);
    }
    crew.pool().giveBack(weights);
    crew.pool().giveBack(array);
  }

  private void store(float[] total, MemorySegment out) {
    for (int place = 0; place < places; place++) {
      long at = window.out;
      int rest = place;
      for (int i = window.places.length - 1; i >= 0; i--) {
        int extent = (int) window.places[i];
        at += rest % extent * window.steps[i];
        rest /= extent;
      }
      MemorySegment.copy(total, place * image.padded, out, F32, 4 * at, image.channels);
    }
  }
}
