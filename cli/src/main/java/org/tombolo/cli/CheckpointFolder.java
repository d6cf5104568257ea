package org.tombolo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the file of a training in the folder given with `--checkpoint`.
final class CheckpointFolder {
  private CheckpointFolder() {}

  /// Makes the folder if it is not there.
  ///
  /// @param resume whether the file may be there already, and will be gone on from then
  /// @throws MistakeException if the folder cannot be written to, or the file is there and not
  ///   meant to be
  static Path file(Path folder, Task task, boolean resume) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new MistakeException(
          "--checkpoint %s: cannot be made: %s; need a folder".formatted(folder, e),
          "another folder");
    }
    if (!Files.isWritable(folder)) {
      throw new MistakeException(
          "--checkpoint %s: cannot be written to".formatted(folder), "another folder");
    }
    Path file = folder.resolve(task + ".safetensors");
    if (!resume && Files.exists(file)) {
      throw new MistakeException(
          "%s: is there already and would be lost; need --resume or another folder".formatted(file),
          "--resume to go on from it, or move it away to start anew");
    }
    return file;
  }
}
