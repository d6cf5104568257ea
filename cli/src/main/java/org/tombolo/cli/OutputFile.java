package org.tombolo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.tombolo.scheduler.trace.Trace;

/// Files that a command was told to write.
final class OutputFile {
  private OutputFile() {}

  /// Checks that a file can be written, before hours are spent on what goes into it.
  ///
  /// @param option such as `--trace`
  static void requireWritable(String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null || !Files.isWritable(folder)) {
      throw new MistakeException(
          "%s %s: cannot be written; need a file in a folder that is there".formatted(option, file),
          "another name");
    }
  }

  static void write(String option, Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw unwritten(option, file, e);
    }
  }

  static void write(String option, Path file, Trace trace) {
    try {
      trace.write(file);
    } catch (IOException e) {
      throw unwritten(option, file, e);
    }
  }

  private static MistakeException unwritten(String option, Path file, IOException e) {
    String why = e instanceof NoSuchFileException ? "there is no such folder" : e.getMessage();
    return new MistakeException(
        "%s %s: cannot be written: %s".formatted(option, file, why), "another name");
  }
}
