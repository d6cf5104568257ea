package org.tombolo.nn.safetensors;

import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Named tensors and notes, as a file of the safetensors format holds them.
///
/// The file is a 64-bit little-endian length, a JSON header of that length, then the elements of
/// all tensors. The header maps each name to `{"dtype", "shape", "data_offsets": [begin, end]}`,
/// and `__metadata__` to notes, which are strings. The ranges follow one another without gaps and
/// end with the file. See <https://huggingface.co/docs/safetensors>.
///
/// Reading trusts nothing: every number is checked against the size of the file before memory is
/// taken, and a file is read whole or not at all.
///
/// @param tensors by name
/// @param notes by name
public record Safetensors(SequencedMap<String, Tensor> tensors, Map<String, String> notes) {
  /// What others accept at most.
  private static final long LARGEST_HEADER_BYTES = 100_000_000;

  private static final String NOTES = "__metadata__";
  private static final String REMEDY = "an earlier checkpoint, or a file that was copied whole";
  private static final int CHUNK_BYTES = 1 << 20;

  /// Copies the maps.
  public Safetensors {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    notes = Map.copyOf(notes);
  }

  /// A tensor of a file before its elements are read.
  private record Entry(String name, TensorType type, long begin, long end) {}

  /// CRC-32C of everything: names, notes, types and elements, in the order of names and as they lie
  /// in a file. The format has no checksum of its own; a note can hold this one of all the rest.
  public long checksum() {
    CRC32C sum = new CRC32C();
    new TreeMap<>(notes).forEach((name, note) -> add(sum, name + '\0' + note + '\0'));
    new TreeMap<>(tensors)
        .forEach((name, tensor) -> {
          add(sum, name + '\0' + tensor.type() + '\0');
          chunks(tensor, sum::update);
        });
    return sum.getValue();
  }

  private static void add(CRC32C sum, String text) {
    sum.update(text.getBytes(StandardCharsets.UTF_8));
  }

  // Writing.

