package org.tombolo.onnx.npy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;

/// One array in a file, as `numpy.save` writes it: versions 1 to 3 of the format, either order of
/// bytes, either order of indices.
///
/// @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">the
///   format</a>
public final class NpyFile {
  private static final byte[] MAGIC = "\u0093NUMPY".getBytes(ISO_8859_1);
  private static final int LARGEST_HEADER = 1 << 16;
  private static final int ALIGNMENT = 64;

  private NpyFile() {}

  /// Reads an array of floats, integers or truth values. Large ones stay in the file, which is
  /// mapped into memory and must not change while they are used.
  ///
  /// @throws OnnxException if the file cannot be read, or is damaged, or holds elements of another
  ///   kind
  public static Value.Dense read(Path path) {
    String file = path.toString();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return read(
          file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()));
    } catch (IOException e) {
      throw new OnnxException(
          "%s: cannot be read: %s".formatted(file, e), "the path of a file of numpy.save", e);
    }
  }

  static Value.Dense read(String file, MemorySegment bytes) {
    long start = MAGIC.length + 2L;
    if (bytes.byteSize() < start
        || !bytes.asSlice(0, MAGIC.length).asByteBuffer().equals(ByteBuffer.wrap(MAGIC))) {
      throw new OnnxException(
          "%s: does not start as NumPy's files do".formatted(file),
          "a file of numpy.save(file, array), not of numpy.savez or savetxt");
    }
    int version = bytes.get(ValueLayout.JAVA_BYTE, MAGIC.length);
    if (version < 1 || version > 3) {
      throw new OnnxException(
          "%s: version %d of the format; need 1, 2 or 3".formatted(file, version),
          "the file anew: numpy.save(file, array)");
    }
    int width = version == 1 ? 2 : 4;
    requireBytes(file, bytes, start, width, "the length of its header");
    long length = 0;
    for (int i = 0; i < width; i++) {
      length |= (bytes.get(ValueLayout.JAVA_BYTE, start + i) & 0xffL) << (8 * i);
    }
    start += width;
    if (length > LARGEST_HEADER) {
      throw new OnnxException(
          "%s: a header of %d bytes; need %d at most".formatted(file, length, LARGEST_HEADER),
          "the file anew: numpy.save(file, array)");
    }
    requireBytes(file, bytes, start, length, "its header");
    byte[] text = bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
    NpyHeader header = NpyHeader.parse(file, new String(text, version == 3 ? UTF_8 : ISO_8859_1));
    long size;
    try {
      size = TensorDef.bytes(header.type(), header.shape());
    } catch (ArithmeticException e) {
      throw new OnnxException(
          "%s: shape %s is larger than any memory".formatted(file, header.shape()),
          "the file anew: numpy.save(file, array)",
          e);
    }
    start += length;
    if (bytes.byteSize() - start != size) {
      throw new OnnxException(
          "%s: %d bytes of elements; need %d for %s%s"
              .formatted(file, bytes.byteSize() - start, size, header.type(), header.shape()),
          "the file anew: numpy.save(file, array)");
    }
    MemorySegment dense = dense(header, bytes.asSlice(start, size));
    return Value.Dense.of(
        header.type(),
        new TensorDef(file, header.type(), header.shape(), dense, List.of()).tensor());
  }

  private static void requireBytes(
      String file, MemorySegment bytes, long from, long length, String what) {
    if (bytes.byteSize() - from < length) {
      throw new OnnxException(
          "%s: ends within %s: %d bytes are left; need %d"
              .formatted(file, what, bytes.byteSize() - from, length),
          "the file anew: numpy.save(file, array)");
    }
  }

  /// The elements with their lowest byte first and the last index running fastest.
  private static MemorySegment dense(NpyHeader header, MemorySegment data) {
    long[] extents = header.shape().toArray();
    boolean turned = header.fortran() && extents.length > 1;
    if (!turned && !header.swapped()) {
      return data;
    }
    int width = header.type().bits() / 8;
    long[] step = new long[extents.length];
    long stride = 1;
    for (int i = 0; i < extents.length; i++) {
      int axis = turned ? i : extents.length - 1 - i;
      step[axis] = stride;
      stride *= extents[axis];
    }
    MemorySegment dense =
        Tensor.allocate(new TensorType(DType.U8, Shape.of(header.shape().size() * width)));
    long[] index = new long[extents.length];
    long from = 0;
    for (long to = 0; to < dense.byteSize(); to += width) {
      for (int i = 0; i < width; i++) {
        int own = header.swapped() ? width - 1 - i : i;
        dense.set(
            ValueLayout.JAVA_BYTE, to + i, data.get(ValueLayout.JAVA_BYTE, from * width + own));
      }
      for (int axis = extents.length - 1; axis >= 0; axis--) {
        from += step[axis];
        if (++index[axis] < extents[axis]) {
          break;
        }
        from -= step[axis] * extents[axis];
        index[axis] = 0;
      }
    }
    return dense;
  }

  /// Writes an array, in version 1 of the format. What NumPy has no word for is written as what has
  /// all its values: `bfloat16` as `float`, integers of four and two bits as bytes.
  ///
  /// @param value with its elements known
  /// @throws OnnxException if the file cannot be written
  public static void write(Path path, Value.Dense value) {
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      Tensor tensor = Objects.requireNonNull(value.tensor());
      ElementType type =
          switch (value.type()) {
            case BFLOAT16 -> ElementType.FLOAT;
            case INT4, INT2 -> ElementType.INT8;
            case UINT4, UINT2 -> ElementType.UINT8;
            default -> value.type();
          };
      String descr =
          NpyHeader.descr(type)
              .orElseThrow(() ->
                  new OnnxException(
                      "%s: NumPy has no %s".formatted(path, type), "another type of the output"));
      List<Long> extents = tensor.shape().toList();
      String shape =
          extents.stream()
              .map(String::valueOf)
              .collect(Collectors.joining(", ", "(", extents.size() == 1 ? ",)" : ")"));
      String header =
          "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(descr, shape);
      int before = MAGIC.length + 4;
      int length = Math.ceilDiv(before + header.length() + 1, ALIGNMENT) * ALIGNMENT - before;
      ByteBuffer head = ByteBuffer.allocate(before + length).order(ByteOrder.LITTLE_ENDIAN);
      head.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) length);
      head.put((header + " ".repeat(length - 1 - header.length()) + "\n").getBytes(ISO_8859_1));
      writeAll(channel, head.flip());
      MemorySegment data = elements(type, tensor);
      for (long at = 0; at < data.byteSize(); at += 1 << 30) {
        long part = Math.min(1 << 30, data.byteSize() - at);
        writeAll(channel, data.asSlice(at, part).asByteBuffer());
      }
    } catch (IOException e) {
      throw new OnnxException(
          "%s: cannot be written: %s".formatted(path, e), "another folder, or more space", e);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Elements as the file has them.
  private static MemorySegment elements(ElementType type, Tensor tensor) {
    DType own = tensor.type().dtype();
    return switch (type) {
      case FLOAT ->
          own == DType.F32
              ? tensor.data()
              : Tensor.filled(tensor.type().withDType(DType.F32), tensor::at).data();
      case UINT16 -> narrow(tensor, DType.I16);
      case UINT32 -> narrow(tensor, DType.I32);
      default -> tensor.data();
    };
  }

  /// The lower bytes of whole numbers.
  private static MemorySegment narrow(Tensor tensor, DType to) {
    TensorType type = tensor.type().withDType(to);
    MemorySegment data = Tensor.allocate(type);
    for (long i = 0; i < type.size(); i++) {
      long value = tensor.longAt(i);
      if (to == DType.I16) {
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, (short) value);
      } else {
        data.set(ValueLayout.JAVA_INT_UNALIGNED, i * 4, (int) value);
      }
    }
    return data;
  }
}
