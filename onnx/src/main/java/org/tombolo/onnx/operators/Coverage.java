package org.tombolo.onnx.operators;

import java.util.List;
import java.util.stream.Collectors;
import org.tombolo.onnx.lowering.Registry;

/// The table of operators on the page about ONNX.
public final class Coverage {
  private Coverage() {}

  /// A line for each operator that is known, as a table of Markdown.
  public static String table() {
    List<Registry.Entry> entries = List.copyOf(Operators.all().entries());
    StringBuilder out =
        new StringBuilder(
            """
            | operator | since versions | computed | what it does not do |
            |---|---|---|---|
            """);
    for (Registry.Entry entry : entries) {
      out.append(
          "| %s%s | %s | %s | %s |%n"
              .formatted(
                  entry.domain().isEmpty() ? "" : entry.domain() + ".",
                  entry.name(),
                  entry.versions().stream().map(String::valueOf).collect(Collectors.joining(", ")),
                  place(entry.place()),
                  entry.restrictions()));
    }
    return out.toString().replace("\r\n", "\n");
  }

  private static String place(Registry.Place place) {
    return switch (place) {
      case DEVICE -> "on the device";
      case HOST -> "on the host";
      case LOWERING -> "while lowering";
    };
  }
}
