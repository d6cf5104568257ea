package org.tombolo.scheduler;

import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// Which tasks of a plan wait for which, by position in the order of the tasks.
final class Waits {
  private Waits() {}

  /// The same order with as few waits as possible: without those that others imply (the transitive
  /// reduction; Aho, Garey, Ullman, *The transitive reduction of a directed graph*, 1972).
  ///
  /// @param waits for each task, earlier ones
  static int[][] reduced(List<Set<Integer>> waits) {
    BitSet[] before = new BitSet[waits.size()];
    int[][] reduced = new int[waits.size()][];
    for (int task = 0; task < reduced.length; task++) {
      BitSet known = new BitSet();
      int[] latestFirst =
          waits.get(task).stream().sorted((a, b) -> b - a).mapToInt(Integer::intValue).toArray();
      reduced[task] =
          IntStream.of(latestFirst)
              .filter(earlier -> {
                boolean isNew = !known.get(earlier);
                if (isNew) {
                  known.set(earlier);
                  known.or(before[earlier]);
                }
                return isNew;
              })
              .sorted()
              .toArray();
      before[task] = known;
    }
    return reduced;
  }

  /// The tasks of a device that no other one there waits for.
  ///
  /// @param waits for each task, earlier ones
  /// @param devices index of the device of each task
  static int[] last(int[][] waits, int[] devices, int device) {
    BitSet last = new BitSet();
    for (int task = 0; task < waits.length; task++) {
      if (devices[task] == device) {
        last.set(task);
        for (int earlier : waits[task]) {
          last.clear(earlier);
        }
      }
    }
    return last.stream().toArray();
  }
}
