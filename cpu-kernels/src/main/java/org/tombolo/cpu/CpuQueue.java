package org.tombolo.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tombolo.cpu.kernel.Copy;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.KernelFault;
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
    MemorySegment to = CpuBuffer.whole(device, target);
    Event failed = failedBefore("upload", target.bytes(), after);
    return failed != null ? failed : copy("upload", source, 0, to, target.offset(), target.bytes());
  }

  @Override
  public Event download(Slice source, MemorySegment target, List<Event> after) {
    requireSameLength(source.bytes(), target.byteSize());
    MemorySegment from = CpuBuffer.whole(device, source);
    Event failed = failedBefore("download", source.bytes(), after);
    return failed != null
        ? failed
        : copy("download", from, source.offset(), target, 0, source.bytes());
  }

  @Override
  public Event copy(Slice source, Slice target, List<Event> after) {
    requireSameLength(source.bytes(), target.bytes());
    MemorySegment from = CpuBuffer.whole(device, source);
    MemorySegment to = CpuBuffer.whole(device, target);
    Event failed = failedBefore("copy", source.bytes(), after);
    return failed != null
        ? failed
        : copy("copy", from, source.offset(), to, target.offset(), source.bytes());
  }

  @Override
  public Event launch(Launch launch, List<Event> after) {
    if (!(launch instanceof CpuLaunch bound) || bound.device() != device) {
      throw new IllegalArgumentException(
          "%s: a launch of another device\n  try: an executable that this device compiled"
              .formatted(device.id()));
    }
    Event failed = failedBefore(bound.name(), -1, after);
    if (failed != null) {
      return failed;
    }
    try {
      bound.run();
      return Event.DONE;
    } catch (KernelFault e) {
      return new FailedEvent(device.id(), e.problem(), e.remedy(), e);
    } catch (RuntimeException | OutOfMemoryError e) {
      return failed(bound.name(), -1, e);
    }
  }

  private Event copy(
      String what, MemorySegment from, long fromAt, MemorySegment to, long toAt, long bytes) {
    try {
      copy.between(from, fromAt, to, toAt, bytes);
      return Event.DONE;
    } catch (RuntimeException | OutOfMemoryError e) {
      return failed(what, bytes, e);
    }
  }

  /// Whether something that work waits for has failed, and with it the work.
  private @Nullable Event failedBefore(String what, long bytes, List<Event> after) {
    device.requireOpen();
    for (int i = 0; i < after.size(); i++) { // without an iterator: this is part of each step
      Event event = after.get(i);
      if (event instanceof FailedEvent failed) {
        return new FailedEvent(
            device.id(),
            "%s was not run, since what it waits for failed: %s"
                .formatted(label(what, bytes), failed.problem()),
            failed.remedy(),
            failed.cause());
      }
      if (!accepts(event)) {
        throw new IllegalArgumentException(
            "%s: %s is to wait for an event of another device\n  try: await it first, as accepts() says"
                .formatted(device.id(), label(what, bytes)));
      }
    }
    return null;
  }

  private Event failed(String what, long bytes, Throwable cause) {
    return new FailedEvent(
        device.id(),
        "%s failed: %s".formatted(label(what, bytes), cause),
        "keeping its buffers and the device open until its event is done",
        cause);
  }

  /// @param bytes how many are copied; below 0 for a region
  private static String label(String what, long bytes) {
    return bytes < 0 ? what : "%s of %,d bytes".formatted(what, bytes);
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
