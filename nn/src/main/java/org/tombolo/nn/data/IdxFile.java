package org.tombolo.nn.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.tombolo.graph.DType;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Reads idx files, the form in which MNIST and its relatives are published: two zero bytes, a byte
/// for the element type, a byte for the number of axes, each extent in 32 bits, then the elements,
/// all with the most significant byte first.
///
/// Files may be compressed with gzip, which is told by the content and not by the name.
public final class IdxFile {
  private static final String REMEDY = "fetch the file again, or check that it is an idx file";
  private static final int LARGEST_BYTES = Integer.MAX_VALUE - 64;
  private static final int MOST_AXES = 16;

  private IdxFile() {}

  /// The tensor in a file.
  ///
  /// @throws DataException if the file is missing, damaged, too short or too long; the message
  ///   names the file and the bytes expected and found
  public static Tensor read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in);
    } catch (NoSuchFileException e) {
      throw new DataException(
          file + ": no such file; need an idx file, gzip or plain", "check the folder's name", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e, "check the file's permissions", e);
    }
  }

  /// The tensor in a stream, which is read to its end.
  ///
  /// @param name for messages
  /// @param in plain or gzip
  /// @throws DataException if the content is damaged, too short or too long
  /// @throws IOException if the stream fails for other reasons
  static Tensor read(String name, InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in);
    buffered.mark(2);
    int first = buffered.read();
    int second = buffered.read();
    buffered.reset();
    boolean zipped = first == 0x1f && second == 0x8b;
    try {
      return parse(name, zipped ? new GZIPInputStream(buffered) : buffered);
    } catch (ZipException e) {
      throw new DataException(
          "%s: damaged gzip data (%s); need an intact file".formatted(name, e.getMessage()),
          REMEDY,
          e);
    }
  }

  private static Tensor parse(String name, InputStream in) throws IOException {
    byte[] magic = atMost(in, 4);
    if (magic.length < 4 || magic[0] != 0 || magic[1] != 0) {
      throw new DataException(
          "%s: begins with bytes %s; need 00 00, element type, number of axes"
              .formatted(name, hex(magic)),
          REMEDY);
    }
    DType dtype = dtype(name, magic[2]);
    int axes = magic[3] & 0xff;
    if (axes > MOST_AXES) {
      throw new DataException(
          "%s: %d axes; need %d or fewer".formatted(name, axes, MOST_AXES), REMEDY);
    }
    byte[] header = atMost(in, 4 * axes);
    if (header.length < 4 * axes) {
      throw new DataException(
          "%s: ends inside its header; expected %d bytes, found %d"
              .formatted(name, 4 + 4 * axes, 4 + header.length),
          REMEDY);
    }
    ByteBuffer extents = ByteBuffer.wrap(header);
    long[] dims = new long[axes];
    for (int i = 0; i < axes; i++) {
      dims[i] = extents.getInt() & 0xffffffffL;
    }
    int headerBytes = 4 + 4 * axes;
    TensorType type = type(name, dtype, dims);
    int expected = (int) type.bytes();
    byte[] data = atMost(in, expected);
    if (data.length < expected) {
      throw new DataException(
          "%s: is cut off: %s with its header needs %d bytes, found %d"
              .formatted(
                  name, type, (long) headerBytes + expected, (long) headerBytes + data.length),
          REMEDY);
    }
    long more = in.skip(Long.MAX_VALUE) + atMost(in, 1).length;
    if (more > 0) {
      throw new DataException(
          "%s: is too long: %s with its header needs %d bytes, found %d or more"
              .formatted(name, type, (long) headerBytes + expected, headerBytes + expected + more),
          REMEDY);
    }
    return Tensor.wrap(type, nativeOrder(dtype, data));
  }

  /// Up to `count` bytes: fewer at the end of the stream, also where gzip data is cut off.
  private static byte[] atMost(InputStream in, int count) throws IOException {
    byte[] bytes = new byte[Math.min(count, 1 << 16)];
    int size = 0;
    try {
      while (size < count) {
        if (size == bytes.length) {
          bytes = Arrays.copyOf(bytes, (int) Math.min(count, 2L * size));
        }
        int more = in.read(bytes, size, bytes.length - size);
        if (more < 0) {
          break;
        }
        size += more;
      }
    } catch (EOFException e) {
      // The stream ends inside gzip data: what came before it counts.
      return Arrays.copyOf(bytes, size);
    }
    return Arrays.copyOf(bytes, size);
  }

  private static DType dtype(String name, byte code) {
    return switch (code) {
      case 0x08 -> DType.U8;
      case 0x09 -> DType.I8;
      case 0x0b -> DType.I16;
      case 0x0c -> DType.I32;
      case 0x0d -> DType.F32;
      case 0x0e -> DType.F64;
      default ->
          throw new DataException(
              "%s: element type 0x%02x; need 08, 09, 0b, 0c, 0d or 0e".formatted(name, code),
              REMEDY);
    };
  }

  private static TensorType type(String name, DType dtype, long[] dims) {
    try {
      TensorType type = TensorType.of(dtype, dims);
      if (type.bytes() <= LARGEST_BYTES) {
        return type;
      }
    } catch (ShapeException | ArithmeticException e) {
      // Falls through: too large to be counted.
    }
    throw new DataException(
        "%s: extents %s of %s; need at most %d bytes"
            .formatted(name, Arrays.toString(dims), dtype, LARGEST_BYTES),
        REMEDY);
  }

  private static MemorySegment nativeOrder(DType dtype, byte[] data) {
    if (dtype.bytes() == 1 || ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) {
      return MemorySegment.ofArray(data);
    }
    int width = dtype.bytes();
    for (int i = 0; i < data.length; i += width) {
      for (int low = i, high = i + width - 1; low < high; low++, high--) {
        byte swapped = data[low];
        data[low] = data[high];
        data[high] = swapped;
      }
    }
    return MemorySegment.ofArray(data);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }
}
