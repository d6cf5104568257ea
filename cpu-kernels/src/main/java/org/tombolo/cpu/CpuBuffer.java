package org.tombolo.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Slice;

/// Memory outside the Java heap. A thread that still uses it when it is closed gets an exception,
/// never memory that belongs to something else.
final class CpuBuffer implements Buffer {
  private final CpuDevice device;
  private final Arena arena;
  private final MemorySegment memory;
  private final AtomicBoolean closed = new AtomicBoolean();

  CpuBuffer(CpuDevice device, Arena arena, MemorySegment memory) {
    this.device = device;
    this.arena = arena;
    this.memory = memory;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public long bytes() {
    return memory.byteSize();
  }

  /// The memory of a range.
  ///
  /// @throws IllegalArgumentException if its buffer is of another device
  /// @throws DeviceException if its buffer is closed
  static MemorySegment memory(CpuDevice device, Slice slice) {
    return whole(device, slice).asSlice(slice.offset(), slice.bytes());
  }

  /// The memory of the buffer that a range is of.
  ///
  /// @throws IllegalArgumentException if it is of another device
  /// @throws DeviceException if it is closed
  static MemorySegment whole(CpuDevice device, Slice slice) {
    if (!(slice.buffer() instanceof CpuBuffer buffer) || buffer.device != device) {
      throw new IllegalArgumentException(
          "%s: the buffer belongs to %s; need one of this device\n  try: a copy between the devices"
              .formatted(device.id(), slice.buffer().device().info().id()));
    }
    if (buffer.closed.get()) {
      throw new DeviceException(
          device.id(),
          "a buffer of %,d bytes is used after it was closed".formatted(buffer.bytes()),
          "closing it after the last event that uses it");
    }
    return buffer.memory;
  }

  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      arena.close();
      device.freed(this);
    }
  }

  @Override
  public String toString() {
    return "%,d bytes of %s".formatted(bytes(), device.id());
  }
}
