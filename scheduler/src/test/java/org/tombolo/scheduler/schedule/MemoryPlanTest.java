package org.tombolo.scheduler.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  @Test
  void valuesThatLiveAtOnceNeverShareBytes() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 300; round++) {
      List<MemoryPlan.Interval> intervals = new ArrayList<>();
      for (int i = random.nextInt(60); i > 0; i--) {
        int from = random.nextInt(40);
        long bytes = random.nextInt(5) == 0 ? 0 : random.nextInt(10_000);
        intervals.add(new MemoryPlan.Interval(bytes, from, from + random.nextInt(20)));
      }
      long chunk = round % 3 == 0 ? Long.MAX_VALUE / 64 * 64 : 64L * random.nextInt(157, 400);
      MemoryPlan plan = MemoryPlan.of(intervals, 64, chunk);
      for (int i = 0; i < intervals.size(); i++) {
        MemoryPlan.Interval a = intervals.get(i);
        assertEquals(0, plan.offset(i) % 64);
        assertTrue(plan.offset(i) + a.bytes() <= plan.arenaBytes());
        long last = plan.offset(i) + Math.max(0, a.bytes() - 1);
        assertEquals(plan.offset(i) / chunk, last / chunk, "across a cut, seed " + SEED);
        for (int j = 0; j < i; j++) {
          MemoryPlan.Interval b = intervals.get(j);
          boolean together = a.from() <= b.to() && b.from() <= a.to();
          boolean shared =
              plan.offset(i) < plan.offset(j) + b.bytes()
                  && plan.offset(j) < plan.offset(i) + a.bytes();
          assertFalse(together && shared, "round " + round + ", seed " + SEED);
        }
      }
      assertTrue(plan.arenaBytes() >= plan.liveBytes());
    }
  }

  /// Lifetimes as in training: what layers make lives until the way back, what is worked with in
  /// between lives for a moment.
  @Test
  void arenasOfTrainingAreHardlyLargerThanWhatLivesAtOnce() {
    SplittableRandom random = new SplittableRandom(SEED);
    double sum = 0;
    double worst = 0;
    int rounds = 100;
    for (int round = 0; round < rounds; round++) {
      List<MemoryPlan.Interval> intervals = new ArrayList<>();
      int layers = random.nextInt(10, 61);
      for (int i = 0; i < layers; i++) {
        int back = 2 * layers - i;
        intervals.add(new MemoryPlan.Interval(random.nextInt(100, 10_000), i, back));
        intervals.add(new MemoryPlan.Interval(random.nextInt(100, 5_000), i, i));
        intervals.add(new MemoryPlan.Interval(random.nextInt(100, 10_000), back, back + 1));
        intervals.add(new MemoryPlan.Interval(random.nextInt(100, 2_000), back, 2 * layers + 1));
      }
      MemoryPlan plan = MemoryPlan.of(intervals, 1, Long.MAX_VALUE);
      double ratio = (double) plan.arenaBytes() / plan.liveBytes();
      sum += ratio;
      worst = Math.max(worst, ratio);
    }
    System.out.printf(
        "%d trainings: arena to live bytes %.4f on average, at worst %.4f%n",
        rounds, sum / rounds, worst);
    assertTrue(sum / rounds <= 1.005, "mean " + sum / rounds + ", seed " + SEED);
    assertTrue(worst <= 1.05, "worst " + worst + ", seed " + SEED);
  }

  @Test
  void oneAfterTheOtherUsesTheSameMemory() {
    MemoryPlan plan =
        MemoryPlan.of(
            List.of(
                new MemoryPlan.Interval(100, 0, 1),
                new MemoryPlan.Interval(100, 1, 2),
                new MemoryPlan.Interval(100, 2, 3),
                new MemoryPlan.Interval(100, 3, 4)),
            4,
            Long.MAX_VALUE);
    assertEquals(200, plan.arenaBytes());
    assertEquals(200, plan.liveBytes());
  }

  @Test
  void nothingNeedsNothing() {
    assertEquals(0, MemoryPlan.of(List.of(), 64, Long.MAX_VALUE).arenaBytes());
  }
}
