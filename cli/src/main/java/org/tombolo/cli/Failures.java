package org.tombolo.cli;

import org.tombolo.device.UnknownDeviceException;
import org.tombolo.graph.ShapeException;
import org.tombolo.nn.data.DataException;
import org.tombolo.nn.safetensors.FormatException;
import org.tombolo.onnx.model.OnnxException;

/// How a command that cannot go on says so.
final class Failures {
  private static final String REMEDY_LINE = "\n  try: ";

  private Failures() {}

  /// Whether the caller has to change something ([ExitStatus#MISTAKE]) or the work itself went
  /// wrong ([ExitStatus#FAILED]).
  static int status(Throwable failure) {
    return switch (failure) {
      case MistakeException _,
          UnknownDeviceException _,
          DataException _,
          FormatException _,
          OnnxException _,
          ShapeException _ ->
          ExitStatus.MISTAKE;
      default -> ExitStatus.FAILED;
    };
  }

  /// The message, without stack trace. Every exception of this project brings what to try along;
  /// for others it is to look closer.
  static String text(Throwable failure) {
    String message = failure.getMessage();
    if (message != null && message.contains(REMEDY_LINE)) {
      return message;
    }
    if (failure instanceof OutOfMemoryError) {
      return "Java's heap is full: %s%smore of it, such as TOMBOLO_JAVA_OPTS=-Xmx8g"
          .formatted(message, REMEDY_LINE);
    }
    return failure + REMEDY_LINE + "the same with --debug, which shows where this comes from";
  }
}
