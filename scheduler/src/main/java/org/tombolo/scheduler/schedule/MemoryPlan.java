package org.tombolo.scheduler.schedule;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Offsets in one arena for values that live at different times, so that memory is shared by values
/// that never live at once.
///
/// Values are placed one by one into a gap among those that live at the same time: the lowest one
/// or the tightest one. Which order is best depends on the graph, so several are tried and the
/// smallest arena wins: largest first, longest-lived first, largest area first (compared by
/// Pisarchyk and Lee, *Efficient memory management for deep neural net inference*, 2020), first
/// come first, and what lives at the fullest step before the rest, so that at least there is no
/// gap. Where the arena is still larger than what lives at once, what lies at its end is placed
/// earlier, or what lives beside it, again and again, as long as that does not make it larger: a
/// local search, which always finds the same.
public final class MemoryPlan {
  /// Pairs of values that the local search looks at: some tenths of a second.
  private static final long SEARCH = 200_000_000;

  private static final int MOST_TRIES = 2000;

  /// Nothing more is tried below so many times the bytes that live at once.
  private static final double ENOUGH = 1.01;

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

  private final Interval[] intervals;
  private final int alignment;
  private final long chunk;
  private long[] offsets;
  private long arenaBytes = Long.MAX_VALUE;

  /// The order of the best arena so far, and which gaps values went to.
  private int[] queue = {};

  private boolean tightest;

  private MemoryPlan(List<Interval> intervals, int alignment, long chunk) {
    this.intervals = intervals.toArray(Interval[]::new);
    this.alignment = alignment;
    this.chunk = chunk;
    this.offsets = new long[this.intervals.length];
  }

  /// Places values in an arena.
  ///
  /// @param intervals what needs memory, and when
  /// @param alignment what every offset is a multiple of
  /// @param chunk a multiple of the alignment, and no less than any value: the arena is cut at its
  ///   multiples, and no value lies across a cut
  public static MemoryPlan of(List<Interval> intervals, int alignment, long chunk) {
    MemoryPlan plan = new MemoryPlan(intervals, alignment, chunk);
    plan.tryOrders();
    plan.search();
    return plan;
  }

  private void tryOrders() {
    Comparator<Interval> bySize = Comparator.comparingLong(i -> -i.bytes());
    Comparator<Interval> byLength = Comparator.comparingInt(i -> -i.length());
    Comparator<Interval> byArea = Comparator.comparingDouble(i -> -(double) i.bytes() * i.length());
    Comparator<Interval> byStart = Comparator.comparingInt(Interval::from);
    int fullest = fullestStep();
    Comparator<Interval> atFullest =
        Comparator.comparing(i -> i.from() > fullest || i.to() < fullest);
    Comparator<Interval> byLengthThere =
        Comparator.comparingInt(i -> i.from() > fullest || i.to() < fullest ? 0 : -i.length());
    for (Comparator<Interval> order :
        List.of(
            bySize.thenComparing(byLength),
            atFullest.thenComparing(byLengthThere).thenComparing(bySize),
            byLength.thenComparing(bySize),
            byArea,
            byStart.thenComparing(bySize))) {
      int[] sorted =
          IntStream.range(0, intervals.length)
              .boxed()
              .sorted(Comparator.comparing((Integer i) -> intervals[i], order))
              .mapToInt(Integer::intValue)
              .toArray();
      for (boolean toTightest : new boolean[] {false, true}) {
        place(sorted, toTightest);
        if (isEnough()) {
          return;
        }
      }
    }
  }

  private boolean isEnough() {
    return arenaBytes <= roundUp((long) (liveBytes() * ENOUGH), alignment);
  }

  private void search() {
    int count = intervals.length;
    long tries = Math.min(MOST_TRIES, SEARCH / Math.max(1, (long) count * count));
    SplittableRandom random = new SplittableRandom(1);
    for (long i = 0; i < tries && !isEnough(); i++) {
      int[] other = queue.clone();
      promote(other, random);
      place(other, tightest);
    }
  }

