package org.tombolo.onnx.suite;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the conformance tests of ONNX are: beside the repository, or in the folder that
/// `-Dtombolo.onnx.tests=DIR` names.
final class VisibleTests {
  private VisibleTests() {}

  static Path file(String name) {
    Path folder = Path.of(System.getProperty("tombolo.onnx.tests", "../../shared/onnx-node-tests"));
    Path file = folder.resolve(name);
    assumeTrue(
        Files.exists(file),
        () -> "no conformance tests of ONNX in " + folder.toAbsolutePath().normalize());
    return file;
  }

  static Path main() {
    return file("onnx-tests-main-visible.zip");
  }

  static Path special() {
    return file("onnx-tests-special-visible.zip");
  }

  static Path index() {
    return file("index-main.tsv");
  }
}
