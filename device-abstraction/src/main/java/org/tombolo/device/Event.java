package org.tombolo.device;

import java.time.Duration;
import java.util.Optional;

/// The end of some work on a device. Holds nothing that must be released.
public interface Event {
  /// An event that has happened.
  Event DONE =
      new Event() {
        @Override
        public boolean isDone() {
          return true;
        }

        @Override
        public void await(Duration timeout) {}
      };

  /// Whether the work has ended, well or badly. Does not wait.
  boolean isDone();

  /// Waits for the end of the work.
  ///
  /// @param timeout longest wait
  /// @throws DeviceException if the work failed, if something it waited for failed, or if the time
  ///   is over
  void await(Duration timeout);

  /// When the device worked on it; empty where the device does not tell, or not any more, and
  /// before the end.
  default Optional<Span> span() {
    return Optional.empty();
  }

  /// A stretch of time in nanoseconds, by the clock of [System#nanoTime].
  record Span(long start, long end) {}
}
