package org.tombolo.scheduler.calibration;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How much of the processors a process gets that wants them all. Load averages would not do: they
/// count what runs outside a container, on processors that it cannot use.
final class HostLoad {
  private static final long SPIN_NANOS = 150_000_000;

  private HostLoad() {}

  /// Keeps every processor busy for a moment.
  ///
  /// @return processor time that was had, as a share of what there was, from above 0 to 1; 1 where
  ///   Java cannot tell
  static double share() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    if (!threads.isCurrentThreadCpuTimeSupported()) {
      return 1;
    }
    int processors = Runtime.getRuntime().availableProcessors();
    double sum = 0;
    try (ExecutorService pool = Executors.newFixedThreadPool(processors)) {
      List<Future<Double>> all = new ArrayList<>();
      for (int i = 0; i < processors; i++) {
        all.add(pool.submit(() -> spin(threads)));
      }
      for (Future<Double> each : all) {
        sum += each.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
    return Math.clamp(sum / processors, 0.01, 1.0);
  }

  private static double spin(ThreadMXBean threads) {
    long start = System.nanoTime();
    long used = threads.getCurrentThreadCpuTime();
    while (System.nanoTime() - start < SPIN_NANOS) {
      Thread.onSpinWait();
    }
    return (threads.getCurrentThreadCpuTime() - used) / (double) (System.nanoTime() - start);
  }
}
