package org.tombolo.opencl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.tombolo.device.Buffer;
import org.tombolo.device.Executable;
import org.tombolo.device.Launch;
import org.tombolo.device.QueueRole;

/// Builds and runs kernels while other threads stop at one safepoint after the other and divide by
/// zero, and fails if a signal has another handler afterwards. If a platform's handlers stayed, the
/// process would end without a word, or `1 / 0` would be 1.
final class SignalsMain {
  private static final int THREADS = 3;
  private static final int KERNELS = 30;

  private SignalsMain() {}

  public static void main(String[] args) throws InterruptedException {
    List<Long> before = handlers();
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong wrong = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    try (OpenClDevice device = OpenCl.open()) {
      threads.add(Thread.ofPlatform().daemon().start(() -> stopOften(done)));
      for (int i = 0; i < THREADS; i++) {
        threads.add(Thread.ofPlatform().daemon().start(() -> divide(done, wrong)));
      }
      // Sizes that no run before had, so that no cache of compiled kernels knows them.
      long first = 1000 + Math.floorMod(System.nanoTime(), 1_000_000L);
      for (long elements = first; elements < first + KERNELS; elements++) {
        addOne(device, elements);
      }
    }
    done.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    if (!handlers().equals(before) || wrong.get() > 0) {
      throw new IllegalStateException(
          "handlers were %s and are %s; %d divisions by zero went on"
              .formatted(before, handlers(), wrong.get()));
    }
    System.out.println("all signals as before");
  }

  private static void addOne(OpenClDevice device, long elements) {
    try (Buffer buffer = device.allocate(4 * elements);
        Executable executable = device.compile(OpenClLifetimeTest.increment(elements));
        Launch launch = OpenClLifetimeTest.bindInPlace(executable, buffer)) {
      device.queue(QueueRole.COMPUTE).launch(launch, List.of()).await(Duration.ofMinutes(1));
    }
  }

  /// Handlers of those signals that the JVM handles.
  private static List<Long> handlers() {
    return IntStream.of(1, 2, 3, 4, 7, 8, 11, 15).mapToObj(SignalHandlers::current).toList();
  }

  private static void divide(AtomicBoolean done, AtomicLong wrong) {
    long sum = 0;
    for (int i = 0; !done.get(); i++) {
      try {
        sum += i / (i % 1000 == 0 ? (int) (sum & 0) : i);
        if (i % 1000 == 0) {
          wrong.incrementAndGet();
        }
      } catch (ArithmeticException expected) {
        sum++;
      }
    }
  }

  private static void stopOften(AtomicBoolean done) {
    while (!done.get()) {
      Thread.getAllStackTraces();
    }
  }
}
