package org.tombolo.conformance;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// Device memory between two guard areas whose bytes are known, so that a write outside shows.
final class GuardedMemory implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int LEAST_GUARD = 256;
  private static final byte UNWRITTEN = (byte) 0xEE;

  private final Device device;
  private final Buffer buffer;
  private final int guard;
  private final long bytes;

  GuardedMemory(Device device, long bytes) {
    this.device = device;
    this.bytes = bytes;
    this.guard = Math.max(LEAST_GUARD, device.alignment());
    this.buffer = device.allocate(guard + bytes + guard);
  }

  /// The memory between the guards.
  Slice slice() {
    return new Slice(buffer, guard, bytes);
  }

  /// Fills the guards, and the middle with bytes that no test expects.
  void fill() {
    MemorySegment unwritten = MemorySegment.ofArray(new byte[(int) bytes]);
    fill(unwritten.fill(UNWRITTEN));
  }

  /// Fills the guards and the middle.
  void fill(MemorySegment data) {
    byte[] all = new byte[(int) buffer.bytes()];
    for (int i = 0; i < all.length; i++) {
      all[i] = canary(i);
    }
    MemorySegment.ofArray(all).asSlice(guard, bytes).copyFrom(data);
    device
        .queue(QueueRole.UPLOAD)
        .upload(
            MemorySegment.ofArray(all), HostMemory.VALID_DURING_CALL, Slice.all(buffer), List.of())
        .await(PATIENCE);
  }

  /// What the middle holds now.
  MemorySegment data() {
    return all().asSlice(guard, bytes);
  }

  /// A guard byte that has changed, in words.
  Optional<String> damage() {
    MemorySegment all = all();
    for (long i = 0; i < all.byteSize(); i++) {
      boolean outside = i < guard || i >= guard + bytes;
      if (outside && all.get(ValueLayout.JAVA_BYTE, i) != canary(i)) {
        return Optional.of(
            "byte %d of memory with bytes 0 to %d was written".formatted(i - guard, bytes - 1));
      }
    }
    return Optional.empty();
  }

  private MemorySegment all() {
    MemorySegment host = MemorySegment.ofArray(new byte[(int) buffer.bytes()]);
    Queue queue = device.queue(QueueRole.DOWNLOAD);
    queue.download(Slice.all(buffer), host, List.of()).await(PATIENCE);
    return host;
  }

  private static byte canary(long index) {
    return (byte) (0xA5 ^ index * 31);
  }

  @Override
  public void close() {
    buffer.close();
  }
}
