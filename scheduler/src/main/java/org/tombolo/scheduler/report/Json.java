package org.tombolo.scheduler.report;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// Writes maps, lists, records, strings, numbers, truth values and constants of enumerations as
/// JSON (RFC 8259).
///
/// A record becomes an object with a field for each component; absent [Optional]s become no field
/// at all. Numbers that JSON does not know become `null`. Constants are written in lower case, and
/// other objects as the string that they give.
public final class Json {
  private final String indent;
  private final StringBuilder text = new StringBuilder();

  private Json(String indent) {
    this.indent = indent;
  }

  /// For people: one value on a line, indented by two.
  public static String indented(Object value) {
    Json json = new Json("  ");
    json.write(value, "\n");
    return json.text.toString();
  }

  /// For programs: no white space.
  public static String compact(Object value) {
    Json json = new Json("");
    json.write(value, "");
    return json.text.toString();
  }

  private void write(Object value, String newLine) {
    switch (value) {
      case Map<?, ?> map -> object(map, newLine);
      case Record data -> object(fields(data), newLine);
      case List<?> list -> array(list, newLine);
      case Double number when !Double.isFinite(number) -> text.append("null");
      case Number number -> text.append(number);
      case Boolean truth -> text.append(truth);
      case Enum<?> constant -> string(constant.name().toLowerCase(Locale.ROOT));
      default -> string(value.toString());
    }
  }

  private void object(Map<?, ?> map, String newLine) {
    text.append('{');
    for (Iterator<?> entries = map.entrySet().iterator(); entries.hasNext(); ) {
      Map.Entry<?, ?> entry = (Map.Entry<?, ?>) entries.next();
      text.append(newLine).append(indent);
      string(entry.getKey().toString());
      text.append(indent.isEmpty() ? ":" : ": ");
      write(entry.getValue(), newLine + indent);
      text.append(entries.hasNext() ? "," : newLine);
    }
    text.append('}');
  }

  private void array(List<?> list, String newLine) {
    text.append('[');
    for (Iterator<?> elements = list.iterator(); elements.hasNext(); ) {
      text.append(newLine).append(indent);
      write(elements.next(), newLine + indent);
      text.append(elements.hasNext() ? "," : newLine);
    }
    text.append(']');
  }

  private static Map<String, Object> fields(Record data) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (RecordComponent component : data.getClass().getRecordComponents()) {
      Object value;
      try {
        value = component.getAccessor().invoke(data);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalArgumentException(
            "json: %s of %s cannot be read; need a public record"
                .formatted(component.getName(), data.getClass().getName()),
            e);
      }
      switch (value) {
        case Optional<?> maybe -> maybe.ifPresent(it -> fields.put(component.getName(), it));
        case OptionalDouble maybe ->
            maybe.ifPresent(number -> fields.put(component.getName(), number));
        default -> fields.put(component.getName(), value);
      }
    }
    return fields;
  }

  private void string(String value) {
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
