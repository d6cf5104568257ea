package org.tombolo.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.tombolo.cpu.kernel.Copy;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.Slice;

/// Runs everything on the calling thread, helped by the worker team, before the call returns: a
/// thread of its own would only add a hand-off, since the caller could do nothing but wait for the
/// same cores. So all events it gives are done, and several threads may use it at once.
final class CpuQueue implements Queue {
  private final CpuDevice device;
  private final Copy copy;

  CpuQueue(CpuDevice device, WorkerTeam team) {
    this.device = device;
    this.copy = new Copy(team);
  }

  /// Only events of such queues: to wait for another device's would block the caller unasked.
  @Override
  public boolean accepts(Event event) {
    return event.equals(Event.DONE) || event instanceof FailedEvent;
  }

  @Override
  public Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after) {
    requireSameLength(source.byteSize(), target.bytes());
    MemorySegment to = CpuBuffer.memory(device, target);
    return run(
        "upload of %,d bytes".formatted(target.bytes()), after, () -> copy.between(source, to));
  }

  @Override
  public Event download(Slice source, MemorySegment target, List<Event> after) {
    requireSameLength(source.bytes(), target.byteSize());
    MemorySegment from = CpuBuffer.memory(device, source);
    return run(
        "download of %,d bytes".formatted(source.bytes()), after, () -> copy.between(from, target));
  }

  @Override
  public Event copy(Slice source, Slice target, List<Event> after) {
    requireSameLength(source.bytes(), target.bytes());
    MemorySegment from = CpuBuffer.memory(device, source);
    MemorySegment to = CpuBuffer.memory(device, target);
    return run("copy of %,d bytes".formatted(source.bytes()), after, () -> copy.between(from, to));
  }

  @Override
  public Event launch(Launch launch, List<Event> after) {
    if (!(launch instanceof CpuLaunch bound) || bound.device() != device) {
      throw new IllegalArgumentException(
          "%s: a launch of another device\n  try: an executable that this device compiled"
              .formatted(device.id()));
    }
    return run(bound.name(), after, bound::run);
  }

  private Event run(String what, List<Event> after, Runnable work) {
    device.requireOpen();
    for (Event event : after) {
      if (event instanceof FailedEvent failed) {
        return new FailedEvent(
            device.id(),
            "%s was not run, since what it waits for failed: %s".formatted(what, failed.problem()),
            failed.remedy(),
            failed.cause());
      }
      if (!accepts(event)) {
        throw new IllegalArgumentException(
            "%s: %s is to wait for an event of another device\n  try: await it first, as accepts() says"
                .formatted(device.id(), what));
      }
    }
    try {
      work.run();
      return Event.DONE;
    } catch (RuntimeException | OutOfMemoryError e) {
      return new FailedEvent(
          device.id(),
          "%s failed: %s".formatted(what, e),
          "keeping its buffers and the device open until its event is done",
          e);
    }
  }

  private void requireSameLength(long source, long target) {
    if (source != target) {
      throw new IllegalArgumentException(
          "%s: copies %d bytes to %d bytes; need the same length\n  try: a slice of the longer one"
              .formatted(device.id(), source, target));
    }
  }

  @Override
  public void flush() {
    // Nothing waits here.
  }
}
