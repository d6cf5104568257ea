package org.tombolo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.tombolo.onnx.OnnxModel;

/// A model that a command names.
final class OnnxFile {
  private OnnxFile() {}

  static OnnxModel read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new MistakeException(
          "%s: there is no such file; need an ONNX model".formatted(file),
          "the path of the model, relative to " + Path.of("").toAbsolutePath());
    }
    return OnnxModel.read(file);
  }
}
