package org.tombolo.device.simulated;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Link;
import org.tombolo.device.Queue;
import org.tombolo.device.Slice;

/// Holds work back until someone waits for it.
final class SimulatedQueue implements Queue {
  private final SimulatedDevice device;
  private double readyAt;

  SimulatedQueue(SimulatedDevice device) {
    this.device = device;
  }

  synchronized double readyAt() {
    return readyAt;
  }

  @Override
  public boolean accepts(Event event) {
    return event.equals(Event.DONE)
        || (event instanceof Work work && work.queue.device.equals(device));
  }

  @Override
  public Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after) {
    requireSameLength(source.byteSize(), target.bytes());
    MemorySegment from =
        memory == HostMemory.VALID_UNTIL_EVENT
            ? source
            : MemorySegment.ofArray(new byte[Math.toIntExact(source.byteSize())]).copyFrom(source);
    Link link = device.hostLink();
    return submit(
        FaultPlan.Kind.UPLOAD,
        link.upSeconds(target.bytes()),
        () -> SimulatedBuffer.memory(device, target).copyFrom(from),
        after);
  }

  @Override
  public Event download(Slice source, MemorySegment target, List<Event> after) {
    requireSameLength(source.bytes(), target.byteSize());
    Link link = device.hostLink();
    return submit(
        FaultPlan.Kind.DOWNLOAD,
        link.downSeconds(source.bytes()),
        () -> target.copyFrom(SimulatedBuffer.memory(device, source)),
        after);
  }

  @Override
  public Event copy(Slice source, Slice target, List<Event> after) {
    requireSameLength(source.bytes(), target.bytes());
    return submit(
        FaultPlan.Kind.LAUNCH,
        device.info().speed().seconds(0, 2.0 * source.bytes()),
        () ->
            SimulatedBuffer.memory(device, target).copyFrom(SimulatedBuffer.memory(device, source)),
        after);
  }

  @Override
  public Event launch(Launch launch, List<Event> after) {
    if (!(launch instanceof SimulatedExecutable.Bound bound) || bound.device() != device) {
      throw new IllegalArgumentException("launch: not made by " + device.info().id());
    }
    return submit(FaultPlan.Kind.LAUNCH, bound.seconds(), bound, after);
  }

  @Override
  public void flush() {}

  private Event submit(FaultPlan.Kind kind, double seconds, Runnable action, List<Event> after) {
    device.requireOpen();
    for (Event event : after) {
      if (!accepts(event)) {
        throw new IllegalArgumentException("queue: cannot wait for an event of another device");
      }
    }
    return new Work(this, kind, seconds, action, List.copyOf(after));
  }

  private static void requireSameLength(long from, long to) {
    if (from != to) {
      throw new IllegalArgumentException(
          "copy: from %d bytes to %d; need the same length".formatted(from, to));
    }
  }

  /// One piece of work, run at most once, when first waited for.
  private static final class Work implements Event {
    private final SimulatedQueue queue;
    private final FaultPlan.Kind kind;
    private final double seconds;
    private @Nullable Runnable action;
    private List<Event> after;
    private double finishedAt;
    private @Nullable RuntimeException failure;

    Work(
        SimulatedQueue queue,
        FaultPlan.Kind kind,
        double seconds,
        Runnable action,
        List<Event> after) {
      this.queue = queue;
      this.kind = kind;
      this.seconds = seconds;
      this.action = action;
      this.after = after;
    }

    @Override
    public synchronized boolean isDone() {
      return action == null;
    }

    @Override
    public void await(Duration timeout) {
      RuntimeException failed = finish();
      if (failed != null) {
        throw failed;
      }
    }

    private synchronized @Nullable RuntimeException finish() {
      Runnable pending = action;
      if (pending == null) {
        return failure;
      }
      double start = 0;
      for (Event event : after) {
        if (event instanceof Work work) {
          RuntimeException upstream = work.finish();
          failure = failure == null ? upstream : failure;
          start = Math.max(start, work.finishedAt);
        }
      }
      if (failure == null) {
        failure = attempt(pending);
      }
      synchronized (queue) {
        finishedAt = Math.max(start, queue.readyAt) + seconds;
        queue.readyAt = finishedAt;
      }
      action = null;
      after = List.of();
      return failure;
    }

    private @Nullable RuntimeException attempt(Runnable pending) {
      SimulatedDevice device = queue.device;
      if (device.faults().fails(kind)) {
        if (device.faults().losesDevice()) {
          device.lose();
        }
        return device.faults().failure(device.info().id(), kind);
      }
      try {
        device.requireOpen();
        pending.run();
        return null;
      } catch (DeviceException e) {
        return e;
      } catch (RuntimeException e) {
        return new DeviceException(
            device.info().id(), "work failed: " + e.getMessage(), "a look at the cause", e);
      }
    }
  }
}
