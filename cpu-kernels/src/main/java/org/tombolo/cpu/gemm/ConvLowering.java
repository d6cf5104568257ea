package org.tombolo.cpu.gemm;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// A convolution as contractions: rows are images and window places, columns are output features,
/// and the sum runs over window positions and input features. Nothing is unrolled in memory: one
/// element of the images is seen at many (row, inner) positions, whose strides overlap.
///
/// One contraction per combination of [SpatialPhase]s, so one in all without base dilation. They
/// read the images from an array of the indices that windows look at, from [#low] on, with zeros
/// where that is outside.
final class ConvLowering {
  private final Op.Conv op;
  private final TensorType x;
  private final TensorType kernel;
  private final TensorType out;
  private final List<List<SpatialPhase>> phases = new ArrayList<>();
  private final long[] low;
  private final long[] seen;
  private boolean outside;

  /// @param op how the window slides
  /// @param x type of the images
  /// @param kernel type of the kernel
  ConvLowering(Op.Conv op, TensorType x, TensorType kernel) {
    this.op = op;
    this.x = x;
    this.kernel = kernel;
    out = op.infer(List.of(x, kernel));
    int spatial = op.dims().spatialRank();
    low = new long[spatial];
    seen = new long[spatial];
    for (int i = 0; i < spatial; i++) {
      long places = out.dim(op.dims().outSpatial().get(i));
      List<SpatialPhase> along = SpatialPhase.of(op.window().get(i), places);
      List<SpatialPhase> seeing = along.stream().filter(phase -> phase.taps() > 0).toList();
      phases.add(along);
      low[i] = seeing.stream().mapToLong(SpatialPhase::first).min().orElse(0);
      long high = seeing.stream().mapToLong(SpatialPhase::last).max().orElse(-1);
      seen[i] = high - low[i] + 1;
      outside |= low[i] < 0 || high >= x.dim(op.dims().lhsSpatial().get(i));
    }
  }

  /// The least index looked at, per spatial axis; may be negative.
  long[] low() {
    return low.clone();
  }

  /// How many indices are looked at from there on, per spatial axis; 0 if none.
  long[] seen() {
    return seen.clone();
  }

  /// Whether any window looks outside the images.
  boolean looksOutside() {
    return outside;
  }

  /// Contractions that together write each element of the result once, for some of the images.
  ///
  /// @param images how many, from the first of the array and of the result on
  /// @param strides of the array that holds the images, by axis of the images' type
  List<Contraction> parts(long images, long[] strides) {
    List<Contraction> parts = new ArrayList<>();
    if (out.size() > 0) {
      combine(images, strides, List.of(), parts);
    }
    return parts;
  }

  private void combine(
      long images, long[] strides, List<SpatialPhase> chosen, List<Contraction> parts) {
    if (chosen.size() == phases.size()) {
      parts.add(part(images, strides, chosen));
      return;
    }
    for (SpatialPhase phase : phases.get(chosen.size())) {
      List<SpatialPhase> longer = new ArrayList<>(chosen);
      longer.add(phase);
      combine(images, strides, longer, parts);
    }
  }

  private Contraction part(long images, long[] xs, List<SpatialPhase> phases) {
    ConvDims dims = op.dims();
    long[] ks = kernel.shape().strides();
    long[] outs = out.shape().strides();
    List<Axis> rows = new ArrayList<>();
    rows.add(new Axis(images, xs[dims.lhsBatch()], 0, outs[dims.outBatch()]));
    List<Axis> inner = new ArrayList<>();
    long a = 0;
    long b = 0;
    long to = 0;
    for (int i = 0; i < phases.size(); i++) {
      SpatialPhase phase = phases.get(i);
      WindowDim window = op.window().get(i);
      long xStep = xs[dims.lhsSpatial().get(i)];
      long kStep = ks[dims.rhsSpatial().get(i)];
      long outStep = outs[dims.outSpatial().get(i)];
      long turn = op.reversed() ? -1 : 1;
      rows.add(new Axis(phase.places(), phase.perPlace() * xStep, 0, phase.placeStep() * outStep));
      inner.add(new Axis(phase.taps(), phase.perTap() * xStep, turn * phase.tapStep() * kStep, 0));
      a += phase.taps() > 0 ? (phase.first() - low[i]) * xStep : 0;
      b += (op.reversed() ? window.size() - 1 - phase.tap() : phase.tap()) * kStep;
      to += phase.place() * outStep;
    }
    inner.add(new Axis(x.dim(dims.lhsFeature()), xs[dims.lhsFeature()], ks[dims.rhsIn()], 0));
    List<Axis> columns =
        List.of(
            new Axis(out.dim(dims.outFeature()), 0, ks[dims.rhsOut()], outs[dims.outFeature()]));
    List<Axis> groups =
        dims.group().stream()
            .map(g -> new Axis(x.dim(g.lhs()), xs[g.lhs()], ks[g.rhs()], outs[g.out()]))
            .toList();
    return new Contraction(groups, rows, columns, inner, a, b, to);
  }
}
