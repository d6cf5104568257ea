package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A convolution with channels first: each feature of the result is a sum of shifted planes of the
/// image, and vectors run along the planes.
///
/// A task copies a band of the planes of one image and group, zeros around it, so that one step
/// from window place to window place is one step in memory: where windows step by `s`, every `s`-th
/// element goes to a plane of its own. Lines follow each other without gaps, so a term is one
/// distance for all places, and sums run on over the ends of lines; what they make there is not
/// stored.
///
/// Each element is one chain of fused multiply-adds from 0, over window positions and then
/// features.
final class PlanesPlan implements ContractionPlan {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Floats of a band, which lie in a second-level cache while they are read once for each feature
  /// of the result.
  private static final long BAND_FLOATS = 96 << 10;

  /// Lines of a band, at least: neighbouring bands copy some lines both.
  private static final long BAND_LINES = 8;

  /// Floats of the largest band, and of the largest kernel; what is larger goes another way.
  private static final long MOST_FLOATS = 1 << 22;

  /// Terms of the longest sum; those that are longer are products.
  private static final long MOST_TERMS = 1 << 13;

  /// Offset of a line that lies outside the images.
  private static final long OUTSIDE = Long.MIN_VALUE;

  /// Floats that a task copies, at least.
  private static final long TASK_FLOATS = 1 << 13;

  /// Tasks of a run, at most.
  private static final long MOST_TASKS = 1 << 20;

  private final Operands operands;
  private final Crew crew;
  private final DirectKernel kernel;
  private final ConvDims dims;
  private final long[] xs;
  private final long[] ks;
  private final long[] outs;
  private final int spatial;
  private final long images;
  private final long groups;
  private final int features;
  private final int outFeatures;
  private final int block;
  private final int blocks;
  private final long[] low;
  private final int[] step;
  private final int[] extent;
  private final int[] stride;
  private final int[] residueStep;
  private final int residues;
  private final int planeSize;
  private final int[] lineFirst;
  private final long[] lineFrom;
  private final int[] linePlace;
  private final int[] lineBegin;
  private final int[] lineEnd;
  private final int bandLines;
  private final int bands;
  private final int mostPlaces;
  private final boolean hasDensePlanes;
  private final List<WindowSum> parts = new ArrayList<>();
  private final int groupWeights;
  private final Optional<PaddingRepair> repair;

  /// Whether a convolution can be computed so: it slides along an axis, its sums are short, and a
  /// band is not too large.
  static boolean fits(Op.Conv op, Operands operands) {
    ConvDims dims = op.dims();
    TensorType x = operands.a();
    TensorType filters = operands.b();
    TensorType out = operands.out();
    long terms = filters.size() / Math.max(1, filters.dim(dims.rhsOut()));
    terms /= Math.max(1, dims.group().map(group -> filters.dim(group.rhs())).orElse(1L));
    if (dims.spatialRank() == 0
        || out.size() == 0
        || terms > MOST_TERMS
        || filters.size() > MOST_FLOATS) {
      return false;
    }
    Windows windows = new Windows(op, out);
    double floats = x.dim(dims.lhsFeature());
    for (int i = 0; i < dims.spatialRank(); i++) {
      long places = i == 0 ? Math.min(BAND_LINES, windows.places(0)) : windows.places(i);
      floats *= windows.extent(i, places) + windows.step(i);
    }
    return floats <= MOST_FLOATS;
  }

