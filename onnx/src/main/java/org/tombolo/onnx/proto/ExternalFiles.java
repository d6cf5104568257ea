package org.tombolo.onnx.proto;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tombolo.onnx.model.OnnxException;

/// The files beside a model that hold elements of its tensors. Each is mapped into memory once. A
/// model may name files in its own folder and below, and no others.
final class ExternalFiles {
  private final @Nullable Path folder;
  private final Map<Path, MemorySegment> mapped = new HashMap<>();

  /// @param folder of the model; null if it comes from no file
  ExternalFiles(@Nullable Path folder) {
    this.folder = folder;
  }

  /// All bytes of a file, mapped for as long as anybody uses them.
  static MemorySegment map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    }
  }

  /// @param where the tensor, for messages
  /// @param entries `location`, and maybe `offset` and `length`
  /// @param needed bytes of the tensor
  MemorySegment map(String where, Map<String, String> entries, long needed) {
    String location = entries.getOrDefault("location", "");
    MemorySegment file = file(where, location);
    long offset = number(where, entries, "offset", 0);
    long length = number(where, entries, "length", needed);
    if (offset < 0 || length != needed || offset > file.byteSize() - needed) {
      throw new OnnxException(
          "%s: %d bytes from %d on of %s, which has %d; need %d bytes within the file"
              .formatted(where, length, offset, location, file.byteSize(), needed),
          "the file that belongs to this model");
    }
    return file.asSlice(offset, needed);
  }

  private static long number(String where, Map<String, String> entries, String key, long absent) {
    String text = entries.get(key);
    try {
      return text == null ? absent : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new OnnxException(
          "%s: %s of external data is \"%s\"; need a number".formatted(where, key, text),
          "the model anew from where it came from",
          e);
    }
  }

  private MemorySegment file(String where, String location) {
    try {
      if (folder == null) {
        throw escape(where, location, "the model is not read from a folder");
      }
      Path root = folder.toRealPath();
      Path file = root.resolve(location).normalize();
      if (location.isEmpty() || Path.of(location).isAbsolute() || !file.startsWith(root)) {
        throw escape(where, location, "that is not in the folder of the model");
      }
      if (!Files.isRegularFile(file)) {
        throw escape(where, location, "there is no such file in " + root);
      }
      Path real = file.toRealPath();
      if (!real.startsWith(root)) {
        throw escape(where, location, "a link leads out of the folder of the model");
      }
      MemorySegment known = mapped.get(real);
      if (known == null) {
        known = map(real);
        mapped.put(real, known);
      }
      return known;
    } catch (IOException | InvalidPathException e) {
      throw new OnnxException(
          "%s: external data \"%s\" cannot be read: %s".formatted(where, location, e),
          "the file beside the model, readable",
          e);
    }
  }

  private static OnnxException escape(String where, String location, String why) {
    return new OnnxException(
        "%s: external data is in \"%s\"; %s".formatted(where, location, why),
        "the file beside the model, named by a path relative to it");
  }
}
