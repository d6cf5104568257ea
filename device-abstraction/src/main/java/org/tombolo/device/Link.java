package org.tombolo.device;

/// A way for data between two memories.
///
/// @param mode how the bytes travel
/// @param upLatencySeconds time of an empty transfer towards the device
/// @param downLatencySeconds time of an empty transfer away from the device
/// @param upBytesPerSecond rate towards the device
/// @param downBytesPerSecond rate away from the device
public record Link(
    Mode mode,
    double upLatencySeconds,
    double downLatencySeconds,
    double upBytesPerSecond,
    double downBytesPerSecond) {

  /// How bytes travel.
  public enum Mode {
    /// Both ends see the same memory.
    SHARED,
    /// Over a bus, without the host's help.
    DIRECT,
    /// Through host memory.
    STAGED
  }

  /// A way with one latency for both directions.
  public Link(
      Mode mode, double latencySeconds, double upBytesPerSecond, double downBytesPerSecond) {
    this(mode, latencySeconds, latencySeconds, upBytesPerSecond, downBytesPerSecond);
  }

  /// Time to bring this many bytes to the device.
  public double upSeconds(long bytes) {
    return upLatencySeconds + bytes / upBytesPerSecond;
  }

  /// Time to bring this many bytes back.
  public double downSeconds(long bytes) {
    return downLatencySeconds + bytes / downBytesPerSecond;
  }
}
