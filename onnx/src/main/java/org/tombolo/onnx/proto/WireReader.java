package org.tombolo.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.OnnxException;

/// Reads one message of the wire format of protocol buffers from memory, field by field.
///
/// ```java
/// while (in.next()) {
///   switch (in.field()) {
///     case 1 -> name = in.text();
///     case 2 -> in.wholes(dims::add);
///     default -> in.skip();
///   }
/// }
/// ```
///
/// Nothing is copied and nothing is allocated by a length that the file claims: bytes are slices of
/// the memory, and a length that passes the end of its message is an error, which names the path of
/// fields and the byte where it was found.
final class WireReader {
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Deepest nesting of messages that is followed; ONNX needs three for each graph in a graph.
  private static final int MAX_DEPTH = 120;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final @Nullable WireReader parent;
  private final String label;
  private final MemorySegment memory;
  private final long end;
  private final int depth;
  private long at;
  private long fieldStart;
  private int field;
  private int wire;

  /// @param file how messages name it
  /// @param memory all of its bytes
  WireReader(String file, MemorySegment memory) {
    this(null, file, memory, 0, memory.byteSize(), 0);
  }

  private WireReader(
      @Nullable WireReader parent,
      String label,
      MemorySegment memory,
      long start,
      long end,
      int depth) {
    this.parent = parent;
    this.label = label;
    this.memory = memory;
    this.at = start;
    this.end = end;
    this.depth = depth;
  }

  /// Goes to the next field; false at the end of the message.
  boolean next() {
    if (at == end) {
      return false;
    }
    fieldStart = at;
    long tag = varint();
    field = (int) (tag >>> 3);
    wire = (int) (tag & 7);
    boolean known = wire == VARINT || wire == FIXED64 || wire == BYTES || wire == FIXED32;
    if (field == 0 || tag >>> 32 != 0 || !known) {
      throw mistake(
          "tag 0x%x; need a field number and a type of the wire format".formatted(tag), fieldStart);
    }
    return true;
  }

  /// Number of the field.
  int field() {
    return field;
  }

  /// Leaves a field out.
  void skip() {
    switch (wire) {
      case VARINT -> varint();
      case FIXED64 -> fixed(8);
      case FIXED32 -> fixed(4);
      default -> bytes();
    }
  }

  /// A whole number.
  long whole() {
    require(VARINT, "a whole number");
    return varint();
  }

  /// A single-precision float.
  float single() {
    require(FIXED32, "a float");
    return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(I32.order()), fixed(4));
  }

  /// The whole numbers of a repeated field, one by one or packed.
  void wholes(LongConsumer to) {
    if (wire == BYTES) {
      long after = length();
      while (at < after) {
        to.accept(varint(after));
      }
    } else {
      to.accept(whole());
    }
  }

  /// The bits of a repeated field of floats, one by one or packed.
  void singles(LongConsumer to) {
    if (wire == BYTES) {
      long after = length();
      requireMultiple(after - at, 4);
      for (; at < after; at += 4) {
        to.accept(memory.get(I32, at));
      }
    } else {
      require(FIXED32, "a float");
      to.accept(memory.get(I32, fixed(4)));
    }
  }

  /// The bits of a repeated field of doubles, one by one or packed.
  void doubles(LongConsumer to) {
    if (wire == BYTES) {
      long after = length();
      requireMultiple(after - at, 8);
      for (; at < after; at += 8) {
        to.accept(memory.get(I64, at));
      }
    } else {
      require(FIXED64, "a double");
      to.accept(memory.get(I64, fixed(8)));
    }
  }

  private void requireMultiple(long bytes, int size) {
    if (bytes % size != 0) {
      throw mistake(
          "%d bytes of packed numbers; need a multiple of %d".formatted(bytes, size), fieldStart);
    }
  }

  /// Whether the field is bytes, which may be packed numbers.
  boolean isBytes() {
    return wire == BYTES;
  }

  /// A slice of the file.
  MemorySegment bytes() {
    long after = length();
    MemorySegment slice = memory.asSlice(at, after - at);
    at = after;
    return slice;
  }

  /// Text.
  String text() {
    return Attribute.text(bytes().toArray(ValueLayout.JAVA_BYTE));
  }

  /// A message within this one.
  ///
  /// @param name of the field, for messages
  WireReader message(String name) {
    if (depth == MAX_DEPTH) {
      throw mistake(
          "messages are nested more than %d deep; need fewer".formatted(MAX_DEPTH), fieldStart);
    }
    long after = length();
    WireReader inner = new WireReader(this, name, memory, at, after, depth + 1);
    at = after;
    return inner;
  }

  /// Where this message is, such as `model.onnx: graph.node[3]`.
  String path() {
    List<String> labels = new ArrayList<>();
    WireReader reader = this;
    for (; reader.parent != null; reader = reader.parent) {
      labels.addFirst(reader.label);
    }
    return labels.isEmpty() ? reader.label : reader.label + ": " + String.join(".", labels);
  }

  /// An error in this message.
  OnnxException mistake(String problem) {
    return mistake(problem, fieldStart);
  }

  private OnnxException mistake(String problem, long place) {
    return new OnnxException(
        "%s, byte %d: %s".formatted(path(), place, problem),
        "the file anew from where it came from; it is damaged, or no ONNX model");
  }

  /// Reads a length and gives the place after what it measures.
  private long length() {
    require(BYTES, "bytes");
    long length = varint();
    if (length < 0 || length > end - at) {
      throw mistake(
          "field %d claims %s bytes, %d are left; need no more than those"
              .formatted(field, Long.toUnsignedString(length), end - at),
          fieldStart);
    }
    return at + length;
  }

  private void require(int wanted, String what) {
    if (wire != wanted) {
      throw mistake(
          "field %d has wire type %d; need %s, which is type %d"
              .formatted(field, wire, what, wanted),
          fieldStart);
    }
  }

  /// Passes some bytes and gives where they began.
  private long fixed(int bytes) {
    if (end - at < bytes) {
      throw mistake(
          "%d bytes are left; field %d needs %d".formatted(end - at, field, bytes), fieldStart);
    }
    at += bytes;
    return at - bytes;
  }

  private long varint() {
    return varint(end);
  }

  private long varint(long limit) {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at >= limit) {
        throw mistake("the message ends within a number; need all of it", at);
      }
      byte next = memory.get(ValueLayout.JAVA_BYTE, at++);
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw mistake("a number of more than 10 bytes; need 10 at most", at);
  }
}