  /// Writes a file that appears whole or not at all: into a temporary file beside it, which is
  /// forced to the disk and then takes its place. A file that was there before stays untouched
  /// until then.
  ///
  /// @throws FormatException if the file cannot be written; the message says why
  public void write(Path file) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        write(channel);
        channel.force(true);
      }
      replace(temporary, target);
    } catch (IOException e) {
      delete(temporary, e);
      throw new FormatException(
          file + ": cannot be written: " + e, "a folder with space and write permission", e);
    }
  }

  private static void delete(Path temporary, IOException because) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  private static void replace(Path temporary, Path target) throws IOException {
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the file system cannot replace a file in one step", e);
    }
    Path folder = target.getParent();
    if (folder != null && File.separatorChar == '/') {
      // On Unix a new name outlives a power failure once its folder is on the disk too; elsewhere
      // folders cannot be opened as files.
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private void write(FileChannel channel) throws IOException {
    // Widest elements first, so that with a header padded to 8 bytes every tensor is aligned.
    List<Map.Entry<String, Tensor>> order = new ArrayList<>(tensors.entrySet());
    order.sort(
        Comparator.<Map.Entry<String, Tensor>>comparingInt(
                entry -> -entry.getValue().type().dtype().bytes())
            .thenComparing(Map.Entry::getKey));
    Map<String, Object> header = new LinkedHashMap<>();
    if (!notes.isEmpty()) {
      header.put(NOTES, new TreeMap<>(notes));
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : order) {
      TensorType type = entry.getValue().type();
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("dtype", name(type.dtype()));
      fields.put("shape", type.shape().toList());
      fields.put("data_offsets", List.of(offset, offset + type.bytes()));
      header.put(entry.getKey(), fields);
      offset += type.bytes();
    }
    byte[] json = Json.write(header).getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(padded).put(json);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    writeAll(channel, head.flip());
    for (Map.Entry<String, Tensor> entry : order) {
      chunks(entry.getValue(), chunk -> writeAll(channel, chunk));
    }
  }

  /// Something that is done with bytes of a file.
  private interface Sink<E extends Exception> {
    void accept(ByteBuffer bytes) throws E;
  }

  /// The elements of a tensor as they lie in a file, piece by piece.
  private static <E extends Exception> void chunks(Tensor tensor, Sink<E> sink) throws E {
    long bytes = tensor.type().bytes();
    for (long at = 0; at < bytes; at += CHUNK_BYTES) {
      MemorySegment chunk = tensor.data().asSlice(at, Math.min(CHUNK_BYTES, bytes - at));
      sink.accept(littleEndian(chunk, tensor.type().dtype()).asByteBuffer());
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  // Reading.

  /// Reads a file.
  ///
  /// @throws FormatException if it is missing, damaged, cut off or too long; the message names the
  ///   file, what was expected and what was found
  public static Safetensors read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(file, channel);
    } catch (NoSuchFileException e) {
      throw new FormatException(file + ": no such file", "check the name", e);
    } catch (IOException e) {
      throw new FormatException(file + ": cannot be read: " + e, "check the permissions", e);
    }
  }

  private static Safetensors read(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    require(size >= 8, file, "has %d bytes; need at least 8".formatted(size));
    long header = readAll(channel, 0, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
    require(
        header >= 2 && header <= Math.min(LARGEST_HEADER_BYTES, size - 8),
        file,
        "claims a header of %s bytes; need 2 to %d in a file of %d bytes"
            .formatted(
                Long.toUnsignedString(header), Math.min(LARGEST_HEADER_BYTES, size - 8), size));
    Map<String, Object> json;
    try {
      json = Json.read(readAll(channel, 8, (int) header).array());
    } catch (Json.JsonException e) {
      throw new FormatException(
          "%s: damaged header: %s".formatted(file, e.getMessage()), REMEDY, e);
    }
    Map<String, String> notes = new TreeMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, Object> field : json.entrySet()) {
      if (field.getKey().equals(NOTES)) {
        notes.putAll(notes(file, field.getValue()));
      } else {
        entries.add(entry(file, field.getKey(), field.getValue()));
      }
    }
    requireContiguous(file, entries, size - 8 - header);
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (Entry entry : entries) {
      tensors.put(entry.name(), tensor(channel, entry, 8 + header));
    }
    return new Safetensors(tensors, notes);
  }

  private static Map<String, String> notes(Path file, Object value) {
    Map<String, String> notes = new TreeMap<>();
    require(value instanceof Map<?, ?>, file, "%s is no object".formatted(NOTES));
    ((Map<?, ?>) value)
        .forEach((name, note) -> {
          require(note instanceof String, file, "%s: \"%s\" is no string".formatted(NOTES, name));
          notes.put((String) name, (String) note);
        });
    return notes;
  }

  private static Entry entry(Path file, String name, Object value) {
    String where = "tensor \"%s\": ".formatted(name);
    if (value instanceof Map<?, ?> fields
        && fields.size() == 3
        && fields.get("dtype") instanceof String dtype
        && fields.get("shape") instanceof List<?> shape
        && fields.get("data_offsets") instanceof List<?> offsets) {
      List<Long> dims = numbers(file, where + "shape ", shape);
      List<Long> range = numbers(file, where + "data_offsets ", offsets);
      require(range.size() == 2, file, where + "data_offsets %s; need two".formatted(range));
      long begin = range.get(0);
      long end = range.get(1);
      TensorType type = type(file, where, dtype(file, where, dtype), dims);
      require(
          end - begin == type.bytes(),
          file,
          where
              + "%s takes %d bytes, data_offsets %s has %d"
                  .formatted(type, type.bytes(), range, end - begin));
      return new Entry(name, type, begin, end);
    }
    String seen = value.toString();
    throw damaged(
        file,
        where
            + "is %s; need dtype, shape and data_offsets"
                .formatted(seen.length() > 100 ? seen.substring(0, 100) + "..." : seen));
  }

  private static TensorType type(Path file, String where, DType dtype, List<Long> dims) {
    try {
      TensorType type = new TensorType(dtype, Shape.of(dims));
      if (type.bytes() >= 0) {
        return type;
      }
    } catch (ShapeException | ArithmeticException e) {
      // Falls through: more bytes than can be counted.
    }
    throw damaged(file, where + "shape %s is too large".formatted(dims));
  }

  private static List<Long> numbers(Path file, String where, List<?> values) {
    List<Long> numbers = new ArrayList<>();
    for (Object value : values) {
      require(value instanceof Long, file, where + "holds something that is no whole number");
      numbers.add((Long) value);
    }
    return numbers;
  }

  private static void requireContiguous(Path file, List<Entry> entries, long available) {
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long end = 0;
    for (Entry entry : entries) {
      require(
          entry.begin() == end,
          file,
          "tensor \"%s\" begins at byte %d of the data; need %d, where the one before ends"
              .formatted(entry.name(), entry.begin(), end));
      end = entry.end();
    }
    require(
        end == available,
        file,
        "the header tells of %d bytes of data, the file has %d".formatted(end, available));
  }

  private static Tensor tensor(FileChannel channel, Entry entry, long base) throws IOException {
    TensorType type = entry.type();
    MemorySegment data = Tensor.allocate(type);
    for (long at = 0; at < type.bytes(); at += CHUNK_BYTES) {
      int count = (int) Math.min(CHUNK_BYTES, type.bytes() - at);
      ByteBuffer chunk = readAll(channel, base + entry.begin() + at, count);
      data.asSlice(at, count).copyFrom(littleEndian(MemorySegment.ofBuffer(chunk), type.dtype()));
    }
    return Tensor.wrap(type, data);
  }

  private static ByteBuffer readAll(FileChannel channel, long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
    return bytes.flip();
  }

  private static void require(boolean holds, Path file, String problem) {
    if (!holds) {
      throw damaged(file, problem);
    }
  }

  private static FormatException damaged(Path file, String problem) {
    return new FormatException(file + ": " + problem, REMEDY);
  }

  // Elements.

  /// The elements with the least significant byte first: the segment itself on most machines.
  private static MemorySegment littleEndian(MemorySegment elements, DType dtype) {
    if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN || dtype.bytes() == 1) {
      return elements;
    }
    byte[] bytes = elements.toArray(ValueLayout.JAVA_BYTE);
    int width = dtype.bytes();
    for (int i = 0; i < bytes.length; i += width) {
      for (int low = i, high = i + width - 1; low < high; low++, high--) {
        byte swapped = bytes[low];
        bytes[low] = bytes[high];
        bytes[high] = swapped;
      }
    }
    return MemorySegment.ofArray(bytes);
  }

  private static String name(DType dtype) {
    return dtype.name();
  }

  private static DType dtype(Path file, String where, String name) {
    return switch (name) {
      case "F32" -> DType.F32;
      case "F16" -> DType.F16;
      case "BF16" -> DType.BF16;
      case "F64" -> DType.F64;
      case "I8" -> DType.I8;
      case "U8" -> DType.U8;
      case "I16" -> DType.I16;
      case "I32" -> DType.I32;
      case "I64" -> DType.I64;
      case "BOOL" -> DType.BOOL;
      default ->
          throw new FormatException(
              "%s: %selement type \"%s\"; need one of F32, F16, BF16, F64, I8, U8, I16, I32, I64, BOOL"
                  .formatted(file, where, name),
              "a file with these types only");
    };
  }
}
