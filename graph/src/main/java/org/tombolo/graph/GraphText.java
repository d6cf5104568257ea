package org.tombolo.graph;

import java.util.Set;
import java.util.stream.Collectors;

/// Graphs as text that people read and that [#parse] reads back.
///
/// ```text
/// graph "mlp" {
///   %0 = input "x" : f32[32,64]
///   %1 = variable "dense/kernel" : f32[64,10]
///   %2 = dot(%0, %1) lhs_contract=[1] rhs_contract=[0] : f32[32,10] in "dense"
///   output "y" = %2
/// }
/// ```
///
/// A line holds a node: its number, the operation, for some a name in quotes, the operands, the
/// attributes, after the colon the type of the result, and after `in` its scope. Attributes with
/// usual values are left out. `//` starts a comment. Constants are kept to the bit. Lines of user
/// source are not kept: the nodes of a parsed graph come from `graph text:LINE`. Parsing drops
/// nodes that nothing depends on.
public final class GraphText {
  /// Attributes that are text.
  private static final Set<String> QUOTED =
      Set.of("bytes", "body", "gradient", "then", "otherwise", "condition");

  private GraphText() {}

  /// The text of a graph. Graphs of the same structure have the same text.
  public static String print(Graph graph) {
    StringBuilder out = new StringBuilder("graph ").append(quoted(graph.name())).append(" {\n");
    for (Node node : graph.nodes()) {
      out.append("  ").append(line(graph, node)).append('\n');
    }
    graph
        .outputs()
        .forEach((name, node) ->
            out.append("  output ")
                .append(quoted(name))
                .append(" = %")
                .append(graph.position(node))
                .append('\n'));
    return out.append("}\n").toString();
  }

  private static String line(Graph graph, Node node) {
    Attributes attributes = OpText.attributes(node.op());
    StringBuilder out = new StringBuilder();
    out.append('%').append(graph.position(node)).append(" = ").append(node.op().mnemonic());
    String label = attributes.raw(Attributes.LABEL);
    if (label != null) {
      out.append(' ').append(quoted(label));
    }
    if (!node.inputs().isEmpty()) {
      out.append(
          node.inputs().stream()
              .map(operand -> "%" + graph.position(operand))
              .collect(Collectors.joining(", ", "(", ")")));
    }
    for (String name : attributes.names()) {
      if (!name.equals(Attributes.LABEL)) {
        String value = String.valueOf(attributes.raw(name));
        out.append(' ').append(name).append('=');
        out.append(QUOTED.contains(name) ? quoted(value) : value);
      }
    }
    out.append(" : ").append(node.type());
    return node.scope().isEmpty() ? out.toString() : out + " in " + quoted(node.scope());
  }

  /// The graph that a text describes.
  ///
  /// @throws IllegalArgumentException that names line, column, what was seen and what is needed, if
  ///   the text is malformed; or a [ShapeException] that names the line, if operands do not fit
  public static Graph parse(String text) {
    return new GraphParser(text).graph();
  }

  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        default -> {
          if (c < ' ' || c == 0x7f) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }
}
