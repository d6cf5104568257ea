package org.example.slate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Slice;

/// Memory of a slate. What is fresh holds anything; here it holds zeros, on which nobody may rely.
final class SlateBuffer implements Buffer {
  private final SlateDevice device;
  private final Arena arena;
  private final MemorySegment memory;
  private final AtomicBoolean closed = new AtomicBoolean();

  SlateBuffer(SlateDevice device, Arena arena, MemorySegment memory) {
    this.device = device;
    this.arena = arena;
    this.memory = memory;
  }

  /// The bytes of a range. After the buffer was closed they cannot be touched: the arena throws.
  static MemorySegment memory(SlateDevice device, Slice slice) {
    if (!(slice.buffer() instanceof SlateBuffer buffer) || buffer.device != device) {
      throw new IllegalArgumentException(
          "%s: %s is memory of another device\n  try: a buffer that this device allocated"
              .formatted(device.info().id(), slice));
    }
    return buffer.memory.asSlice(slice.offset(), slice.bytes());
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public long bytes() {
    return memory.byteSize();
  }

  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      arena.close();
      device.freed(this);
    }
  }
}
