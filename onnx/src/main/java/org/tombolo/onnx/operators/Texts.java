package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Text, and sequences of words as numbers.
final class Texts {
  private Texts() {}

  static void define(Registry to) {
    to.add("StringConcat", Texts::concat, 20).whileLowering();
    to.add("StringSplit", Texts::split, 20).whileLowering();
    to.add("StringNormalizer", Texts::normalize, 10).whileLowering();
    to.add("RegexFullMatch", Texts::matches, 20).whileLowering();
    to.add("TfIdfVectorizer", Texts::vectorize, 9).onHost();
  }

  private static Value.Texts texts(Call c, int input) {
    if (c.value(input) instanceof Value.Texts texts) {
      return texts;
    }
    throw c.mistake("input %d holds no strings".formatted(input), "a tensor of strings");
  }

  private static List<Value> concat(Call c) {
    Value.Texts a = texts(c, 0);
    Value.Texts b = texts(c, 1);
    Shape shape = Nodes.common(List.of(a.shape(), b.shape()));
    List<String> out = new ArrayList<>();
    for (long i = 0; i < shape.size(); i++) {
      out.add(
          a.elements().get((int) Strings.place(shape, i, a.shape()))
              + b.elements().get((int) Strings.place(shape, i, b.shape())));
    }
    return List.of(new Value.Texts(shape, out));
  }

  /// Equal elements, as truth values.
  static Value.Dense equal(Value.Texts a, Value.Texts b) {
    Shape shape = Nodes.common(List.of(a.shape(), b.shape()));
    return Value.Dense.of(
        ElementType.BOOL,
        Tensor.wholes(
            new TensorType(DType.BOOL, shape),
            i ->
                a.elements()
                        .get((int) Strings.place(shape, i, a.shape()))
                        .equals(b.elements().get((int) Strings.place(shape, i, b.shape())))
                    ? 1
                    : 0));
  }

