package org.tombolo.onnx.proto;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes one message of the wire format of protocol buffers, field by field: what [WireReader]
/// reads. Large pieces of memory are not copied; they are written from where they are.
final class WireWriter {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /// Pieces of fewer bytes are copied.
  private static final long COPIED = 4096;

  private static final long LARGEST_BUFFER = 1 << 30;

  private final List<MemorySegment> parts = new ArrayList<>();
  private final ByteArrayOutputStream tail = new ByteArrayOutputStream();
  private long size;

  /// Bytes of the message so far.
  long size() {
    return size;
  }

  void whole(int field, long value) {
    tag(field, VARINT);
    varint(value);
  }

  void single(int field, float value) {
    tag(field, FIXED32);
    int bits = Float.floatToRawIntBits(value);
    copy(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bits).array());
  }

  void text(int field, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    tag(field, BYTES);
    varint(bytes.length);
    copy(bytes);
  }

  void bytes(int field, MemorySegment value) {
    tag(field, BYTES);
    varint(value.byteSize());
    append(value);
  }

  void message(int field, WireWriter inner) {
    tag(field, BYTES);
    varint(inner.size);
    inner.settle();
    inner.parts.forEach(this::append);
  }

  private void append(MemorySegment part) {
    if (part.byteSize() < COPIED) {
      copy(part.toArray(ValueLayout.JAVA_BYTE));
    } else {
      settle();
      parts.add(part);
      size += part.byteSize();
    }
  }

  private void tag(int field, int wire) {
    varint((long) field << 3 | wire);
  }

  private void varint(long value) {
    long rest = value;
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      tail.write((int) ((rest & 0x7f) | 0x80));
      size++;
    }
    tail.write((int) rest);
    size++;
  }

  private void copy(byte[] bytes) {
    tail.writeBytes(bytes);
    size += bytes.length;
  }

  private void settle() {
    if (tail.size() > 0) {
      parts.add(MemorySegment.ofArray(tail.toByteArray()));
      tail.reset();
    }
  }

  /// Writes the message.
  void writeTo(WritableByteChannel channel) throws IOException {
    settle();
    for (MemorySegment part : parts) {
      write(part, channel);
    }
  }

  /// Writes memory of any size.
  static void write(MemorySegment part, WritableByteChannel channel) throws IOException {
    for (long at = 0; at < part.byteSize(); at += LARGEST_BUFFER) {
      ByteBuffer buffer =
          part.asSlice(at, Math.min(LARGEST_BUFFER, part.byteSize() - at)).asByteBuffer();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }
}
