package org.tombolo.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/// Times pieces of work against each other in one run: round after round, each once per round, so
/// that what else the machine does meets all of them alike.
///
/// Work of one thread is timed by the processor time of that thread, which leaves out what others
/// do on the machine; work of several threads by the clock.
final class Race {
  /// Seconds of each timed turn.
  private static final double TURN_SECONDS = 0.02;

  /// Nanoseconds of untimed work before it, where several threads work: OpenBLAS's spin for about
  /// 28 milliseconds after their last product, and until a scheduler has then moved the next side's
  /// threads from one core to several it may take a quarter of a second.
  private static final long SETTLING = 300_000_000;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final List<Runnable> runners = new ArrayList<>();
  private final LongSupplier nanos;
  private final long settling;

  /// A race by the clock, for work that other threads or devices do.
  Race() {
    nanos = System::nanoTime;
    settling = SETTLING;
  }

  /// A race of work on this many threads, of which the caller is one.
  ///
  /// @param threads that work at a time
  Race(int threads) {
    nanos = threads == 1 ? THREADS::getCurrentThreadCpuTime : System::nanoTime;
    settling = threads == 1 ? 0 : SETTLING;
  }

  /// Adds a piece of work; returns its number.
  int enter(Runnable work) {
    runners.add(work);
    return runners.size() - 1;
  }

  /// Seconds that a piece of work took.
  ///
  /// @param median what a caller felt, other work on the machine included
  /// @param best the least disturbed
  record Seconds(double median, double best) {}

  /// Times each piece of work, after a warm-up.
  ///
  /// @param rounds at least 1
  List<Seconds> run(int rounds) {
    int[] repeats = new int[runners.size()];
    for (int i = 0; i < repeats.length; i++) {
      repeats[i] = warmUp(runners.get(i));
    }
    double[][] seconds = new double[runners.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < repeats.length; i++) {
        settle(runners.get(i));
        seconds[i][round] = time(runners.get(i), repeats[i]) / repeats[i];
      }
    }
    return Arrays.stream(seconds).map(Race::summary).toList();
  }

  /// Runs until compiled; returns how many times fit into a turn.
  private int warmUp(Runnable work) {
    int repeats = 1;
    double seconds = 0;
    for (double spent = 0; spent < 40 * TURN_SECONDS; spent += seconds) {
      seconds = time(work, repeats);
      if (seconds < TURN_SECONDS) {
        repeats = (int) Math.min(1e6, Math.max(repeats + 1, repeats * TURN_SECONDS / seconds));
      }
    }
    return Math.max(1, (int) (repeats * Math.min(1, TURN_SECONDS / seconds)));
  }

  private double time(Runnable work, int repeats) {
    long start = nanos.getAsLong();
    for (int i = 0; i < repeats; i++) {
      work.run();
    }
    return (nanos.getAsLong() - start) / 1e9;
  }

  /// Runs untimed, while threads that the one before left spinning come to rest and the system's
  /// scheduler spreads this one's over the cores.
  private void settle(Runnable work) {
    if (settling > 0) {
      long end = System.nanoTime() + settling;
      do {
        work.run();
      } while (System.nanoTime() < end);
    }
  }

  private static Seconds summary(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    return new Seconds(sorted[sorted.length / 2], sorted[0]);
  }
}
