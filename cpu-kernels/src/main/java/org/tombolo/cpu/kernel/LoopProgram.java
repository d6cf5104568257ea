package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tombolo.graph.DType;

/// A loop's body as steps over the registers of a thread.
final class LoopProgram {
  private final LoopSpace space;
  private final Registers.Slots slots;
  private final int[] slot;
  private final Step[] constants; // arrays, since iterators would be left on the heap by each run
  private final Step[] steps;
  private final long[] walkStrides;
  private final int longest;
  private final boolean[] stored;

  /// @param space the loop
  /// @param slots how many working arrays of each lane are used
  /// @param slot for each value, which array of its lane holds it after [#run]; below 0 for none
  /// @param constants steps that are taken once
  /// @param steps steps that are taken for each run of points
  /// @param walkStrides for each walk, its step along the innermost axis
  /// @param longest most points of a run
  /// @param stored for each output, whether the steps store it
  LoopProgram(
      LoopSpace space,
      Map<Lane, Integer> slots,
      int[] slot,
      List<Step> constants,
      List<Step> steps,
      long[] walkStrides,
      int longest,
      boolean[] stored) {
    this.space = space;
    this.slots = Registers.Slots.of(slots);
    this.slot = slot;
    this.constants = constants.toArray(Step[]::new);
    this.steps = steps.toArray(Step[]::new);
    this.walkStrides = walkStrides;
    this.longest = longest;
    this.stored = stored;
  }

  /// Most points of a run.
  int longest() {
    return longest;
  }

  /// Registers of the calling thread, ready for [#run] up to so many points at a time.
  ///
  /// @param outputs memory for each output; none where nothing is stored by the steps
  Registers registers(MemorySegment[] inputs, MemorySegment[] outputs, int points) {
    Registers on = Registers.mine(slots, space.dims.length);
    on.inputs = inputs;
    on.outputs = outputs;
    if (on.shifts.length < walkStrides.length) {
      on.shifts = new long[walkStrides.length];
    } else {
      Arrays.fill(on.shifts, 0, walkStrides.length, 0);
    }
    on.count = points;
    for (Step constant : constants) {
      constant.run(on);
    }
    return on;
  }

  /// Moves where walks begin by some points along the innermost axis.
  void shift(Registers on, long points) {
    for (int i = 0; i < walkStrides.length; i++) {
      on.shifts[i] = points * walkStrides[i];
    }
  }

  /// Computes all values for points from `start` on.
  void run(Registers on, long start, int count) {
    on.start = start;
    on.count = count;
    for (Step step : steps) {
      step.run(on);
    }
  }

  /// Where a value is found after [#run].
  int slot(int value) {
    return slot[value];
  }

  /// Stores the outputs that the steps did not store, at consecutive positions.
  void store(Registers on, long position) {
    for (int i = 0; i < stored.length; i++) {
      if (!stored[i]) {
        store(on, space.loop.stores().get(i), on.outputs[i], position);
      }
    }
  }

  private void store(Registers on, int value, MemorySegment to, long position) {
    DType dtype = space.dtype(value);
    switch (Lane.of(dtype)) {
      case FLOAT -> Elements.store(dtype, on.floats[slot[value]], to, position, on.count);
      case DOUBLE -> Elements.store(on.doubles[slot[value]], to, position, on.count);
      case INT -> Elements.store(dtype, on.ints[slot[value]], to, position, on.count);
      case LONG -> Elements.store(on.longs[slot[value]], to, position, on.count);
    }
  }
}
