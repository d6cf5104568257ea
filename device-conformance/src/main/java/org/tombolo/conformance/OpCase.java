package org.tombolo.conformance;

import java.util.List;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Tensor;

/// One piece of work with inputs and a bound on the error.
///
/// @param name unique among the cases, such as `unary/exp/f32`; its first part names the group
/// @param graph a region's body
/// @param inputs what is fed, by position
/// @param tolerance how far each output may be off
public record OpCase(String name, Graph graph, List<Tensor> inputs, Tolerance tolerance) {
  /// Copies the list and checks that it fits the graph.
  public OpCase {
    inputs = List.copyOf(inputs);
    if (inputs.size() != graph.inputs().size()) {
      throw new IllegalArgumentException(
          "case %s: %d inputs for a graph with %d"
              .formatted(name, inputs.size(), graph.inputs().size()));
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (!inputs.get(i).type().equals(graph.inputs().get(i).type())) {
        throw new IllegalArgumentException(
            "case %s: input %d is %s, the graph wants %s"
                .formatted(name, i, inputs.get(i).type(), graph.inputs().get(i).type()));
      }
    }
  }

  /// The name.
  @Override
  public String toString() {
    return name;
  }
}
