package org.example.slate;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;

/// The end of one piece of work: nothing but a latch and, if it went wrong, why.
final class SlateEvent implements Event {
  private final SlateDevice device;
  private final String what;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile Throwable failure;

  SlateEvent(SlateDevice device, String what) {
    this.device = device;
    this.what = what;
  }

  boolean isOf(SlateDevice other) {
    return device == other;
  }

  /// Waits for what must be done before, works, and tells whoever waits. Work does not run after
  /// something that failed: it fails too.
  void run(Runnable work, List<Event> before) {
    try {
      for (Event event : before) {
        if (event instanceof SlateEvent ours) {
          ours.done.await();
          if (ours.failure != null) {
            throw new IllegalStateException(ours.what + " before it failed", ours.failure);
          }
        }
      }
      work.run();
    } catch (InterruptedException | RuntimeException | Error e) {
      failure = e;
    } finally {
      done.countDown();
    }
  }

  @Override
  public boolean isDone() {
    return done.getCount() == 0;
  }

  @Override
  public void await(Duration timeout) {
    try {
      if (!done.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw failed("not done within " + timeout, "a longer wait", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("the wait was interrupted", "waiting again", e);
    }
    if (failure != null) {
      throw failed(
          "failed: " + failure, "keeping buffers and device open until the event", failure);
    }
  }

  private DeviceException failed(String problem, String remedy, Throwable cause) {
    return new DeviceException(device.info().id(), what + " " + problem, remedy, cause);
  }
}