  private static List<Value> split(Call c) {
    Value.Texts x = texts(c, 0);
    String delimiter = c.text("delimiter", "");
    long most = c.integer("maxsplit", -1);
    List<List<String>> rows = new ArrayList<>();
    int width = 0;
    for (String text : x.elements()) {
      List<String> parts = parts(text, delimiter, most);
      rows.add(parts);
      width = Math.max(width, parts.size());
    }
    List<String> out = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < width; i++) {
        out.add(i < row.size() ? row.get(i) : "");
      }
    }
    List<Long> dims = new ArrayList<>(x.shape().toList());
    dims.add((long) width);
    TensorType counts = new TensorType(DType.I64, x.shape());
    return List.of(
        new Value.Texts(Shape.of(dims), out),
        Value.Dense.of(ElementType.INT64, Tensor.wholes(counts, i -> rows.get((int) i).size())));
  }

  /// Without a delimiter, parts are what stands between spaces.
  private static List<String> parts(String text, String delimiter, long most) {
    boolean spaces = delimiter.isEmpty();
    String rest = spaces ? text.strip() : text;
    List<String> out = new ArrayList<>();
    if (rest.isEmpty()) {
      return spaces ? out : List.of("");
    }
    while (most < 0 || out.size() < most) {
      int end = spaces ? space(rest) : rest.indexOf(delimiter);
      if (end < 0) {
        break;
      }
      out.add(rest.substring(0, end));
      rest = spaces ? rest.substring(end).strip() : rest.substring(end + delimiter.length());
    }
    out.add(rest);
    return out;
  }

  private static int space(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isWhitespace(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  private static List<Value> normalize(Call c) {
    Value.Texts x = texts(c, 0);
    boolean exact = c.integer("is_case_sensitive", 0) != 0;
    String change = c.text("case_change_action", "NONE");
    Set<String> stops = new HashSet<>();
    c.texts("stopwords").forEach(word -> stops.add(exact ? word : lower(word)));
    List<String> out = new ArrayList<>();
    for (String word : x.elements()) {
      if (!stops.contains(exact ? word : lower(word))) {
        out.add(
            switch (change) {
              case "LOWER" -> lower(word);
              case "UPPER" -> word.toUpperCase(Locale.ROOT);
              default -> word;
            });
      }
    }
    if (out.isEmpty()) {
      out.add("");
    }
    Shape shape = x.shape().rank() == 2 ? Shape.of(1, out.size()) : Shape.of(out.size());
    return List.of(new Value.Texts(shape, out));
  }

  private static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  private static List<Value.Dense> matches(Call c) {
    Value.Texts x = texts(c, 0);
    try {
      Pattern pattern = Pattern.compile(c.text("pattern", ""));
      return c.known(
          ElementType.BOOL,
          Tensor.wholes(
              new TensorType(DType.BOOL, x.shape()),
              i -> pattern.matcher(x.elements().get((int) i)).matches() ? 1 : 0));
    } catch (PatternSyntaxException e) {
      throw c.mistake("the pattern cannot be read: " + e.getDescription(), "another pattern");
    }
  }

  /// How sequences of words are counted.
  private record Counting(
      Map<List<Object>, Integer> columns, int width, int shortest, int longest, int skips) {}

  private static List<Value.Dense> vectorize(Call c) {
    long[] starts = c.wholes("ngram_counts", new long[0]);
    long[] places = c.wholes("ngram_indexes", new long[0]);
    long[] numbers = c.wholes("pool_int64s", new long[0]);
    List<Object> pool = new ArrayList<>(c.texts("pool_strings"));
    for (long number : numbers) {
      pool.add(number);
    }
    Map<List<Object>, Integer> columns = new HashMap<>();
    int next = 0;
    for (int length = 1; length <= starts.length; length++) {
      long end = length < starts.length ? starts[length] : pool.size();
      for (long at = starts[length - 1]; at + length <= end; at += length) {
        columns.put(List.copyOf(pool.subList((int) at, (int) at + length)), next++);
      }
    }
    int width = 0;
    for (long place : places) {
      width = Math.max(width, (int) place + 1);
    }
    Counting counting =
        new Counting(
            columns,
            width,
            (int) c.integer("min_gram_length", 1),
            (int) c.integer("max_gram_length", 1),
            (int) c.integer("max_skip_count", 0));
    float[] weights = c.reals("weights");
    String mode = c.text("mode", "TF");
    if (c.value(0) instanceof Value.Texts texts) {
      return c.known(
          ElementType.FLOAT,
          counted(texts.shape(), List.copyOf(texts.elements()), counting, places, weights, mode));
    }
    return c.onHost(
        List.of(c.in(0)),
        List.of(ElementType.FLOAT),
        in -> {
          List<Object> words = new ArrayList<>();
          for (long i = 0; i < in.get(0).type().size(); i++) {
            words.add(in.get(0).longAt(i));
          }
          return List.of(counted(in.get(0).shape(), words, counting, places, weights, mode));
        });
  }

  private static Tensor counted(
      Shape shape,
      List<Object> words,
      Counting counting,
      long[] places,
      float @Nullable [] weights,
      String mode) {
    int width = counting.width;
    int rows = shape.rank() < 2 ? 1 : (int) shape.dim(0);
    int length = rows == 0 ? 0 : words.size() / rows;
    double[] counts = new double[rows * width];
    for (int row = 0; row < rows; row++) {
      count(words.subList(row * length, (row + 1) * length), counting, places, counts, row * width);
    }
    double[] factors = new double[width];
    for (int i = 0; weights != null && i < places.length && i < weights.length; i++) {
      factors[(int) places[i]] = weights[i];
    }
    for (int i = 0; i < counts.length; i++) {
      double factor = weights == null ? 1 : factors[i % width];
      counts[i] =
          switch (mode) {
            case "IDF" -> counts[i] > 0 ? factor : 0;
            case "TFIDF" -> counts[i] * factor;
            default -> counts[i];
          };
    }
    Shape out = shape.rank() < 2 ? Shape.of(width) : Shape.of(rows, width);
    return Tensor.filled(new TensorType(DType.F32, out), i -> counts[(int) i]);
  }

  /// Single words have no gaps, so they are counted once.
  private static void count(
      List<Object> words, Counting counting, long[] places, double[] to, int at) {
    for (int length = counting.shortest; length <= counting.longest; length++) {
      for (int gap = 1; gap <= (length == 1 ? 1 : counting.skips + 1); gap++) {
        for (int start = 0; start + (length - 1) * gap < words.size(); start++) {
          List<Object> gram = new ArrayList<>();
          for (int i = 0; i < length; i++) {
            gram.add(words.get(start + i * gap));
          }
          Integer column = counting.columns.get(gram);
          if (column != null) {
            to[at + (int) places[column]]++;
          }
        }
      }
    }
  }
}
