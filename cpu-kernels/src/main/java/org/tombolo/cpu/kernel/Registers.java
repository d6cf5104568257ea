package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;

/// Working arrays of one thread: each holds one value of a loop for a run of points, short enough
/// to stay in the first-level cache. Kept between kernels, so that running one allocates nothing.
final class Registers {
  /// Points that are computed at a time. Long enough to hide the cost of stepping from one
  /// operation to the next, short enough for four arrays of floats in a 32 KiB cache.
  static final int CHUNK = 1024;

  private static final ThreadLocal<Registers> MINE = ThreadLocal.withInitial(Registers::new);
  private static final MemorySegment[] NONE = {};

  float[][] floats = {};
  double[][] doubles = {};
  int[][] ints = {};
  long[][] longs = {};

  /// Positions along the axes of a walk in progress.
  long[] index = {};

  /// What the loop reads.
  MemorySegment[] inputs = NONE;

  /// What the loop writes.
  MemorySegment[] outputs = NONE;

  /// What generated code reads and writes.
  final StageOperands operands = new StageOperands();

  /// Added to the first position of each walk, by number of walk.
  long[] shifts = {};

  /// First point of the run, in row-major order.
  long start;

  /// Number of points of the run.
  int count;

  private Registers() {}

  /// How many arrays of each lane a loop uses.
  record Slots(int floats, int doubles, int ints, int longs) {
    static Slots of(Map<Lane, Integer> slots) {
      return new Slots(
          slots.getOrDefault(Lane.FLOAT, 0),
          slots.getOrDefault(Lane.DOUBLE, 0),
          slots.getOrDefault(Lane.INT, 0),
          slots.getOrDefault(Lane.LONG, 0));
    }
  }

  /// Those of the calling thread, with at least so many arrays per lane.
  static Registers mine(Slots slots, int rank) {
    Registers mine = MINE.get();
    mine.grow(slots);
    if (mine.index.length < rank) {
      mine.index = new long[rank];
    }
    return mine;
  }

  private void grow(Slots slots) {
    if (floats.length < slots.floats()) {
      floats = grown(floats, slots.floats(), () -> new float[CHUNK]);
    }
    if (doubles.length < slots.doubles()) {
      doubles = grown(doubles, slots.doubles(), () -> new double[CHUNK]);
    }
    if (ints.length < slots.ints()) {
      ints = grown(ints, slots.ints(), () -> new int[CHUNK]);
    }
    if (longs.length < slots.longs()) {
      longs = grown(longs, slots.longs(), () -> new long[CHUNK]);
    }
  }

  private static <A> A[] grown(A[] arrays, int count, Supplier<A> fresh) {
    A[] more = Arrays.copyOf(arrays, count);
    for (int i = arrays.length; i < count; i++) {
      more[i] = fresh.get();
    }
    return more;
  }

  /// Lets go of the memory of a run.
  void release() {
    inputs = NONE;
    outputs = NONE;
    operands.release();
  }
}
