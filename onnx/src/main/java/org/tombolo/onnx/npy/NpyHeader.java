package org.tombolo.onnx.npy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.OnnxException;

/// What a file says of its array: a dictionary in the notation of Python, such as `{'descr': '<f4',
/// 'fortran_order': False, 'shape': (2, 3), }`.
///
/// @param type of the elements
/// @param swapped whether elements have their highest byte first
/// @param fortran whether the first index runs fastest, instead of the last
/// @param shape extents
record NpyHeader(ElementType type, boolean swapped, boolean fortran, Shape shape) {
  private static final Map<String, ElementType> TYPES =
      Map.ofEntries(
          Map.entry("f2", ElementType.FLOAT16),
          Map.entry("f4", ElementType.FLOAT),
          Map.entry("f8", ElementType.DOUBLE),
          Map.entry("b1", ElementType.BOOL),
          Map.entry("i1", ElementType.INT8),
          Map.entry("i2", ElementType.INT16),
          Map.entry("i4", ElementType.INT32),
          Map.entry("i8", ElementType.INT64),
          Map.entry("u1", ElementType.UINT8),
          Map.entry("u2", ElementType.UINT16),
          Map.entry("u4", ElementType.UINT32),
          Map.entry("u8", ElementType.UINT64));

  /// What `descr` says of elements with their lowest byte first, if there is a word for them.
  static Optional<String> descr(ElementType type) {
    return TYPES.entrySet().stream()
        .filter(entry -> entry.getValue() == type)
        .map(entry -> (type.bits() == 8 ? "|" : "<") + entry.getKey())
        .findFirst();
  }

  /// Reads the dictionary.
  ///
  /// @param file for messages
  static NpyHeader parse(String file, String text) {
    Map<String, Object> entries = new Parser(file, text).dictionary();
    Object descr = entries.get("descr");
    Object fortran = entries.get("fortran_order");
    Object shape = entries.get("shape");
    if (!(descr instanceof String word)
        || !(fortran instanceof Boolean first)
        || !(shape instanceof Shape extents)
        || entries.size() != 3) {
      throw new OnnxException(
          "%s: header %s; need descr, a string; fortran_order, True or False; shape, a tuple"
              .formatted(file, text.strip()),
          "the file anew: numpy.save(file, array)");
    }
    ElementType type = word.length() < 2 ? null : TYPES.get(word.substring(1));
    if (type == null || "<>|=".indexOf(word.charAt(0)) < 0) {
      throw new OnnxException(
          "%s: elements are '%s'; need one of f2 f4 f8 b1 i1 i2 i4 i8 u1 u2 u4 u8"
              .formatted(file, word),
          "array.astype('float32') before it is saved");
    }
    return new NpyHeader(type, word.charAt(0) == '>' && type.bits() > 8, first, extents);
  }

  /// As much of Python's notation as headers have.
  private static final class Parser {
    private final String file;
    private final String text;
    private int at;

    private Parser(String file, String text) {
      this.file = file;
      this.text = text;
    }

    private Map<String, Object> dictionary() {
      Map<String, Object> entries = new HashMap<>();
      take('{');
      while (peek() != '}') {
        String key = string();
        take(':');
        if (entries.put(key, value()) != null) {
          throw damaged("'%s' once".formatted(key));
        }
        if (peek() != '}') {
          take(',');
        }
      }
      take('}');
      if (peek() != 0) {
        throw damaged("nothing after }");
      }
      return entries;
    }

    private Object value() {
      if (peek() == '(') {
        return tuple();
      }
      if (peek() == '\'' || peek() == '"') {
        return string();
      }
      for (String word : List.of("True", "False")) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return word.equals("True");
        }
      }
      throw damaged("a string, a tuple, True or False");
    }

    private Shape tuple() {
      List<Long> extents = new ArrayList<>();
      take('(');
      while (peek() != ')') {
        int start = at;
        while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
          at++;
        }
        if (start == at || at - start > 18) {
          throw damaged("a whole number of 18 digits at most");
        }
        extents.add(Long.parseLong(text.substring(start, at)));
        if (peek() != ')') {
          take(',');
        }
      }
      take(')');
      try {
        return Shape.of(extents);
      } catch (ShapeException e) {
        OnnxException failure = damaged("extents of an array that fits into memory");
        failure.initCause(e);
        throw failure;
      }
    }

    private String string() {
      char quote = peek();
      if (quote != '\'' && quote != '"') {
        throw damaged("a string in quotes");
      }
      int end = text.indexOf(quote, at + 1);
      if (end < 0) {
        throw damaged("a quote that ends the string");
      }
      String string = text.substring(at + 1, end);
      at = end + 1;
      return string;
    }

    /// The next sign that is no white space; 0 at the end.
    private char peek() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at < text.length() ? text.charAt(at) : 0;
    }

    private void take(char sign) {
      if (peek() != sign) {
        throw damaged("'" + sign + "'");
      }
      at++;
    }

    private OnnxException damaged(String needed) {
      return new OnnxException(
          "%s: header %s, place %d; need %s".formatted(file, text.strip(), at, needed),
          "the file anew: numpy.save(file, array)");
    }
  }
}
