package org.tombolo.onnx.proto;

import java.nio.file.Path;
import org.tombolo.onnx.model.ModelDef;

/// Lets tests have two files without gigabytes of tensors.
public final class Splitting {
  private Splitting() {}

  /// Writes a model.
  ///
  /// @param mostInside bytes of tensors that go into the first file
  public static void write(ModelDef model, Path file, long mostInside) {
    ModelWriter.write(model, file, mostInside);
  }
}
