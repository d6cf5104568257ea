package org.tombolo.device;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// Takes work for a device. Nothing is ordered by accident: a call runs after the events that it
/// names and after nothing else, unless the queue happens to be stricter.
///
/// A failure in work already handed over is reported by the event of that work and of everything
/// that waits for it.
public interface Queue {
  /// Whether work here can wait for an event; if not, the caller waits on the host instead.
  boolean accepts(Event event);

  /// Copies host memory to the device.
  ///
  /// @param source bytes to copy, on or off the Java heap, which every thread can read
  /// @param memory how long the source stays as it is
  /// @param target range of the same length
  /// @param after what must be done before
  Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after);

  /// Copies device memory to the host. The target must be left alone until the event.
  ///
  /// @param source bytes to copy
  /// @param target memory of the same length, on or off the Java heap, to which every thread can
  ///   write
  /// @param after what must be done before
  Event download(Slice source, MemorySegment target, List<Event> after);

  /// Copies between two ranges of the same length on this device that do not overlap.
  Event copy(Slice source, Slice target, List<Event> after);

  /// Runs a bound region.
  Event launch(Launch launch, List<Event> after);

  /// Makes sure that everything handed over so far starts without further calls.
  void flush();
}