  /// @param op how the window slides
  /// @param operands types of operands and result, which [#fits]
  /// @param kernels compute sums
  /// @param crew shares work and memory
  PlanesPlan(Op.Conv op, Operands operands, MicroKernels kernels, Crew crew) {
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
    groups = dims.group().map(group -> x.dim(group.lhs())).orElse(1L);
    features = Math.toIntExact(x.dim(dims.lhsFeature()));
    outFeatures = Math.toIntExact(out.dim(dims.outFeature()));
    block = outFeatures < DirectKernel.FEATURES - 1 ? 1 : DirectKernel.FEATURES;
    blocks = (outFeatures + block - 1) / block;

    Windows windows = new Windows(op, out);
    low = new long[spatial];
    step = new int[spatial];
    extent = new int[spatial];
    stride = new int[spatial];
    residueStep = new int[spatial];
    int all = 1;
    int line = 1;
    for (int i = spatial - 1; i >= 0; i--) {
      low[i] = windows.low(i);
      step[i] = Math.toIntExact(windows.step(i));
      residueStep[i] = all;
      all *= step[i];
      stride[i] = line;
      if (i > 0) {
        extent[i] = Math.toIntExact(Math.ceilDiv(windows.extent(i, windows.places(i)), step[i]));
        line *= extent[i];
      }
    }
    residues = all;
    long around = windows.extent(0, 1) / step[0];
    long perLine = (long) Math.max(1, features) * residues * line;
    long wanted = Math.max(BAND_LINES, BAND_FLOATS / perLine - around);
    long even = Math.ceilDiv(windows.places(0) * images * groups, 2L * crew.team().size());
    bandLines =
        Math.toIntExact(Math.min(windows.places(0), Math.min(wanted, Math.max(BAND_LINES, even))));
    bands = Math.toIntExact(Math.ceilDiv(windows.places(0), bandLines));
    extent[0] = Math.toIntExact(Math.ceilDiv(windows.extent(0, bandLines), step[0]));
    planeSize = extent[0] * line;
    int inner = spatial - 1;
    int lines = residues / step[inner] * (planeSize / extent[inner]);
    lineFirst = new int[lines];
    lineFrom = new long[lines];
    linePlace = new int[lines];
    lineBegin = new int[step[inner]];
    lineEnd = new int[step[inner]];
    findLines();
    int most = 0;
    int terms = 0;
    for (List<SpatialPhase> phases : windows.combinations()) {
      WindowSum part =
          new WindowSum(
              op,
              operands,
              windows,
              phases,
              features,
              residues * planeSize,
              (axis, index) ->
                  index / step[axis] * stride[axis]
                      + index % step[axis] * residueStep[axis] * planeSize);
      parts.add(part);
      terms += part.offsets.length;
      most = Math.max(most, count(part, bandLines));
    }
    hasDensePlanes = parts.size() == 1 && hasDensePlanes(out);
    mostPlaces = most;
    groupWeights = Math.multiplyExact(terms, blocks * block);
    repair = PaddingRepair.where(windows.lookOutside(op, x), op, x, filters);
  }

  /// Whether the places of a plane of the result lie together, line by line.
  private boolean hasDensePlanes(TensorType out) {
    long size = 1;
    for (int i = spatial - 1; i >= 0; i--) {
      if (outs[dims.outSpatial().get(i)] != size) {
        return false;
      }
      size *= out.dim(dims.outSpatial().get(i));
    }
    return true;
  }

  /// Places of a part in a band, those between lines included.
  private int count(WindowSum part, long lines) {
    long count = 1;
    for (int i = 0; i < spatial; i++) {
      count += ((i == 0 ? lines : part.places[i]) - 1) * stride[i];
    }
    return (int) count;
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch) {
    operands.require(a, b, out);
    compute(a, b, out, null);
    repair.ifPresent(padding -> padding.run(a, b, out, crew.team()));
  }

  @Override
  public void run(
      MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch, Finish finish) {
    operands.require(a, b, out);
    if (hasDensePlanes && (repair.isEmpty() || repair.get().isNeedless(b))) {
      compute(a, b, out, finish);
    } else {
      run(a, b, out, scratch);
      finish.all();
    }
  }

