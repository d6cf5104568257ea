package org.tombolo.cpu.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class WorkerTeamTest {

  @ParameterizedTest(name = "{0} threads")
  @ValueSource(ints = {1, 2, 3, 8})
  void runsEachTaskOnce(int threads) {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      for (int tasks : new int[] {0, 1, 2, 7, 64, 1009}) {
        AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
        team.run(tasks, runs::incrementAndGet);
        for (int i = 0; i < tasks; i++) {
          assertEquals(1, runs.get(i), "task " + i + " of " + tasks);
        }
      }
    }
  }

  @Test
  void severalThreadsTakePart() throws InterruptedException {
    try (WorkerTeam team = new WorkerTeam(3)) {
      // Idle workers park first, so that this also proves that they are woken.
      Thread.sleep(20);
      CountDownLatch together = new CountDownLatch(3);
      team.run(
          3,
          task -> {
            together.countDown();
            try {
              assertTrue(together.await(20, TimeUnit.SECONDS), "tasks do not run side by side");
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
    }
  }

  @Test
  void cutsRangesWithoutGapOrOverlap() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int count : new int[] {0, 1, 99, 100, 101, 1000}) {
        AtomicIntegerArray seen = new AtomicIntegerArray(count);
        team.runRanges(
            count,
            100,
            (from, to) -> {
              for (long i = from; i < to; i++) {
                seen.incrementAndGet((int) i);
              }
            });
        for (int i = 0; i < count; i++) {
          assertEquals(1, seen.get(i));
        }
      }
    }
  }

  @Test
  void throwsWhatATaskThrowsAndStaysUsable() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      IllegalStateException thrown = new IllegalStateException("task 5");
      IllegalStateException seen =
          assertThrows(
              IllegalStateException.class,
              () ->
                  team.run(
                      64,
                      task -> {
                        if (task == 5) {
                          throw thrown;
                        }
                      }));
      assertSame(thrown, seen);
      AtomicInteger runs = new AtomicInteger();
      team.run(10, task -> runs.incrementAndGet());
      assertEquals(10, runs.get());
    }
  }

  @Test
  void jobsMayNestAndOverlap() throws InterruptedException {
    try (WorkerTeam team = new WorkerTeam(2)) {
      AtomicInteger runs = new AtomicInteger();
      Runnable caller =
          () -> {
            for (int i = 0; i < 200; i++) {
              team.run(4, outer -> team.run(3, inner -> runs.incrementAndGet()));
            }
          };
      Thread[] callers = {new Thread(caller), new Thread(caller), new Thread(caller)};
      for (Thread thread : callers) {
        thread.start();
      }
      for (Thread thread : callers) {
        thread.join();
      }
      assertEquals(3 * 200 * 4 * 3, runs.get());
    }
  }

  @Test
  void refusesWorkOnceClosed() {
    WorkerTeam team = new WorkerTeam(2);
    team.close();
    team.close();
    assertThrows(IllegalStateException.class, () -> team.run(2, task -> {}));
  }

  @Test
  void readsThePropertyAndSaysWhatIsWrongWithIt() {
    String before = System.getProperty(WorkerTeam.THREADS_PROPERTY);
    try {
      System.setProperty(WorkerTeam.THREADS_PROPERTY, "3");
      assertEquals(3, WorkerTeam.threads());
      for (String wrong : new String[] {"0", "many", "-1"}) {
        System.setProperty(WorkerTeam.THREADS_PROPERTY, wrong);
        IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, WorkerTeam::threads);
        assertTrue(
            e.getMessage().contains("\"" + wrong + "\"; need a whole number"), e::getMessage);
      }
    } finally {
      if (before == null) {
        System.clearProperty(WorkerTeam.THREADS_PROPERTY);
      } else {
        System.setProperty(WorkerTeam.THREADS_PROPERTY, before);
      }
    }
  }
}
