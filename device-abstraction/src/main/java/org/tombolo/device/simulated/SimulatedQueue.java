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

/// Holds work back until someone waits for it. When it runs in virtual time is settled before.
final class SimulatedQueue implements Queue {
  private final SimulatedDevice device;
  private final VirtualClock.Lane lane;

  SimulatedQueue(SimulatedDevice device, VirtualClock.Lane lane) {
    this.device = device;
    this.lane = lane;
  }

  VirtualClock.Lane lane() {
    return lane;
  }

  @Override
  public boolean accepts(Event event) {
    return event.equals(Event.DONE) || (event instanceof Work work && work.device.equals(device));
  }

  @Override
  public Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after) {
    requireSameLength(source.byteSize(), target.bytes());
    MemorySegment from =
        memory == HostMemory.VALID_UNTIL_EVENT || !device.computes()
            ? source
            : MemorySegment.ofArray(new byte[Math.toIntExact(source.byteSize())]).copyFrom(source);
    Link link = device.hostLink();
    return submit(
        FaultPlan.Kind.UPLOAD,
        "upload of %d bytes".formatted(target.bytes()),
        link.upSeconds(target.bytes()),
        () -> copy(from, SimulatedBuffer.memory(device, target)),
        after);
  }

  @Override
  public Event download(Slice source, MemorySegment target, List<Event> after) {
    requireSameLength(source.bytes(), target.byteSize());
    Link link = device.hostLink();
    return submit(
        FaultPlan.Kind.DOWNLOAD,
        "download of %d bytes".formatted(source.bytes()),
        link.downSeconds(source.bytes()),
        () -> {
          MemorySegment from = SimulatedBuffer.memory(device, source);
          if (device.computes()) {
            target.copyFrom(from);
          } else {
            target.fill((byte) 0);
          }
        },
        after);
  }

  @Override
  public Event copy(Slice source, Slice target, List<Event> after) {
    requireSameLength(source.bytes(), target.bytes());
    return submit(
        FaultPlan.Kind.LAUNCH,
        "copy of %d bytes".formatted(source.bytes()),
        device.info().speed().seconds(0, 2.0 * source.bytes()),
        () -> copy(SimulatedBuffer.memory(device, source), SimulatedBuffer.memory(device, target)),
        after);
  }

  private void copy(MemorySegment from, MemorySegment to) {
    if (device.computes()) {
      to.copyFrom(from);
    }
  }

  @Override
  public Event launch(Launch launch, List<Event> after) {
    if (!(launch instanceof SimulatedExecutable.Bound bound) || bound.device() != device) {
      throw new IllegalArgumentException("launch: not made by " + device.info().id());
    }
    return submit(FaultPlan.Kind.LAUNCH, bound.name(), bound.seconds(), bound, after);
  }

  @Override
  public void flush() {}

  private Event submit(
      FaultPlan.Kind kind, String what, double seconds, Runnable action, List<Event> after) {
    device.requireOpen();
    double ready = 0;
    for (Event event : after) {
      if (!accepts(event)) {
        throw new IllegalArgumentException("queue: cannot wait for an event of another device");
      }
      ready = Math.max(ready, event instanceof Work work ? work.end : 0);
    }
    double end = device.clock().handOver(lane, what, ready, seconds);
    return new Work(device, kind, end, action, List.copyOf(after));
  }

  private static void requireSameLength(long from, long to) {
    if (from != to) {
      throw new IllegalArgumentException(
          "copy: from %d bytes to %d; need the same length".formatted(from, to));
    }
  }

  /// One piece of work, run at most once, when first waited for.
  private static final class Work implements Event {
    private final SimulatedDevice device;
    private final FaultPlan.Kind kind;

    /// In virtual time.
    private final double end;

    private @Nullable Runnable action;
    private List<Event> after;
    private @Nullable RuntimeException failure;

    /// Whether it, or something that it waits for, never ends.
    private boolean hangs;

    Work(
        SimulatedDevice device,
        FaultPlan.Kind kind,
        double end,
        Runnable action,
        List<Event> after) {
      this.device = device;
      this.kind = kind;
      this.end = end;
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
      if (hangs) {
        sleep(timeout);
        throw new DeviceException(
            device.info().id(), "work is not done after " + timeout, "another fault plan");
      }
      device.clock().reach(end);
      if (failed != null) {
        throw failed;
      }
    }

    private static void sleep(Duration time) {
      try {
        Thread.sleep(time);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private synchronized @Nullable RuntimeException finish() {
      Runnable pending = action;
      if (pending == null) {
        return failure;
      }
      for (Event event : after) {
        if (event instanceof Work work) {
          RuntimeException upstream = work.finish();
          failure = failure == null ? upstream : failure;
          hangs |= work.hangs;
        }
      }
      if (failure == null && !hangs) {
        failure = attempt(pending);
      }
      if (hangs) {
        return null;
      }
      action = null;
      after = List.of();
      return failure;
    }

    private @Nullable RuntimeException attempt(Runnable pending) {
      if (device.faults().fails(kind)) {
        if (device.faults().hangs()) {
          hangs = true;
          return null;
        }
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