  private void compute(
      MemorySegment a, MemorySegment b, MemorySegment out, @Nullable Finish finish) {
    int weights = Math.toIntExact(groups * groupWeights);
    int planes = features * residues * planeSize + kernel.slack();
    int line = mostPlaces + kernel.slack();
    long all = images * groups * bands;
    long perTask = Math.max(1 + all / MOST_TASKS, TASK_FLOATS / Math.max(1, planes));
    int tasks = Math.toIntExact(Math.ceilDiv(all, perTask));
    double work = (double) images * groups * bands * mostPlaces * groupWeights;
    crew.pool()
        .withPanels(
            weights,
            packed -> {
              pack(b, packed);
              crew.share(
                  work,
                  tasks,
                  task -> {
                    float[] array = crew.pool().take(planes);
                    float[] sums = crew.pool().take(block * line);
                    Finishing finishing = finish == null ? null : new Finishing(finish);
                    for (long i = task * perTask; i < Math.min(all, (task + 1) * perTask); i++) {
                      long image = i / bands / groups;
                      long group = i / bands % groups;
                      band(
                          a,
                          image,
                          group,
                          i % bands * bandLines,
                          packed,
                          array,
                          sums,
                          out,
                          finishing);
                    }
                    if (finishing != null) {
                      finishing.flush();
                    }
                    crew.pool().giveBack(sums);
                    crew.pool().giveBack(array);
                  });
            });
  }

  /// Writes the kernel in the order in which it is read: by group, part, block of features, term
  /// and feature.
  private void pack(MemorySegment filters, float[] packed) {
    long groupStep = dims.group().map(group -> ks[group.rhs()]).orElse(0L);
    long featureStep = ks[dims.rhsOut()];
    int at = 0;
    for (long group = 0; group < groups; group++) {
      for (WindowSum part : parts) {
        for (int first = 0; first < blocks * block; first += block) {
          for (long term : part.kernelAt) {
            for (int i = first; i < first + block; i++) {
              packed[at++] =
                  i < outFeatures
                      ? filters.get(F32, 4 * (group * groupStep + i * featureStep + term))
                      : 0;
            }
          }
        }
      }
    }
  }

  private void band(
      MemorySegment a,
      long image,
      long group,
      long firstLine,
      float[] weights,
      float[] array,
      float[] sums,
      MemorySegment out,
      @Nullable Finishing finishing) {
    long from = image * xs[dims.lhsBatch()];
    long to = image * outs[dims.outBatch()];
    if (dims.group().isPresent()) {
      from += group * xs[dims.group().get().lhs()];
      to += group * outs[dims.group().get().out()];
    }
    for (int feature = 0; feature < features; feature++) {
      long plane = from + feature * xs[dims.lhsFeature()];
      copy(a, plane, low[0] + firstLine * step[0], array, feature * residues * planeSize);
    }
    int weightsAt = (int) group * groupWeights;
    int outStep = mostPlaces + kernel.slack();
    for (WindowSum part : parts) {
      long lines = Math.min(bandLines, part.places[0] - firstLine);
      for (int first = 0; first < blocks * block; first += block) {
        if (lines > 0) {
          int count = count(part, lines);
          kernel.planes(array, 0, part.offsets, weights, weightsAt, block, sums, outStep, count);
          for (int i = first; i < Math.min(outFeatures, first + block); i++) {
            long at = to + i * outs[dims.outFeature()] + part.out + firstLine * part.steps[0];
            store(part, lines, sums, (i - first) * outStep, out, at);
          }
        }
        weightsAt += part.offsets.length * block;
      }
    }
    if (finishing != null) {
      long line = outs[dims.outSpatial().getFirst()];
      long lines = Math.min(bandLines, parts.getFirst().places[0] - firstLine);
      for (int i = 0; i < outFeatures; i++) {
        finishing.add(to + i * outs[dims.outFeature()] + firstLine * line, lines * line);
      }
    }
  }

  /// Where the lines of a plane come from and go to: tables, since looking at all axes would take
  /// longer than copying a short line.
  private void findLines() {
    int inner = spatial - 1;
    int width = extent[inner];
    int perPlane = planeSize / width;
    for (int line = 0; line < lineFirst.length; line++) {
      int rest = line % perPlane;
      int residue = line / perPlane;
      linePlace[line] = residue * step[inner] * planeSize + rest * width;
      for (int i = inner - 1; i >= 0; i--) {
        int index = rest % extent[i] * step[i] + residue % step[i];
        rest /= extent[i];
        residue /= step[i];
        int axis = dims.lhsSpatial().get(i);
        if (i == 0) {
          lineFirst[line] = index;
        } else if (low[i] + index < 0 || low[i] + index >= operands.a().dim(axis)) {
          lineFrom[line] = OUTSIDE;
        } else if (lineFrom[line] != OUTSIDE) {
          lineFrom[line] += (low[i] + index) * xs[axis];
        }
      }
    }
    for (int r = 0; r < step[inner]; r++) {
      lineBegin[r] = begin(low[inner] + r, width);
      lineEnd[r] = end(low[inner] + r, lineBegin[r], width);
    }
  }

