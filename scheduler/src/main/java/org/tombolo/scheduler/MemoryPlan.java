package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/// Offsets in one arena for values that live at different times, so that memory is shared by values
/// that never live at once.
///
/// Values are placed one by one into the lowest gap among those that live at the same time. Which
/// order is best depends on the graph, so three are tried and the smallest arena wins: largest
/// first, longest-lived first, and largest area first (the orders compared by Pisarchyk and Lee,
/// *Efficient memory management for deep neural net inference*, 2020).
final class MemoryPlan {
  /// A value in need of memory.
  ///
  /// @param bytes size, at least 0
  /// @param from first step that uses the memory
  /// @param to last step that uses it
  record Interval(long bytes, int from, int to) {
    boolean meets(Interval other) {
      return from <= other.to && other.from <= to;
    }

    int length() {
      return to - from + 1;
    }
  }

  private final List<Interval> intervals;
  private final long[] offsets;
  private final long arenaBytes;

  private MemoryPlan(List<Interval> intervals, long[] offsets, long arenaBytes) {
    this.intervals = intervals;
    this.offsets = offsets;
    this.arenaBytes = arenaBytes;
  }

  /// Places values in an arena.
  ///
  /// @param intervals what needs memory, and when
  /// @param alignment what every offset is a multiple of
  static MemoryPlan of(List<Interval> intervals, int alignment) {
    List<Comparator<Interval>> orders =
        List.of(
            Comparator.comparingLong((Interval i) -> -i.bytes()).thenComparingInt(i -> -i.length()),
            Comparator.comparingInt((Interval i) -> -i.length()).thenComparingLong(i -> -i.bytes()),
            Comparator.comparingDouble((Interval i) -> -(double) i.bytes() * i.length()));
    MemoryPlan best = null;
    for (Comparator<Interval> order : orders) {
      MemoryPlan candidate = place(intervals, alignment, order);
      if (best == null || candidate.arenaBytes < best.arenaBytes) {
        best = candidate;
      }
    }
    return Objects.requireNonNull(best);
  }

  private static MemoryPlan place(
      List<Interval> intervals, int alignment, Comparator<Interval> order) {
    List<Integer> queue = new ArrayList<>();
    for (int i = 0; i < intervals.size(); i++) {
      queue.add(i);
    }
    queue.sort(Comparator.comparing(intervals::get, order));
    long[] offsets = new long[intervals.size()];
    List<Integer> placed = new ArrayList<>();
    long top = 0;
    for (int index : queue) {
      Interval interval = intervals.get(index);
      long offset = 0;
      for (int other : placed) {
        Interval neighbour = intervals.get(other);
        if (!neighbour.meets(interval)) {
          continue;
        }
        if (offset + interval.bytes() <= offsets[other]) {
          break;
        }
        offset = Math.max(offset, roundUp(offsets[other] + neighbour.bytes(), alignment));
      }
      offsets[index] = offset;
      top = Math.max(top, offset + interval.bytes());
      int place = placed.size();
      while (place > 0 && offsets[placed.get(place - 1)] > offset) {
        place--;
      }
      placed.add(place, index);
    }
    return new MemoryPlan(List.copyOf(intervals), offsets, top);
  }

  static long roundUp(long bytes, int alignment) {
    return (bytes + alignment - 1) / alignment * alignment;
  }

  /// First byte of a value.
  long offset(int index) {
    return offsets[index];
  }

  /// Bytes of the whole arena.
  long arenaBytes() {
    return arenaBytes;
  }

  /// Whether two values share bytes of the arena.
  boolean overlap(int a, int b) {
    return offsets[a] < offsets[b] + intervals.get(b).bytes()
        && offsets[b] < offsets[a] + intervals.get(a).bytes();
  }

  /// Largest number of bytes that live at one step: no plan can be smaller.
  long liveBytes() {
    long most = 0;
    for (Interval at : intervals) {
      long live = 0;
      for (Interval other : intervals) {
        if (other.from() <= at.from() && at.from() <= other.to()) {
          live += other.bytes();
        }
      }
      most = Math.max(most, live);
    }
    return most;
  }
}
