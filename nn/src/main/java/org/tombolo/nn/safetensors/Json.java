package org.tombolo.nn.safetensors;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The part of JSON (RFC 8259) that headers consist of: objects, arrays, strings and whole numbers
/// from 0. Strict: anything else, a name that comes twice, or bytes that are not UTF-8 are errors.
final class Json {
  private static final int DEEPEST = 8;

  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /// Text that is not what is read here.
  static final class JsonException extends Exception {
    private static final long serialVersionUID = 1;

    JsonException(String message) {
      super(message);
    }
  }

  /// An object as a map in order of appearance; values are `Map`, `List`, `String` or `Long`.
  static Map<String, Object> read(byte[] utf8) throws JsonException {
    Json json;
    try {
      json = new Json(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString());
    } catch (CharacterCodingException e) {
      throw new JsonException("the bytes are not UTF-8");
    }
    Map<String, Object> object = json.object(0);
    json.space();
    if (json.at < json.text.length()) {
      throw json.unexpected("the end");
    }
    return object;
  }

  private Object value(int depth) throws JsonException {
    if (depth > DEEPEST) {
      throw new JsonException("nested more than %d deep at character %d".formatted(DEEPEST, at));
    }
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
      default -> throw unexpected("an object, array, string or whole number");
    };
  }

  private Map<String, Object> object(int depth) throws JsonException {
    Map<String, Object> object = new LinkedHashMap<>();
    expect('{');
    if (peek() == '}') {
      expect('}');
      return object;
    }
    while (true) {
      String name = string();
      expect(':');
      if (object.put(name, value(depth + 1)) != null) {
        throw new JsonException("\"%s\" comes twice".formatted(name));
      }
      if (peek() != ',') {
        expect('}');
        return object;
      }
      expect(',');
    }
  }

  private List<Object> array(int depth) throws JsonException {
    List<Object> array = new ArrayList<>();
    expect('[');
    if (peek() == ']') {
      expect(']');
      return array;
    }
    while (true) {
      array.add(value(depth + 1));
      if (peek() != ',') {
        expect(']');
        return array;
      }
      expect(',');
    }
  }

  private Long number() throws JsonException {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    String digits = text.substring(start, at);
    if (digits.length() > 1 && digits.charAt(0) == '0') {
      throw new JsonException("number %s begins with 0 at character %d".formatted(digits, start));
    }
    try {
      return Long.valueOf(digits);
    } catch (NumberFormatException e) {
      throw new JsonException("number at character %d is too large".formatted(start));
    }
  }

  private String string() throws JsonException {
    expect('"');
    StringBuilder out = new StringBuilder();
    while (true) {
      if (at >= text.length()) {
        throw unexpected("\"");
      }
      char c = text.charAt(at++);
      if (c == '"') {
        return out.toString();
      }
      if (c < ' ') {
        throw new JsonException("control character in a string at character %d".formatted(at - 1));
      }
      out.append(c == '\\' ? escaped() : c);
    }
  }

  private char escaped() throws JsonException {
    if (at >= text.length()) {
      throw unexpected("an escaped character");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = at < text.length() ? Character.digit(text.charAt(at++), 16) : -1;
          if (digit < 0) {
            throw new JsonException("bad escape at character %d".formatted(at));
          }
          code = code * 16 + digit;
        }
        yield (char) code;
      }
      default -> throw new JsonException("bad escape at character %d".formatted(at - 1));
    };
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  /// The next character that is not space, or 0 at the end.
  private char peek() {
    space();
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void expect(char c) throws JsonException {
    if (peek() != c) {
      throw unexpected(Character.toString(c));
    }
    at++;
  }

  private JsonException unexpected(String needed) {
    String seen = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
    return new JsonException("%s at character %d; need %s".formatted(seen, at, needed));
  }

  /// The text of an object of the kinds of values that [#read] gives.
  static String write(Map<String, ?> object) {
    StringBuilder out = new StringBuilder();
    write(out, object);
    return out.toString();
  }

  private static void write(StringBuilder out, Object value) {
    switch (value) {
      case Map<?, ?> map -> {
        out.append('{');
        String before = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(before);
          quote(out, entry.getKey().toString());
          out.append(':');
          write(out, entry.getValue());
          before = ",";
        }
        out.append('}');
      }
      case List<?> list -> {
        out.append('[');
        String before = "";
        for (Object element : list) {
          out.append(before);
          write(out, element);
          before = ",";
        }
        out.append(']');
      }
      case Long number -> out.append(number.longValue());
      default -> quote(out, value.toString());
    }
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append("\\u00").append(Character.forDigit(c >> 4, 16));
        out.append(Character.forDigit(c & 15, 16));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
