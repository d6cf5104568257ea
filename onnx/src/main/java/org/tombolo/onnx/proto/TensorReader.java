package org.tombolo.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.TensorDef;

/// Reads a `TensorProto`. Elements in `raw_data` and in files of their own stay where they are;
/// others are few as a rule, and are brought into the same dense form.
final class TensorReader {
  /// Numbers in fields of their type, which take more memory while they are read than in the file.
  private static final int MOST_NUMBERS = 1 << 26;

  private final ExternalFiles files;

  TensorReader(ExternalFiles files) {
    this.files = files;
  }

  TensorDef read(WireReader in) {
    List<Long> dims = new ArrayList<>();
    LongStream.Builder numbers = LongStream.builder();
    long[] count = {0};
    LongConsumer bits =
        number -> {
          if (++count[0] > MOST_NUMBERS) {
            throw in.mistake(
                "a tensor has more than %d numbers one by one; need raw_data for so many"
                    .formatted(MOST_NUMBERS));
          }
          numbers.add(number);
        };
    List<MemorySegment> packed = new ArrayList<>();
    List<String> strings = new ArrayList<>();
    Map<String, String> external = new HashMap<>();
    @Nullable MemorySegment raw = null;
    String name = "";
    long typeNumber = 0;
    boolean outside = false;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> in.wholes(dims::add);
        case 2 -> typeNumber = in.whole();
        case 4, 10 -> {
          if (in.isBytes()) {
            packed.add(in.bytes()); // packed floats are the bytes of the tensor
          } else if (in.field() == 4) {
            in.singles(bits);
          } else {
            in.doubles(bits);
          }
        }
        case 5, 7, 11 -> in.wholes(bits);
        case 6 -> strings.add(in.text());
        case 8 -> name = in.text();
        case 9 -> raw = in.bytes();
        case 13 -> {
          Map.Entry<String, String> entry = ModelReader.entry(in.message("external_data"));
          external.put(entry.getKey(), entry.getValue());
        }
        case 14 -> outside = in.whole() == 1;
        default -> in.skip();
      }
    }
    ElementType type = type(in, name, typeNumber);
    Shape shape = shape(in, name, dims);
    if (type == ElementType.STRING) {
      if (strings.size() != shape.size()) {
        throw in.mistake(
            "tensor \"%s\" has %d strings; its shape %s needs %d"
                .formatted(name, strings.size(), shape, shape.size()));
      }
      return new TensorDef(name, type, shape, MemorySegment.NULL, strings);
    }
    long needed = bytes(in, name, type, shape);
    MemorySegment data;
    if (outside) {
      data = files.map(in.path() + ", tensor \"" + name + "\"", external, needed);
    } else if (raw != null) {
      data = raw;
    } else if (packed.size() == 1) {
      data = packed.getFirst();
    } else {
      data = packed.isEmpty() ? dense(type, numbers.build().toArray()) : joined(in, packed);
    }
    if (data.byteSize() != needed) {
      throw in.mistake(
          "tensor \"%s\" is %s%s and has %d bytes; need %d"
              .formatted(name, type, shape, data.byteSize(), needed));
    }
    return new TensorDef(name, type, shape, data, List.of());
  }

  private static ElementType type(WireReader in, String name, long number) {
    return ElementType.numbered(number)
        .orElseThrow(() ->
            in.mistake(
                "tensor \"%s\" has element type %d; need one of 1 to %d"
                    .formatted(name, number, ElementType.values().length)));
  }

  private static Shape shape(WireReader in, String name, List<Long> dims) {
    try {
      return Shape.of(dims);
    } catch (ShapeException e) {
      throw in.mistake("tensor \"%s\": %s".formatted(name, e.problem()));
    }
  }

  private static long bytes(WireReader in, String name, ElementType type, Shape shape) {
    try {
      return TensorDef.bytes(type, shape);
    } catch (ArithmeticException e) {
      throw in.mistake(
          "tensor \"%s\" is %s%s; need fewer than 2^63 bits".formatted(name, type, shape));
    }
  }

  /// Numbers of the typed fields as the bytes that `raw_data` would have.
  private static MemorySegment dense(ElementType type, long[] bits) {
    // Elements of less than a byte are packed in the typed fields, too: a number holds one byte.
    int width = Math.max(8, type.bits()) / 8;
    if (type == ElementType.COMPLEX64 || type == ElementType.COMPLEX128) {
      width /= 2; // the parts of a number follow each other
    }
    MemorySegment data = MemorySegment.ofArray(new byte[Math.multiplyExact(bits.length, width)]);
    for (int i = 0; i < bits.length; i++) {
      long at = (long) i * width;
      switch (width) {
        case 1 -> data.set(ValueLayout.JAVA_BYTE, at, (byte) bits[i]);
        case 2 -> data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) bits[i]);
        case 4 -> data.set(ValueLayout.JAVA_INT_UNALIGNED, at, (int) bits[i]);
        default -> data.set(ValueLayout.JAVA_LONG_UNALIGNED, at, bits[i]);
      }
    }
    return data;
  }

  private static MemorySegment joined(WireReader in, List<MemorySegment> parts) {
    long bytes = parts.stream().mapToLong(MemorySegment::byteSize).sum();
    if (bytes > Integer.MAX_VALUE) {
      throw in.mistake(
          "a tensor has %d bytes in %d parts; need one part for so many"
              .formatted(bytes, parts.size()));
    }
    MemorySegment all = MemorySegment.ofArray(new byte[(int) bytes]);
    long at = 0;
    for (MemorySegment part : parts) {
      all.asSlice(at, part.byteSize()).copyFrom(part);
      at += part.byteSize();
    }
    return all;
  }
}
