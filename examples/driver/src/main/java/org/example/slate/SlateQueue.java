package org.example.slate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// A thread that does one thing after the other. Each waits for the events it names, also those of
/// other queues: they were handed over before, so nothing waits in a circle.
final class SlateQueue implements Queue, AutoCloseable {
  private final SlateDevice device;
  private final ExecutorService thread;

  SlateQueue(SlateDevice device, QueueRole role) {
    this.device = device;
    this.thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name(device.info().id() + "-" + role).factory());
  }

  @Override
  public boolean accepts(Event event) {
    return event == Event.DONE || (event instanceof SlateEvent ours && ours.isOf(device));
  }

  @Override
  public Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after) {
    requireSameLength(source.byteSize(), target.bytes());
    MemorySegment to = SlateBuffer.memory(device, target);
    MemorySegment from =
        memory == HostMemory.VALID_UNTIL_EVENT
            ? source
            : MemorySegment.ofArray(source.toArray(ValueLayout.JAVA_BYTE));
    return submit("upload", () -> to.copyFrom(from), after);
  }

  @Override
  public Event download(Slice source, MemorySegment target, List<Event> after) {
    requireSameLength(source.bytes(), target.byteSize());
    MemorySegment from = SlateBuffer.memory(device, source);
    return submit("download", () -> target.copyFrom(from), after);
  }

  @Override
  public Event copy(Slice source, Slice target, List<Event> after) {
    requireSameLength(source.bytes(), target.bytes());
    MemorySegment from = SlateBuffer.memory(device, source);
    MemorySegment to = SlateBuffer.memory(device, target);
    return submit("copy", () -> to.copyFrom(from), after);
  }

  @Override
  public Event launch(Launch launch, List<Event> after) {
    if (!(launch instanceof SlateExecutable.Bound bound) || bound.device() != device) {
      throw new IllegalArgumentException(
          "%s: a launch of another device\n  try: one that its executable bound"
              .formatted(device.info().id()));
    }
    return submit("launch of " + bound.name(), bound::run, after);
  }

  @Override
  public void flush() {} // everything starts without further calls

  private Event submit(String what, Runnable work, List<Event> after) {
    device.requireOpen();
    for (Event event : after) {
      if (!accepts(event)) {
        throw new IllegalArgumentException(
            "%s: %s is to wait for an event of another device\n  try: await it first"
                .formatted(device.info().id(), what));
      }
    }
    SlateEvent event = new SlateEvent(device, what);
    List<Event> before = List.copyOf(after);
    try {
      thread.execute(() -> event.run(work, before));
    } catch (RejectedExecutionException e) { // closed in the meantime
      device.requireOpen();
    }
    return event;
  }

  private void requireSameLength(long from, long to) {
    if (from != to) {
      throw new IllegalArgumentException(
          "%s: copies %d bytes to %d\n  try: ranges of one length"
              .formatted(device.info().id(), from, to));
    }
  }

  /// Waits for what was handed over, then ends the thread.
  @Override
  public void close() {
    thread.close();
  }
}