  /// The first element of a line that is inside, for a line that begins at this index.
  private int begin(long index, int width) {
    return Math.clamp(Math.ceilDiv(Math.max(0, -index), step[spatial - 1]), 0, width);
  }

  /// One past the last element that is inside.
  private int end(long index, int begin, int width) {
    long rest = operands.a().dim(dims.lhsSpatial().get(spatial - 1)) - index;
    return Math.clamp(Math.ceilDiv(Math.max(0, rest), step[spatial - 1]), begin, width);
  }

  /// Copies what a band looks at of one feature.
  private void copy(MemorySegment a, long plane, long firstIndex, float[] to, int toAt) {
    int inner = spatial - 1;
    int width = extent[inner];
    int axis = dims.lhsSpatial().get(0);
    for (int line = 0; line < lineFirst.length; line++) {
      long index = firstIndex + lineFirst[line];
      boolean across = inner > 0;
      boolean inside = lineFrom[line] != OUTSIDE;
      inside &= !across || (index >= 0 && index < operands.a().dim(axis));
      long at = plane + lineFrom[line] + (across ? index * xs[axis] : 0);
      for (int r = 0; r < step[inner]; r++) {
        long first = (across ? low[inner] : firstIndex) + r;
        int begin = across ? lineBegin[r] : begin(first, width);
        int end = across ? lineEnd[r] : end(first, begin, width);
        int place = toAt + linePlace[line] + r * planeSize;
        if (inside) {
          copyLine(a, at, first, begin, end, width, to, place);
        } else {
          Arrays.fill(to, place, place + width, 0f);
        }
      }
    }
  }

  /// Copies every so many-th element of a line of the images, zeros where they are outside.
  private void copyLine(
      MemorySegment a, long at, long index, int begin, int end, int width, float[] to, int place) {
    Arrays.fill(to, place, place + begin, 0f);
    Arrays.fill(to, place + end, place + width, 0f);
    if (begin == end) {
      return;
    }
    int by = step[spatial - 1];
    long each = xs[dims.lhsSpatial().get(spatial - 1)];
    long source = at + (index + (long) begin * by) * each;
    long sourceStep = by * each;
    if (sourceStep == 1) {
      MemorySegment.copy(a, F32, 4 * source, to, place + begin, end - begin);
    } else {
      for (int i = 0; i < end - begin; i++) {
        to[place + begin + i] = a.get(F32, 4 * (source + i * sourceStep));
      }
    }
  }

  /// Writes the sums of one feature, line by line.
  private void store(
      WindowSum part, long lines, float[] sums, int sumsAt, MemorySegment out, long outAt) {
    int inner = spatial - 1;
    int width = (int) (inner == 0 ? lines : part.places[inner]);
    long rows = 1;
    for (int i = 0; i < inner; i++) {
      rows *= i == 0 ? lines : part.places[i];
    }
    for (long row = 0; row < rows; row++) {
      long rest = row;
      long to = outAt;
      int from = sumsAt;
      for (int i = inner - 1; i >= 0; i--) {
        long places = part.places[i];
        long at = i == 0 ? rest : rest % places;
        from += (int) at * stride[i];
        to += at * part.steps[i];
        rest = i == 0 ? 0 : rest / places;
      }
      if (part.steps[inner] == 1) {
        MemorySegment.copy(sums, from, out, F32, 4 * to, width);
      } else {
        for (int i = 0; i < width; i++) {
          out.set(F32, 4 * (to + i * part.steps[inner]), sums[from + i]);
        }
      }
    }
  }
}
