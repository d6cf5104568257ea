package org.tombolo.onnx.suite;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.tombolo.onnx.model.OnnxException;

/// A zip of tests: `KIND/TEST/model.onnx`, and beside it `test_data_set_N/input_I.pb` and
/// `output_I.pb`.
final class SuiteZip implements AutoCloseable {
  private static final long LARGEST_ENTRY = 1L << 30;
  private static final Pattern MODEL = Pattern.compile("([^/]+)/([^/]+)/model\\.onnx");
  private static final Pattern DATA =
      Pattern.compile("([^/]+/[^/]+)/test_data_set_(\\d{1,6})/(?:input|output)_\\d+\\.pb");

  private final Path path;
  private final ZipFile zip;

  SuiteZip(Path path) {
    this.path = path;
    try {
      this.zip = new ZipFile(path.toFile());
    } catch (IOException e) {
      throw new OnnxException(
          "%s: cannot be read: %s".formatted(path, e), "a zip of ONNX's conformance tests", e);
    }
  }

  /// All tests in the order of their folders.
  List<TestCase> tests() {
    SequencedMap<String, TreeSet<Integer>> sets = new TreeMap<>();
    List<Matcher> models = new ArrayList<>();
    zip.stream()
        .map(ZipEntry::getName)
        .sorted()
        .forEach(name -> {
          Matcher model = MODEL.matcher(name);
          Matcher data = DATA.matcher(name);
          if (model.matches()) {
            models.add(model);
          } else if (data.matches()) {
            sets.computeIfAbsent(data.group(1), _ -> new TreeSet<>())
                .add(Integer.parseInt(data.group(2)));
          }
        });
    List<TestCase> tests = new ArrayList<>();
    for (Matcher model : models) {
      String folder = model.group(1) + "/" + model.group(2);
      tests.add(
          new TestCase(
              model.group(1),
              model.group(2),
              model.group(),
              List.copyOf(sets.getOrDefault(folder, new TreeSet<>()))));
    }
    if (tests.isEmpty()) {
      throw new OnnxException(
          "%s: there is no KIND/TEST/model.onnx".formatted(path),
          "a zip of ONNX's conformance tests");
    }
    return tests;
  }

  boolean has(String entry) {
    return zip.getEntry(entry) != null;
  }

  MemorySegment read(String entry) {
    ZipEntry found = zip.getEntry(entry);
    if (found == null) {
      throw new OnnxException(
          "%s: there is no %s".formatted(path, entry), "a zip that is complete");
    }
    try (InputStream in = zip.getInputStream(found)) {
      byte[] bytes = in.readNBytes((int) LARGEST_ENTRY);
      if (bytes.length == LARGEST_ENTRY) {
        throw new OnnxException(
            "%s: %s has %d bytes or more; need fewer".formatted(path, entry, LARGEST_ENTRY),
            "a zip whose entries are smaller");
      }
      return MemorySegment.ofArray(bytes);
    } catch (IOException e) {
      throw new OnnxException(
          "%s: %s cannot be read: %s".formatted(path, entry, e), "the zip anew", e);
    }
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw new OnnxException(
          "%s: cannot be closed: %s".formatted(path, e), "the zip on a local disk", e);
    }
  }
}
