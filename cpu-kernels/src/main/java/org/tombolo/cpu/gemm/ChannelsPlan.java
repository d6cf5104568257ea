package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A convolution of each channel by itself, channels last: vectors run along the channels.
///
/// A task copies a band of an image, zeros around it and after the last channel, and sums it place
/// by place. Each element is one chain of fused multiply-adds from 0 over the window positions.
final class ChannelsPlan implements ContractionPlan {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Floats of a band, for which a second-level cache has room.
  private static final long BAND_FLOATS = 48 << 10;

  /// Lines of a band, at least: neighbouring bands copy some lines both.
  private static final long BAND_LINES = 4;

  /// Floats of the largest copy; what is larger goes another way.
  private static final long MOST_FLOATS = 1 << 22;

  /// Terms of the longest sum; those that are longer are products.
  private static final long MOST_TERMS = 1 << 10;

  private final Operands operands;
  private final Crew crew;
  private final DirectKernel kernel;
  private final ConvDims dims;
  private final long[] xs;
  private final long[] ks;
  private final long[] outs;
  private final int spatial;
  private final long images;
  private final ChannelImage copy;
  private final int padded;
  private final int bandLines;
  private final int bands;
  private final int lineSums;
  private final long places;
  private final int terms;
  private final List<WindowSum> parts = new ArrayList<>();
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
    long terms = filters.size() / filters.dim(group.rhs());
    if (x.dim(dims.lhsFeature()) != 1
        || out.dim(dims.outFeature()) != 1
        || x.shape().strides()[group.lhs()] != 1
        || out.shape().strides()[group.out()] != 1
        || terms > MOST_TERMS
        || filters.size() > MOST_FLOATS) {
      return false;
    }
    Windows windows = new Windows(op, out);
    long lines = Math.min(BAND_LINES, windows.places(0));
    return ChannelImage.floats(op, x, windows, lines) <= MOST_FLOATS;
  }

  /// @param op how the window slides
  /// @param operands types of operands and result, which [#fits]
  /// @param kernels compute sums
  /// @param crew shares work and memory
  ChannelsPlan(Op.Conv op, Operands operands, MicroKernels kernels, Crew crew) {
    this.operands = operands;
    this.crew = crew;
    kernel = kernels.direct();
    dims = op.dims();
    TensorType x = operands.a();
    TensorType filters = operands.b();
    TensorType out = operands.out();
    xs = x.shape().strides();
    ks = filters.shape().strides();
    outs = out.shape().strides();
    spatial = dims.spatialRank();
    images = x.dim(dims.lhsBatch());
    Windows windows = new Windows(op, out);
    ChannelImage narrow = new ChannelImage(op, x, windows, 1, kernel);
    padded = narrow.padded;
    long around = windows.extent(0, 1);
    long wanted =
        Math.max(BAND_LINES, (BAND_FLOATS / narrow.stride[0] - around) / narrow.step[0] + 1);
    long even = Math.ceilDiv(windows.places(0) * images, 2L * crew.team().size());
    bandLines =
        Math.toIntExact(Math.min(windows.places(0), Math.min(wanted, Math.max(BAND_LINES, even))));
    bands = Math.toIntExact(Math.ceilDiv(windows.places(0), bandLines));
    copy = new ChannelImage(op, x, windows, bandLines, kernel);
    long most = 0;
    long all = 0;
    int sum = 0;
    for (List<SpatialPhase> phases : windows.combinations()) {
      WindowSum part =
          new WindowSum(
              op, operands, windows, phases, 1, 0, (axis, index) -> index * copy.stride[axis]);
      parts.add(part);
      sum += part.offsets.length;
      most = Math.max(most, part.places[spatial - 1]);
      all += Arrays.stream(part.places).reduce(1, (m, n) -> m * n);
    }
    int inner = spatial == 1 ? bandLines : Math.toIntExact(most);
    lineSums = (inner + kernel.placeSlack()) * padded;
    places = all;
    terms = sum;
    repair = PaddingRepair.where(windows.lookOutside(op, x), op, x, filters);
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch) {
    operands.require(a, b, out);
    int tasks = Math.toIntExact(images * bands);
    crew.pool()
        .withPanels(
            terms * padded,
            weights -> {
              pack(b, weights);
              crew.share(
                  (double) images * places * terms * padded,
                  tasks,
                  task -> {
                    float[] array = crew.pool().take(copy.size);
                    float[] sums = crew.pool().take(lineSums);
                    band(
                        a,
                        task / bands,
                        task % bands * (long) bandLines,
                        weights,
                        array,
                        sums,
                        out);
                    crew.pool().giveBack(sums);
                    crew.pool().giveBack(array);
                  });
            });
    repair.ifPresent(padding -> padding.run(a, b, out, crew.team()));
  }

  /// Writes the kernel term by term, zeros after the last channel.
  private void pack(MemorySegment filters, float[] weights) {
    long channelStep = ks[dims.group().orElseThrow().rhs()];
    int at = 0;
    for (WindowSum part : parts) {
      for (long term : part.kernelAt) {
        for (int c = 0; c < padded; c++) {
          weights[at++] = c < copy.channels ? filters.get(F32, 4 * (term + c * channelStep)) : 0;
        }
      }
    }
  }

  private void band(
      MemorySegment a,
      long image,
      long firstLine,
      float[] weights,
      float[] array,
      float[] sums,
      MemorySegment out) {
    copy.copy(a, image * xs[dims.lhsBatch()], firstLine, array);
    long to = image * outs[dims.outBatch()];
    int weightsAt = 0;
    int inner = spatial - 1;
    for (WindowSum part : parts) {
      long lines = Math.min(bandLines, part.places[0] - firstLine);
      int width = (int) (inner == 0 ? lines : part.places[inner]);
      long rows = inner == 0 ? (lines > 0 ? 1 : 0) : lines;
      for (int i = 1; i < inner; i++) {
        rows *= part.places[i];
      }
      for (long row = 0; row < rows; row++) {
        long rest = row;
        int from = 0;
        long at = to + part.out + firstLine * part.steps[0];
        for (int i = inner - 1; i >= 0; i--) {
          long extents = i == 0 ? lines : part.places[i];
          from += (int) (rest % extents) * copy.step[i] * copy.stride[i];
          at += rest % extents * part.steps[i];
          rest /= extents;
        }
        int by = copy.step[inner] * padded;
        kernel.channels(array, from, part.offsets, by, weights, weightsAt, sums, 0, padded, width);
        store(sums, width, out, at, part.steps[inner]);
      }
      weightsAt += part.offsets.length * padded;
    }
  }

  private void store(float[] sums, int width, MemorySegment out, long at, long by) {
    int channels = copy.channels;
    if (by == channels && padded == channels) {
      MemorySegment.copy(sums, 0, out, F32, 4 * at, width * channels);
      return;
    }
    for (int i = 0; i < width; i++) {
      MemorySegment.copy(sums, i * padded, out, F32, 4 * (at + i * by), channels);
    }
  }
}
