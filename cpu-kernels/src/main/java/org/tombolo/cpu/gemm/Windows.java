package org.tombolo.cpu.gemm;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// The windows of a convolution by [SpatialPhase]: every combination of one phase per spatial axis
/// is a set of window places of its own, and all of them step alike through the images.
final class Windows {
  private final List<List<SpatialPhase>> phases = new ArrayList<>();
  private final List<List<SpatialPhase>> combinations = new ArrayList<>();
  private final long[] low;
  private final long[] most;

  /// @param op how the window slides
  /// @param out type of the result, not empty
  Windows(Op.Conv op, TensorType out) {
    int spatial = op.dims().spatialRank();
    low = new long[spatial];
    most = new long[spatial];
    for (int i = 0; i < spatial; i++) {
      WindowDim window = op.window().get(i);
      List<SpatialPhase> along = SpatialPhase.of(window, out.dim(op.dims().outSpatial().get(i)));
      phases.add(along);
      low[i] =
          along.stream()
              .filter(phase -> phase.taps() > 0)
              .mapToLong(SpatialPhase::first)
              .min()
              .orElse(0);
      most[i] = along.stream().mapToLong(SpatialPhase::places).max().orElse(0);
    }
    combine(List.of());
  }

  private void combine(List<SpatialPhase> chosen) {
    if (chosen.size() == phases.size()) {
      combinations.add(chosen);
      return;
    }
    for (SpatialPhase phase : phases.get(chosen.size())) {
      List<SpatialPhase> longer = new ArrayList<>(chosen);
      longer.add(phase);
      combine(List.copyOf(longer));
    }
  }

  /// Every combination of one phase per spatial axis; together they have each place once.
  List<List<SpatialPhase>> combinations() {
    return combinations;
  }

  /// The least index of the images that a place looks at, which may be negative.
  long low(int axis) {
    return low[axis];
  }

  /// Index step from one place of a phase to the next, the same for all phases.
  long step(int axis) {
    return phases.get(axis).getFirst().perPlace();
  }

  /// Places of the phase that has the most.
  long places(int axis) {
    return most[axis];
  }

  /// How many indices the first so many places of all phases look at, from [#low] on; at least 1.
  long extent(int axis, long places) {
    return phases.get(axis).stream()
        .filter(phase -> phase.taps() > 0)
        .mapToLong(phase ->
            phase.first()
                + (places - 1) * phase.perPlace()
                + (phase.taps() - 1) * phase.perTap()
                - low[axis]
                + 1)
        .max()
        .orElse(1);
  }

  /// Whether any window looks outside the images.
  boolean lookOutside(Op.Conv op, TensorType x) {
    boolean outside = false;
    for (int i = 0; i < low.length; i++) {
      long extent = x.dim(op.dims().lhsSpatial().get(i));
      outside |=
          phases.get(i).stream()
              .anyMatch(phase -> phase.taps() > 0 && (phase.first() < 0 || phase.last() >= extent));
    }
    return outside;
  }
}
