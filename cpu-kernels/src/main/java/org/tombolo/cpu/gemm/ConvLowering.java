package org.tombolo.cpu.gemm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// A convolution as contractions: rows are images and window places, columns are output features,
/// and the sum runs over window positions and input features. Nothing is unrolled in memory: one
/// element of the images is seen at many (row, inner) positions, whose strides overlap.
///
/// One contraction per combination of [SpatialPhase]s, so one in all without base dilation.
///
/// @param parts contractions that together write each element of the result once
/// @param image the copy of the images that the parts read instead, if windows look outside
record ConvLowering(List<Contraction> parts, Optional<PaddedImage> image) {

  /// Lowers a convolution of dense tensors.
  static ConvLowering of(Op.Conv op, TensorType x, TensorType kernel) {
    TensorType out = op.infer(List.of(x, kernel));
    if (out.size() == 0) {
      return new ConvLowering(List.of(), Optional.empty());
    }
    ConvDims dims = op.dims();
    int spatial = dims.spatialRank();
    List<List<SpatialPhase>> phases = new ArrayList<>();
    long[] low = new long[x.rank()];
    long[] padded = x.shape().toArray();
    boolean outside = false;
    for (int i = 0; i < spatial; i++) {
      int axis = dims.lhsSpatial().get(i);
      List<SpatialPhase> along =
          SpatialPhase.of(op.window().get(i), out.dim(dims.outSpatial().get(i)));
      phases.add(along);
      List<SpatialPhase> seeing = along.stream().filter(phase -> phase.taps() > 0).toList();
      low[axis] = seeing.stream().mapToLong(SpatialPhase::first).min().orElse(0);
      long high = seeing.stream().mapToLong(SpatialPhase::last).max().orElse(-1);
      outside |= low[axis] < 0 || high >= x.dim(axis);
      padded[axis] = high - low[axis] + 1;
    }
    PaddedImage image = new PaddedImage(x.shape().toArray(), low, padded);
    boolean copied = outside && image.size() > 0;
    TensorType seen = copied ? TensorType.f32(padded) : x;
    List<Contraction> parts = new ArrayList<>();
    combine(op, seen, copied ? low : new long[x.rank()], kernel, out, phases, List.of(), parts);
    return new ConvLowering(List.copyOf(parts), copied ? Optional.of(image) : Optional.empty());
  }

  private static void combine(
      Op.Conv op,
      TensorType x,
      long[] low,
      TensorType kernel,
      TensorType out,
      List<List<SpatialPhase>> phases,
      List<SpatialPhase> chosen,
      List<Contraction> parts) {
    if (chosen.size() == phases.size()) {
      parts.add(part(op, x, low, kernel, out, chosen));
      return;
    }
    for (SpatialPhase phase : phases.get(chosen.size())) {
      List<SpatialPhase> longer = new ArrayList<>(chosen);
      longer.add(phase);
      combine(op, x, low, kernel, out, phases, longer, parts);
    }
  }

  private static Contraction part(
      Op.Conv op,
      TensorType x,
      long[] low,
      TensorType kernel,
      TensorType out,
      List<SpatialPhase> phases) {
    ConvDims dims = op.dims();
    long[] xs = x.shape().strides();
    long[] ks = kernel.shape().strides();
    long[] outs = out.shape().strides();
    List<Axis> rows = new ArrayList<>();
    rows.add(
        new Axis(out.dim(dims.outBatch()), xs[dims.lhsBatch()], 0, outs[dims.outBatch()]));
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
      rows.add(
          new Axis(
              phase.places(), phase.perPlace() * xStep, 0, phase.placeStep() * outStep));
      inner.add(
          new Axis(phase.taps(), phase.perTap() * xStep, turn * phase.tapStep() * kStep, 0));
      a += (phase.first() - low[dims.lhsSpatial().get(i)]) * xStep;
      b += (op.reversed() ? window.size() - 1 - phase.tap() : phase.tap()) * kStep;
      to += phase.place() * outStep;
    }
    inner.add(new Axis(x.dim(dims.lhsFeature()), xs[dims.lhsFeature()], ks[dims.rhsIn()], 0));
    List<Axis> columns =
        List.of(new Axis(out.dim(dims.outFeature()), 0, ks[dims.rhsOut()], outs[dims.outFeature()]));
    return new Contraction(List.of(), rows, columns, inner, a, b, to);
  }
}
