package org.tombolo.device;

/// What a queue is used for, so that a device can let the three overlap.
public enum QueueRole {
  /// Runs regions.
  COMPUTE,
  /// Brings data to the device.
  UPLOAD,
  /// Brings data back.
  DOWNLOAD
}
