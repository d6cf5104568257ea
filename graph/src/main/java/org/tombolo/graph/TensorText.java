package org.tombolo.graph;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// Constants in the text form, without loss: few elements as numbers, many, or those that numbers
/// do not give back exactly, as the base64 of their bytes, least significant first.
final class TensorText {
  private static final int INLINE_ELEMENTS = 16;

  private TensorText() {}

  static Attributes attributes(Tensor tensor) {
    Attributes attributes = new Attributes();
    if (tensor.type().size() <= INLINE_ELEMENTS) {
      attributes.with("value", inline(tensor));
      if (read(attributes, tensor.type()).equals(tensor)) {
        return attributes.with("value", inline(tensor));
      }
    }
    return attributes.with("bytes", Base64.getEncoder().encodeToString(bytes(tensor)));
  }

  static Tensor read(Attributes attributes, TensorType type) {
    if (attributes.has("bytes")) {
      return fromBytes(type, attributes.take("bytes", "base64"));
    }
    String text = attributes.take("value", "numbers, or bytes=\"base64\"");
    List<String> elements =
        text.startsWith("[") ? Attributes.elements("value", text) : List.of(text);
    if (elements.size() != type.size()) {
      throw new Attributes.Malformed(
          "value", elements.size() + " numbers", "%d for %s".formatted(type.size(), type));
    }
    return type.dtype().isFloat()
        ? Tensor.filled(type, i -> Attributes.number("value", elements.get((int) i)))
        : Tensor.wholes(type, i -> Attributes.whole("value", elements.get((int) i)));
  }

  private static String inline(Tensor tensor) {
    String list =
        LongStream.range(0, tensor.type().size())
            .mapToObj(i -> element(tensor, i))
            .collect(Collectors.joining(","));
    return tensor.type().rank() == 0 ? list : "[" + list + "]";
  }

  private static String element(Tensor tensor, long i) {
    DType dtype = tensor.type().dtype();
    if (!dtype.isFloat()) {
      return Long.toString(tensor.longAt(i));
    }
    double value = tensor.at(i);
    String brief = Float.toString((float) value);
    boolean enough = dtype != DType.F64 && (float) Double.parseDouble(brief) == (float) value;
    return enough && Double.isFinite(value) ? brief : Attributes.text(value);
  }

  private static byte[] bytes(Tensor tensor) {
    DType dtype = tensor.type().dtype();
    MemorySegment data = tensor.data();
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(data.byteSize())).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = 0; at < data.byteSize(); at += dtype.bytes()) {
      switch (dtype) {
        case I8, U8, BOOL -> out.put(data.get(ValueLayout.JAVA_BYTE, at));
        case F16, BF16, I16 -> out.putShort(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
        case F32, I32 -> out.putInt(data.get(ValueLayout.JAVA_INT_UNALIGNED, at));
        case F64, I64 -> out.putLong(data.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
      }
    }
    return out.array();
  }

  private static Tensor fromBytes(TensorType type, String base64) {
    ByteBuffer in;
    try {
      in = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IllegalArgumentException e) {
      throw new Attributes.Malformed("bytes", "no base64, " + e.getMessage(), "base64");
    }
    if (in.capacity() != type.bytes()) {
      throw new Attributes.Malformed(
          "bytes", in.capacity() + " bytes", "%d for %s".formatted(type.bytes(), type));
    }
    MemorySegment data = Tensor.allocate(type);
    for (long at = 0; at < type.bytes(); at += type.dtype().bytes()) {
      switch (type.dtype()) {
        case I8, U8, BOOL -> data.set(ValueLayout.JAVA_BYTE, at, in.get());
        case F16, BF16, I16 -> data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, in.getShort());
        case F32, I32 -> data.set(ValueLayout.JAVA_INT_UNALIGNED, at, in.getInt());
        case F64, I64 -> data.set(ValueLayout.JAVA_LONG_UNALIGNED, at, in.getLong());
      }
    }
    return Tensor.wrap(type, data);
  }
}
