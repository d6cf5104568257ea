package org.tombolo.scheduler.assignment;

import java.util.Optional;

/// Makes placements fit by small steps.
interface Repair {
  /// A placement that fits, made of one that may not; empty if no move helps any more, or there was
  /// too much to look at already.
  Optional<int[]> repaired(int[] start);

  /// The nearest to fitting of all placements that could not be repaired.
  int[] leastExcess();
}
