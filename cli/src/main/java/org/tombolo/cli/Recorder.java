package org.tombolo.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tombolo.scheduler.trace.Trace;

/// The trace that a command was asked for with `--trace`, if it was.
final class Recorder implements AutoCloseable {
  private final @Nullable Path file;
  private final Optional<Trace> trace;

  /// @param file where the trace goes; null for none
  Recorder(@Nullable Path file) {
    this.file = file;
    this.trace = file == null ? Optional.empty() : Optional.of(Trace.start());
  }

  /// Writes the trace.
  void write() {
    if (file != null && trace.isPresent()) {
      OutputFile.write("--trace", file, trace.get());
    }
  }

  @Override
  public void close() {
    trace.ifPresent(Trace::close);
  }
}
