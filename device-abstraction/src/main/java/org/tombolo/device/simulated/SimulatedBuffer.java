package org.tombolo.device.simulated;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Slice;

/// Heap memory that plays the memory of a device, or no memory at all where nothing is computed.
final class SimulatedBuffer implements Buffer {
  private final SimulatedDevice device;
  private final long bytes;
  private final MemorySegment memory;
  private final AtomicBoolean closed = new AtomicBoolean();

  SimulatedBuffer(SimulatedDevice device, long bytes, MemorySegment memory) {
    this.device = device;
    this.bytes = bytes;
    this.memory = memory;
  }

  /// The bytes of a slice, which must be of this device; none if it computes nothing.
  static MemorySegment memory(SimulatedDevice device, Slice slice) {
    if (!(slice.buffer() instanceof SimulatedBuffer buffer) || buffer.device != device) {
      throw new IllegalArgumentException("slice: not memory of " + device.info().id());
    }
    if (buffer.closed.get()) {
      throw new DeviceException(
          device.info().id(), "buffer used after it was closed", "closing it later");
    }
    return device.computes()
        ? buffer.memory.asSlice(slice.offset(), slice.bytes())
        : MemorySegment.NULL;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      device.released(bytes);
    }
  }
}
