package org.tombolo.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Reads the form that [GraphText] describes: recursive descent over one token at a time.
final class GraphParser {
  private static final Pattern BLANK = Pattern.compile("(?:\\s++|//[^\n]*+)*+");
  private static final Pattern TOKEN =
      Pattern.compile(
          "%\\d+"
              + "|-?[A-Za-z_][A-Za-z0-9_]*"
              + "|[-+]?[0-9.]+([eE][-+]?[0-9]+)?"
              + "|\"(?:[^\"\\\\\n]++|\\\\.)*+\""
              + "|[^\\s]");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)");

  private final String text;
  private final int[] lineEnds;
  private final Map<String, Node> nodes = new HashMap<>();

  /// Where the next token starts, and the token; empty at the end.
  private int at;

  private String token = "";

  GraphParser(String text) {
    this.text = text;
    this.lineEnds = IntStream.range(0, text.length()).filter(i -> text.charAt(i) == '\n').toArray();
    advance(0);
  }

  Graph graph() {
    expect("graph");
    GraphBuilder builder = new GraphBuilder(string("the graph's name in quotes"));
    expect("{");
    while (!token.equals("}")) {
      if (token.equals("output")) {
        output(builder);
      } else {
        node(builder);
      }
    }
    expect("}");
    if (!token.isEmpty()) {
      throw unexpected("the end of the text");
    }
    return builder.build();
  }

  private void output(GraphBuilder builder) {
    int start = at;
    expect("output");
    String name = string("the output's name in quotes");
    expect("=");
    Node node = operand();
    try {
      builder.output(name, node);
    } catch (ShapeException e) {
      throw mistake(start, "saw output \"%s\" again; need one of a name".formatted(name));
    }
  }

  private void node(GraphBuilder builder) {
    String number = token;
    if (!number.startsWith("%")) {
      throw unexpected("a node such as %0, an output, or }");
    }
    if (nodes.containsKey(number)) {
      throw unexpected("a number that is not taken");
    }
    int start = at;
    next();
    expect("=");
    int operationAt = at;
    String mnemonic = word("the name of an operation");
    Attributes attributes = new Attributes();
    Map<String, Integer> places = new HashMap<>();
    if (token.startsWith("\"")) {
      places.put(Attributes.LABEL, at);
      attributes.with(Attributes.LABEL, string("a name in quotes"));
    }
    List<Node> operands = token.equals("(") ? operands() : List.of();
    while (!token.equals(":")) {
      int place = at;
      String name = word("an attribute such as axes=[0], or a colon and the type");
      expect("=");
      if (attributes.has(name)) {
        throw mistake(place, "saw attribute %s again; need it once".formatted(name));
      }
      places.put(name, place);
      attributes.with(name, value());
    }
    expect(":");
    int typeAt = at;
    TensorType type = type();
    String scope = "";
    if (token.equals("in")) {
      next();
      scope = string("a scope in quotes");
    }
    Op op;
    try {
      op = OpText.read(mnemonic, attributes, type);
    } catch (Attributes.Malformed e) {
      int place = places.getOrDefault(e.attribute, operationAt);
      String what = e.attribute.equals(Attributes.LABEL) ? "name" : e.attribute;
      throw mistake(place, "%s is %s; need %s".formatted(what, e.seen, e.needed));
    } catch (ArithmeticException e) {
      throw mistake(operationAt, "saw a number beyond 2^31; need a smaller one");
    }
    for (String left : attributes.names()) {
      throw mistake(
          places.getOrDefault(left, operationAt),
          "saw %s; need only attributes of %s"
              .formatted(left.isEmpty() ? "a name" : "attribute " + left, mnemonic));
    }
    Node node = builder.add(op, operands, scope, "graph text:" + line(start));
    if (!node.type().equals(type)) {
      throw mistake(
          typeAt, "saw %s; need %s, which %s gives".formatted(type, node.type(), mnemonic));
    }
    nodes.put(number, node);
  }

  private List<Node> operands() {
    List<Node> operands = new ArrayList<>();
    expect("(");
    operands.add(operand());
    while (token.equals(",")) {
      next();
      operands.add(operand());
    }
    expect(")");
    return operands;
  }

  private Node operand() {
    Node node = nodes.get(token);
    if (node == null) {
      throw unexpected("an operand from a line above, such as %0");
    }
    next();
    return node;
  }

  /// A word, a number, a text in quotes, or a list of numbers, as the text without blanks.
  private String value() {
    if (token.startsWith("\"")) {
      return string("a text in quotes");
    }
    if (!token.equals("[")) {
      return atom("a value");
    }
    StringBuilder list = new StringBuilder("[");
    next();
    while (!token.equals("]")) {
      list.append(list.length() == 1 ? "" : ",").append(atom("a number, or ] after the last"));
      if (!token.equals("]")) {
        expect(",");
      }
    }
    next();
    return list.append(']').toString();
  }

  private TensorType type() {
    int start = at;
    String name = word("a type such as f32[2,3]");
    DType dtype;
    try {
      dtype = DType.named(name);
    } catch (IllegalArgumentException e) {
      throw mistake(start, "saw \"%s\"; need one of %s".formatted(name, List.of(DType.values())));
    }
    int extentsAt = at;
    try {
      String extents = value();
      return new TensorType(
          dtype,
          Shape.of(
              Attributes.elements("extents", extents).stream()
                  .map(extent -> Attributes.whole("extent", extent))
                  .toList()));
    } catch (Attributes.Malformed | ShapeException e) {
      throw mistake(extentsAt, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private String word(String needed) {
    if (token.isEmpty() || !Character.isLetter(token.charAt(0))) {
      throw unexpected(needed);
    }
    return atom(needed);
  }

  private String atom(String needed) {
    char first = token.isEmpty() ? ' ' : token.charAt(token.length() - 1);
    if (!Character.isLetterOrDigit(first) && first != '_' && first != '.') {
      throw unexpected(needed);
    }
    String seen = token;
    next();
    return seen;
  }

  private String string(String needed) {
    if (token.length() < 2 || !token.startsWith("\"")) {
      throw unexpected(needed);
    }
    String inner = token.substring(1, token.length() - 1);
    next();
    return ESCAPE
        .matcher(inner)
        .replaceAll(escape -> Matcher.quoteReplacement(meaning(escape.group(1))));
  }

  private static String meaning(String escape) {
    if (escape.length() == 5) {
      return Character.toString(Integer.parseInt(escape.substring(1), 16));
    }
    return escape.equals("n") ? "\n" : escape;
  }

  private void expect(String needed) {
    if (!token.equals(needed)) {
      throw unexpected(needed);
    }
    next();
  }

  private void next() {
    advance(at + token.length());
  }

  private void advance(int from) {
    Matcher blank = BLANK.matcher(text).region(from, text.length());
    at = blank.lookingAt() ? blank.end() : from;
    Matcher found = TOKEN.matcher(text).region(at, text.length());
    token = found.lookingAt() ? found.group() : "";
  }

  private IllegalArgumentException unexpected(String needed) {
    String seen = token.isEmpty() ? "the end" : token;
    return mistake(at, "saw %s; need %s".formatted(seen, needed));
  }

  private IllegalArgumentException mistake(int place, String problem) {
    int column = place - text.lastIndexOf('\n', place - 1);
    return new IllegalArgumentException(
        "graph text, line %d, column %d: %s\n  try: the form that GraphText.print gives"
            .formatted(line(place), column, problem));
  }

  private int line(int place) {
    int found = Arrays.binarySearch(lineEnds, place);
    return (found < 0 ? -found - 1 : found) + 1;
  }
}
