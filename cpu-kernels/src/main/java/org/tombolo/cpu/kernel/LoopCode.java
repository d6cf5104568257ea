package org.tombolo.cpu.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tombolo.cpu.math.VectorMaths;

/// The programs of a loop: interpreted at first, generated once it has run long enough to be worth
/// the making. Both give the same bits.
final class LoopCode {
  /// Property that says how loops are run: `interpreted`, `generated`, or else by measurement.
  static final String PROPERTY = "tombolo.cpu.loops";

  /// Points after which code is made: interpreting so many takes some milliseconds.
  private static final long WORTH_IT = 1 << 21;

  private final LoopSpace space;
  private final boolean stores;
  private final int longest;
  private final LoopProgram interpreted;
  private long points;
  private boolean interpretedForEver;
  private List<Stages.Entry> awaited = List.of();
  private @Nullable LoopProgram promised;
  private volatile @Nullable LoopProgram generated;

  /// @param stores whether outputs are stored by the program; otherwise values end in working
  ///   arrays
  /// @param longest most points of a run where working arrays are used
  LoopCode(LoopSpace space, boolean stores, int longest) {
    this.space = space;
    this.stores = stores;
    this.longest = longest;
    this.interpreted = Interpretation.of(space, longest);
    String asked = System.getProperty(PROPERTY, "");
    this.interpretedForEver = !VectorMaths.usesVectors() || asked.equals("interpreted");
    if (asked.equals("generated") && !interpretedForEver) {
      plan();
      awaited.forEach(Stages.Entry::force);
      generated = promised;
    }
  }

  /// The program to run now.
  ///
  /// @param count how many points are to be run
  LoopProgram program(long count) {
    LoopProgram ready = generated;
    if (ready != null) {
      return ready;
    }
    if (interpretedForEver) {
      return interpreted;
    }
    points += count; // threads may overwrite each other's counts: they are of a size, not exact
    return points < WORTH_IT ? interpreted : takeOver();
  }

  private synchronized LoopProgram takeOver() {
    if (promised == null) {
      plan();
      awaited.forEach(Stages.Entry::prepare);
    }
    LoopProgram ready = promised;
    for (Stages.Entry entry : awaited) {
      switch (entry.progress()) {
        case READY -> {}
        case ON_TRIAL, NOT_ASKED_FOR -> ready = null;
        case REFUSED -> interpretedForEver = true;
      }
    }
    if (ready == null || interpretedForEver) {
      return interpreted;
    }
    generated = ready;
    return ready;
  }

  private void plan() {
    var fused = Fusion.of(space, stores, longest);
    if (fused.isEmpty()) {
      interpretedForEver = true;
      return;
    }
    promised = fused.get().program();
    awaited = fused.get().entries();
  }
}
