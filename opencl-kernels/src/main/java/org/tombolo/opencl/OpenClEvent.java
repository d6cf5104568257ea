package org.tombolo.opencl;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;

/// The end of a command: its number in the queue that took it. Queues work in order, so a number is
/// all there is to remember, and there is nothing to release.
final class OpenClEvent implements Event {
  /// Waits shorter than this are spent looking again and again.
  private static final long SPIN_NANOS = 50_000;

  private static final Duration LONGEST = Duration.ofDays(365);

  private final OpenClQueue queue;
  private final long number;

  /// How many commands the queue took since the first that this is the end of. Not its number, to
  /// keep what is made for each command small.
  private final int since;

  private final @Nullable DeviceException failure;

  /// Whether the failure is that of the work itself, in the words of who knows it.
  private final boolean isFault;

  OpenClEvent(OpenClQueue queue, long number) {
    this(queue, number, 0);
  }

  private OpenClEvent(OpenClQueue queue, long number, int since) {
    this.queue = queue;
    this.number = number;
    this.since = since;
    this.failure = null;
    this.isFault = false;
  }

  /// The end of all commands from another one to this.
  OpenClEvent since(@Nullable OpenClEvent begin) {
    return begin == null || begin == this
        ? this
        : new OpenClEvent(queue, number, Math.toIntExact(number - begin.number));
  }

  /// The end of a command that was never given to the device, because something it waits for
  /// failed.
  OpenClEvent(OpenClQueue queue, DeviceException failure) {
    this(queue, failure, false);
  }

  private OpenClEvent(OpenClQueue queue, DeviceException failure, boolean isFault) {
    this.queue = queue;
    this.number = 0;
    this.since = 0;
    this.failure = failure;
    this.isFault = isFault;
  }

  /// The end of a kernel that ran and reports what went wrong in it.
  static OpenClEvent fault(OpenClQueue queue, DeviceException failure) {
    return new OpenClEvent(queue, failure, true);
  }

  OpenClQueue queue() {
    return queue;
  }

  long number() {
    return number;
  }

  /// Why the work failed; null if it did not or has not yet.
  @Nullable DeviceException failure() {
    return failure != null ? failure : queue.failureOf(number);
  }

  @Override
  public Optional<Span> span() {
    return failure != null ? Optional.empty() : queue.span(number - since, number);
  }

  @Override
  public boolean isDone() {
    return failure != null || queue.observe(number);
  }

  /// Looks at growing intervals, about a tenth of the time waited so far: the blocking wait of some
  /// drivers keeps a core busy, and none knows a time limit.
  @SuppressWarnings("ThreadPriorityCheck") // The device's own threads may need this core.
  @Override
  public void await(Duration timeout) {
    long limit = (timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST).toNanos();
    long start = System.nanoTime();
    while (!isDone()) {
      long waited = System.nanoTime() - start;
      if (waited >= limit) {
        throw new DeviceException(
            queue.device().info().id(),
            "%s is not done after %s".formatted(this, timeout),
            "a longer time; if the device hangs, close and open it");
      }
      if (waited < SPIN_NANOS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(Math.clamp(waited / 10, 20_000, 500_000));
      }
    }
    DeviceException problem = failure();
    if (problem != null && isFault) {
      throw new DeviceException(problem.device(), problem.problem(), problem.remedy(), problem);
    }
    if (problem != null) {
      throw new DeviceException(
          queue.device().info().id(),
          "%s failed, or something it waited for".formatted(this),
          "the cause below; then close the device and open it again",
          problem);
    }
  }

  @Override
  public String toString() {
    return "command %d of the %s queue".formatted(number, queue.name());
  }
}
