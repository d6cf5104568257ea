package org.tombolo.device;

/// A range of a buffer.
///
/// @param buffer memory
/// @param offset first byte, a multiple of the device's alignment where a region is to use it
/// @param bytes length, at least 0
public record Slice(Buffer buffer, long offset, long bytes) {

  /// Checks that the range lies inside the buffer.
  ///
  /// @throws IllegalArgumentException if it does not
  public Slice {
    if (offset < 0 || bytes < 0 || offset > buffer.bytes() - bytes) {
      throw new IllegalArgumentException(
          "slice: %d bytes at %d of a buffer of %d bytes; need a range inside it"
              .formatted(bytes, offset, buffer.bytes()));
    }
  }

  /// Whether two ranges have a byte in common.
  public boolean overlaps(Slice other) {
    return buffer.equals(other.buffer)
        && bytes > 0
        && other.bytes > 0
        && offset < other.offset + other.bytes
        && other.offset < offset + bytes;
  }

  /// A whole buffer.
  public static Slice all(Buffer buffer) {
    return new Slice(buffer, 0, buffer.bytes());
  }
}
