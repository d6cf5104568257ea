package org.tombolo.scheduler.calibration;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// A copy to the device and launches that take about as long, each alone and both at once.
final class TimedOverlap implements AutoCloseable {
  private static final long BYTES = 1 << 23;
  private static final int MOST_LAUNCHES = 1000;

  private final Queue queue;
  private final boolean oneQueue;
  private final Buffer buffer;
  private final MemorySegment host;
  private final TimedRegion region;
  private final Stopwatch copy;
  private final Stopwatch compute;
  private final Stopwatch both;
  private int launches;

  /// @param region what is launched, which stays the caller's
  /// @param mostBytes what all buffers may have together
  TimedOverlap(Device device, TimedRegion region, DoubleSupplier clock, long mostBytes) {
    this.queue = device.queue(QueueRole.UPLOAD);
    this.oneQueue = queue.equals(device.queue(QueueRole.COMPUTE));
    this.buffer = device.allocate(Math.min(BYTES, mostBytes / 2));
    this.host = Arena.ofAuto().allocate(buffer.bytes(), 128);
    this.region = region;
    this.copy = new Stopwatch(clock);
    this.compute = new Stopwatch(clock);
    this.both = new Stopwatch(clock);
  }

  /// Takes one more sample. How often the region is launched is settled by the first one. The first
  /// copy finds what was timed before in the caches, the others what the first one left there.
  void sample() {
    copy.time(1, () -> await(upload()));
    copy.time(1, () -> await(upload()));
    if (launches == 0) {
      launches = Math.clamp(Math.round(copy.seconds() / region.best()), 1, MOST_LAUNCHES);
    }
    compute.time(1, () -> await(region.launch(launches)));
    both.time(
        1,
        () -> {
          Event launched = region.launch(launches);
          await(upload());
          await(launched);
        });
  }

  private Event upload() {
    return queue.upload(host, HostMemory.VALID_UNTIL_EVENT, Slice.all(buffer), List.of());
  }

  private static void await(Event event) {
    event.await(TimedRegion.PATIENCE);
  }

  /// Share of the shorter of the two that was hidden behind the longer, from 0 to 1. Nothing, where
  /// one queue does both.
  double share() {
    if (oneQueue) {
      return 0;
    }
    double saved = copy.seconds() + compute.seconds() - both.seconds();
    return Math.clamp(saved / Math.min(copy.seconds(), compute.seconds()), 0.0, 1.0);
  }

  @Override
  public void close() {
    buffer.close();
  }
}
