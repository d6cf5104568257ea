package org.tombolo.device;

/// Memory of one device. Addressed as a buffer with offsets and lengths in bytes; see [Slice].
///
/// Whoever allocates it closes it, once nothing that uses it is still running. Closing twice is
/// harmless.
public interface Buffer extends AutoCloseable {
  /// The device that it belongs to.
  Device device();

  /// Size in bytes.
  long bytes();

  @Override
  void close();
}
