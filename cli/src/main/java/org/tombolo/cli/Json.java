package org.tombolo.cli;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Writes maps, lists, strings, numbers and truth values as JSON (RFC 8259), indented by two.
final class Json {
  private Json() {}

  static String write(Object value) {
    StringBuilder text = new StringBuilder();
    write(value, "\n", text);
    return text.toString();
  }

  private static void write(Object value, String newLine, StringBuilder text) {
    switch (value) {
      case Map<?, ?> map -> {
        text.append('{');
        for (Iterator<?> entries = map.entrySet().iterator(); entries.hasNext(); ) {
          Map.Entry<?, ?> entry = (Map.Entry<?, ?>) entries.next();
          text.append(newLine).append("  ");
          string(entry.getKey().toString(), text);
          text.append(": ");
          write(entry.getValue(), newLine + "  ", text);
          text.append(entries.hasNext() ? "," : newLine);
        }
        text.append('}');
      }
      case List<?> list -> {
        text.append('[');
        for (Iterator<?> elements = list.iterator(); elements.hasNext(); ) {
          text.append(newLine).append("  ");
          write(elements.next(), newLine + "  ", text);
          text.append(elements.hasNext() ? "," : newLine);
        }
        text.append(']');
      }
      case Double number when !Double.isFinite(number) -> text.append("null");
      case Number number -> text.append(number);
      case Boolean truth -> text.append(truth);
      default -> string(value.toString(), text);
    }
  }

  private static void string(String value, StringBuilder text) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        default -> {
          if (c < ' ') {
            text.append("\\u%04x".formatted((int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
