package org.tombolo.device;

/// A way for data between two memories.
///
/// @param mode how the bytes travel
/// @param latencySeconds time of an empty transfer
/// @param upBytesPerSecond rate towards the device
/// @param downBytesPerSecond rate away from the device
public record Link(
    Mode mode, double latencySeconds, double upBytesPerSecond, double downBytesPerSecond) {

  /// How bytes travel.
  public enum Mode {
    /// Both ends see the same memory.
    SHARED,
    /// Over a bus, without the host's help.
    DIRECT,
    /// Through host memory.
    STAGED
  }

  /// Time to bring this many bytes to the device.
  public double upSeconds(long bytes) {
    return latencySeconds + bytes / upBytesPerSecond;
  }

  /// Time to bring this many bytes back.
  public double downSeconds(long bytes) {
    return latencySeconds + bytes / downBytesPerSecond;
  }
}
