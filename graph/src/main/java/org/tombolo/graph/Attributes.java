package org.tombolo.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The attributes of an operation in the text form: names with values that are not yet understood.
/// What a reader does not ask for is left over in [#names].
final class Attributes {
  /// Name of the attribute that is written without one, in quotes after the operation.
  static final String LABEL = "";

  private final SequencedMap<String, String> values = new LinkedHashMap<>();

  /// A value that is missing or does not read as what it should be.
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1;

    final String attribute;
    final String seen;
    final String needed;

    Malformed(String attribute, String seen, String needed) {
      super("attribute " + attribute + " is " + seen + "; need " + needed);
      this.attribute = attribute;
      this.seen = seen;
      this.needed = needed;
    }
  }

  Attributes with(String name, Object value) {
    values.put(name, value instanceof Double number ? text(number) : value.toString());
    return this;
  }

  /// Adds a list unless it is empty.
  Attributes withAny(String name, List<?> list) {
    return list.isEmpty() ? this : with(name, list(list));
  }

  /// Adds a list, which may be empty.
  Attributes withList(String name, List<?> list) {
    return with(name, list(list));
  }

  /// Adds a list of one extent per axis unless all are the same given value.
  Attributes withUnless(long common, String name, List<Long> list) {
    return list.stream().allMatch(value -> value == common) ? this : withList(name, list);
  }

  private static String list(List<?> list) {
    return list.stream().map(Object::toString).collect(Collectors.joining(",", "[", "]"));
  }

  static String text(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    return Double.isInfinite(value) ? (value > 0 ? "inf" : "-inf") : Double.toString(value);
  }

  /// The names, in order.
  SequencedSet<String> names() {
    return values.sequencedKeySet();
  }

  /// The value as it stands.
  @Nullable String raw(String name) {
    return values.get(name);
  }

  /// Takes a value that has to be there.
  String take(String name, String needed) {
    String value = values.remove(name);
    if (value == null) {
      throw new Malformed(name, "missing", needed);
    }
    return value;
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  int takeInt(String name) {
    return Math.toIntExact(takeLong(name));
  }

  long takeLong(String name) {
    return whole(name, take(name, "a whole number"));
  }

  double takeDouble(String name) {
    return number(name, take(name, "a number"));
  }

  boolean takeBoolean(String name) {
    String value = take(name, "true or false");
    if (!value.equals("true") && !value.equals("false")) {
      throw new Malformed(name, value, "true or false");
    }
    return value.equals("true");
  }

  List<Long> takeLongs(String name) {
    return elements(name, take(name, "a list of whole numbers")).stream()
        .map(element -> whole(name, element))
        .toList();
  }

  List<Integer> takeInts(String name) {
    return takeLongs(name).stream().map(Math::toIntExact).toList();
  }

  /// A list that [#withAny] left out when empty.
  List<Integer> takeAnyInts(String name) {
    return has(name) ? takeInts(name) : List.of();
  }

  /// A list that [#withUnless] left out when all were the same.
  List<Long> takeLongsOr(long common, String name, int count) {
    if (!has(name)) {
      return IntStream.range(0, count).mapToObj(i -> common).toList();
    }
    List<Long> list = takeLongs(name);
    if (list.size() != count) {
      throw new Malformed(name, list.size() + " numbers", Integer.toString(count));
    }
    return list;
  }

  /// The parts of a list in brackets.
  static List<String> elements(String name, String list) {
    if (!list.startsWith("[") || !list.endsWith("]")) {
      throw new Malformed(name, list, "a list in brackets");
    }
    String inner = list.substring(1, list.length() - 1);
    return inner.isEmpty() ? List.of() : List.of(inner.split(",", -1));
  }

  static long whole(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new Malformed(name, text, "a whole number");
    }
  }

  static double number(String name, String text) {
    try {
      return switch (text) {
        case "nan" -> Double.NaN;
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        default -> Double.parseDouble(text);
      };
    } catch (NumberFormatException e) {
      throw new Malformed(name, text, "a number, nan, inf or -inf");
    }
  }
}
