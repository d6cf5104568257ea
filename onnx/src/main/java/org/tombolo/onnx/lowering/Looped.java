package org.tombolo.onnx.lowering;

import java.util.List;
import org.tombolo.graph.Node;

/// What a loop of the graph gives.
///
/// @param trips how many there were, `i64[]`
/// @param last last values of what is carried, the condition left out
/// @param rows values of all trips of what is collected, zero from the last trip on
public record Looped(Node trips, List<Node> last, List<Node> rows) {
  /// Copies the lists.
  public Looped {
    last = List.copyOf(last);
    rows = List.copyOf(rows);
  }
}
