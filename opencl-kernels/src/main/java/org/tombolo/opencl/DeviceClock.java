package org.tombolo.opencl;

/// Turns times of a device's clock into such of [System#nanoTime].
///
/// When a command is queued, the device notes its time between two looks at the host's clock. The
/// closest two say best how far the clocks are apart; they count for a second, since clocks drift.
final class DeviceClock {
  private static final long AGE = 1_000_000_000L;

  private long ahead;
  private long width = Long.MAX_VALUE;
  private long seen;

  /// A command was queued.
  ///
  /// @param before time of the host just before
  /// @param after time of the host just after
  /// @param queued time of the device
  void see(long before, long after, long queued) {
    if (after - before <= width || before - seen > AGE) {
      width = after - before;
      ahead = before + width / 2 - queued;
      seen = before;
    }
  }

  /// The host's time for one of the device.
  long host(long device) {
    return device + ahead;
  }
}