  /// Puts a value at an earlier place in the order: one that ends where the arena ends, or one that
  /// lives at the same time.
  private void promote(int[] order, SplittableRandom random) {
    int[] last = positions(order, value -> offsets[value] + intervals[value].bytes() == arenaBytes);
    int from = last[random.nextInt(last.length)];
    if (random.nextBoolean()) {
      Interval top = intervals[order[from]];
      int[] beside = positions(order, value -> intervals[value].meets(top));
      from = beside[random.nextInt(beside.length)];
    }
    int to = random.nextInt(from + 1);
    int value = order[from];
    System.arraycopy(order, to, order, to + 1, from - to);
    order[to] = value;
  }

  private static int[] positions(int[] order, IntPredicate wanted) {
    return IntStream.range(0, order.length).filter(i -> wanted.test(order[i])).toArray();
  }

  /// Places values in an order, into the lowest or the tightest gap, and keeps the result if it is
  /// no worse than before.
  private void place(int[] order, boolean toTightest) {
    long[] found = new long[intervals.length];
    int[] placed = new int[intervals.length];
    int count = 0;
    long top = 0;
    for (int index : order) {
      Interval interval = intervals[index];
      long end = 0;
      long offset = -1;
      long tight = Long.MAX_VALUE;
      for (int i = 0; i < count && (toTightest || offset < 0); i++) {
        Interval neighbour = intervals[placed[i]];
        if (neighbour.meets(interval)) {
          long gap = found[placed[i]] - end;
          long start = within(end, interval.bytes(), chunk);
          if (start + interval.bytes() <= found[placed[i]] && gap < tight) {
            offset = start;
            tight = gap;
          }
          end = Math.max(end, roundUp(found[placed[i]] + neighbour.bytes(), alignment));
        }
      }
      offset = offset < 0 ? within(end, interval.bytes(), chunk) : offset;
      found[index] = offset;
      top = Math.max(top, offset + interval.bytes());
      if (top > arenaBytes) {
        return;
      }
      int place = count++;
      while (place > 0 && found[placed[place - 1]] > offset) {
        placed[place] = placed[place - 1];
        place--;
      }
      placed[place] = index;
    }
    offsets = found;
    arenaBytes = top;
    queue = order;
    tightest = toTightest;
  }

  /// The first place from an offset on where a value does not lie across a cut.
  static long within(long offset, long bytes, long chunk) {
    boolean fits = bytes == 0 || offset / chunk == (offset + bytes - 1) / chunk;
    return fits ? offset : (offset / chunk + 1) * chunk;
  }

  public static long roundUp(long bytes, int alignment) {
    return (bytes + alignment - 1) / alignment * alignment;
  }

  /// First byte of a value.
  public long offset(int index) {
    return offsets[index];
  }

  /// Bytes of the whole arena.
  public long arenaBytes() {
    return arenaBytes;
  }

  /// Whether two values share bytes of the arena.
  boolean overlap(int a, int b) {
    return offsets[a] < offsets[b] + intervals[b].bytes()
        && offsets[b] < offsets[a] + intervals[a].bytes();
  }

  /// Largest number of bytes that live at one step: no plan can be smaller.
  public long liveBytes() {
    return Arrays.stream(live()).max().orElse(0);
  }

  /// The first step at which most bytes live.
  private int fullestStep() {
    long[] live = live();
    int fullest = 0;
    for (int step = 1; step < live.length; step++) {
      fullest = live[step] > live[fullest] ? step : fullest;
    }
    return fullest;
  }

  /// Bytes that live at each step.
  private long[] live() {
    int steps = Arrays.stream(intervals).mapToInt(Interval::to).max().orElse(-1) + 1;
    long[] live = new long[steps + 1];
    for (Interval interval : intervals) {
      live[interval.from()] += interval.bytes();
      live[interval.to() + 1] -= interval.bytes();
    }
    for (int step = 1; step <= steps; step++) {
      live[step] += live[step - 1];
    }
    return live;
  }
}
