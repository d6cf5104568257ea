package org.tombolo.cpu.gemm;

import java.util.List;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;

/// What the window places of one combination of phases sum from a copy of the image: over window
/// positions and then features.
final class WindowSum {
  /// Distance of each term from the place in the copy.
  final int[] offsets;

  /// Offset of each term in the kernel.
  final long[] kernelAt;

  /// Number of places, along each spatial axis.
  final long[] places;

  /// Offset of the first place in the result.
  final long out;

  /// Steps from place to place in the result, along each spatial axis.
  final long[] steps;

  /// Where an index lies in the copy: its distance from the first one along the axis.
  @FunctionalInterface
  interface Distance {
    int of(int axis, int index);
  }

  /// @param op how the window slides
  /// @param operands types of operands and result
  /// @param windows of the operation
  /// @param phases one of their combinations
  /// @param features that are summed over
  /// @param featureStep from one feature to the next in the copy
  /// @param distance in the copy, from [Windows#low] on
  WindowSum(
      Op.Conv op,
      Operands operands,
      Windows windows,
      List<SpatialPhase> phases,
      int features,
      int featureStep,
      Distance distance) {
    ConvDims dims = op.dims();
    long[] ks = operands.b().shape().strides();
    long[] outs = operands.out().shape().strides();
    int spatial = dims.spatialRank();
    long turn = op.reversed() ? -1 : 1;
    places = new long[spatial];
    steps = new long[spatial];
    long terms = features;
    long firstOut = 0;
    long firstTap = 0;
    for (int i = 0; i < spatial; i++) {
      SpatialPhase phase = phases.get(i);
      long taps = op.window().get(i).size();
      long outStep = outs[dims.outSpatial().get(i)];
      terms *= phase.taps();
      places[i] = phase.places();
      steps[i] = phase.placeStep() * outStep;
      firstOut += phase.place() * outStep;
      firstTap +=
          (op.reversed() ? taps - 1 - phase.tap() : phase.tap()) * ks[dims.rhsSpatial().get(i)];
    }
    out = firstOut;
    offsets = new int[Math.toIntExact(terms)];
    kernelAt = new long[offsets.length];
    for (int term = 0; term < offsets.length; term++) {
      int feature = term % features;
      long rest = term / features;
      offsets[term] = feature * featureStep;
      kernelAt[term] = firstTap + feature * ks[dims.rhsIn()];
      for (int i = spatial - 1; i >= 0; i--) {
        SpatialPhase phase = phases.get(i);
        long tap = rest % phase.taps();
        rest /= phase.taps();
        long index = phase.first() - windows.low(i) + tap * phase.perTap();
        offsets[term] += distance.of(i, Math.toIntExact(index));
        kernelAt[term] += tap * turn * phase.tapStep() * ks[dims.rhsSpatial().get(i)];
      }
    }
  }
}
