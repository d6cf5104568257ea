package org.tombolo.kernels;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.device.KernelFault;

/// Runs work-groups with barriers on one thread: all work-items of a group to their next barrier,
/// one after the other, then all of them from there to the next one.
///
/// All of a group always meet, at a barrier or at their end; if some are here and others there,
/// that is an error.
final class GroupStages {
  private final JavaProgram program;
  private final ResumableRun.Stages stages;
  private final int size;

  GroupStages(JavaProgram program, ResumableRun.Stages stages, int size) {
    this.program = program;
    this.stages = stages;
    this.size = size;
  }

  void run(List<MemorySegment> in, List<MemorySegment> out, int from, int to) {
    Kernel[] kernels = new Kernel[size];
    Item[] items = new Item[size];
    List<Accessor> own = new ArrayList<>();
    Kernel first = program.bound(in, out);
    List<Accessor> shared = program.of(first, Accessor.Mode.LOCAL);
    boolean alike = program.of(first, Accessor.Mode.PRIVATE).isEmpty();
    for (int i = 0; i < size; i++) {
      items[i] = program.item(_ -> {});
      kernels[i] = alike || i == 0 ? first : program.bound(in, out);
      if (!alike) {
        List<Accessor> locals = program.of(kernels[i], Accessor.Mode.LOCAL);
        for (int k = 0; k < locals.size(); k++) {
          locals.get(k).share(shared.get(k));
        }
        own.addAll(program.of(kernels[i], Accessor.Mode.PRIVATE));
      }
    }
    int variables = size * stages.stride();
    int[] at = new int[size];
    int[] ints = new int[variables];
    long[] longs = new long[variables];
    float[] floats = new float[variables];
    double[] doubles = new double[variables];
    int[] place = new int[2];
    for (int group = from; group < to; group++) {
      shared.forEach(Accessor::begin);
      own.forEach(Accessor::begin);
      for (int i = 0; i < size; i++) {
        items[i].moveTo(group, i);
      }
      Arrays.fill(at, 0);
      do {
        try {
          stages.stage().invokeExact(kernels, items, at, ints, longs, floats, doubles, place);
        } catch (RuntimeException e) {
          throw program.fault(e, items[place[0]], stages.file() + ":" + place[1]);
        } catch (Error e) {
          throw e;
        } catch (Throwable e) {
          throw new AssertionError(e); // kernels declare no exceptions
        }
      } while (meet(at, items));
    }
  }

  /// Whether all wait at a barrier, rather than being at their end.
  private boolean meet(int[] at, Item[] items) {
    int ended = -1;
    int waiting = -1;
    for (int i = 0; i < size; i++) {
      if (at[i] == ResumableRun.ENDED) {
        ended = i;
      } else {
        waiting = i;
      }
    }
    if (ended >= 0 && waiting >= 0) {
      throw parted(program.name(), items[waiting], items[ended]);
    }
    return waiting >= 0;
  }

  static KernelFault parted(String name, Item atBarrier, Item atEnd) {
    return new KernelFault(
        "kernel %s: %s waits at a barrier, %s of its group has ended; need all or none of a group"
            .formatted(name, atBarrier, atEnd),
        "barriers outside of conditions and early returns",
        new IllegalStateException("barrier not reached by all"));
  }
}
