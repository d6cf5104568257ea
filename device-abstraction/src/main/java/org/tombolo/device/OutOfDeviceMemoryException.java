package org.tombolo.device;

/// A device has less free memory than was asked for. The device stays usable.
public final class OutOfDeviceMemoryException extends DeviceException {
  private static final long serialVersionUID = 1;

  private final long requestedBytes;

  /// @param device id of the device
  /// @param requestedBytes what was asked for
  /// @param seen what is known of the memory there is, and what fills it
  /// @param remedy what to try
  public OutOfDeviceMemoryException(
      String device, long requestedBytes, String seen, String remedy) {
    super(device, "no memory for %,d bytes; %s".formatted(requestedBytes, seen), remedy);
    this.requestedBytes = requestedBytes;
  }

  /// What was asked for, in bytes.
  public long requestedBytes() {
    return requestedBytes;
  }
}
