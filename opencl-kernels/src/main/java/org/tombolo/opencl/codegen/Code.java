package org.tombolo.opencl.codegen;

/// Text with indentation.
@SuppressWarnings("AnnotateFormatMethod") // The annotation would cost a dependency.
final class Code {
  private final StringBuilder text = new StringBuilder();
  private int depth;

  /// Adds a line; with arguments, as a format.
  Code line(String format, Object... arguments) {
    text.append("  ".repeat(depth));
    text.append(arguments.length == 0 ? format : format.formatted(arguments)).append('\n');
    return this;
  }

  /// Adds a line that opens a block.
  Code open(String format, Object... arguments) {
    line(format.isEmpty() ? "{" : format + " {", arguments);
    depth++;
    return this;
  }

  /// Ends a block.
  Code close() {
    depth--;
    return line("}");
  }

  /// Ends a block and begins another one in the same line, such as `else`.
  Code next(String format, Object... arguments) {
    depth--;
    open("} " + format, arguments);
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
