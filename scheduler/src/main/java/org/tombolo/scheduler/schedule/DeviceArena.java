package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Slice;

/// Memory of a device that is addressed as one, in as many buffers as it takes: many devices give
/// no buffer of more than a part of their memory. What lies in it lies within one buffer, as a
/// [MemoryPlan] of the same chunks sees to.
public final class DeviceArena implements AutoCloseable {
  private final long chunkBytes;
  private final List<Buffer> chunks = new ArrayList<>();

  /// Allocates an arena.
  ///
  /// @param bytes how much
  /// @param allocation gives a buffer of so many bytes
  public DeviceArena(Device device, long bytes, LongFunction<Buffer> allocation) {
    this.chunkBytes = chunkBytes(device);
    try {
      long at = 0;
      do {
        long size = Math.min(chunkBytes, bytes - at);
        chunks.add(allocation.apply(size));
        at += size;
      } while (at < bytes);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Where arenas of a device are cut: what its largest buffer has room for.
  public static long chunkBytes(Device device) {
    return device.largestAllocation() / device.alignment() * device.alignment();
  }

  /// Checks that something has room in one buffer of a device.
  ///
  /// @throws OutOfDeviceMemoryException if it does not
  static void requireRoom(Device device, String what, long bytes) {
    if (bytes > chunkBytes(device)) {
      throw new OutOfDeviceMemoryException(
          device.info().id(),
          bytes,
          "%s is larger than the device's largest buffer, %,d bytes"
              .formatted(what, device.largestAllocation()),
          "cutting it into parts, or another device");
    }
  }

  /// A range.
  ///
  /// @param offset first byte, in the arena
  /// @param length bytes, which do not reach into another chunk
  public Slice slice(long offset, long length) {
    if (length == 0) {
      return new Slice(chunks.getFirst(), 0, 0);
    }
    int chunk = Math.toIntExact(offset / chunkBytes);
    return new Slice(chunks.get(chunk), offset - chunk * chunkBytes, length);
  }

  @Override
  public void close() {
    chunks.forEach(Buffer::close);
  }
}
