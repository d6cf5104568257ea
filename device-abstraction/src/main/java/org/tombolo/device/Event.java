package org.tombolo.device;

import java.time.Duration;

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
}
