package org.tombolo.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// A computation: immutable, in topological order, with named inputs, variables and outputs.
///
/// A run maps the inputs and the present values of the variables to the outputs and the next values
/// of the variables that are assigned. All reads see the values from before the run, so the order
/// of effects never matters.
///
/// Graphs are equal if they have equal operations with the same operands in the same order, and the
/// same outputs; names of graphs, scopes and source lines do not count.
public final class Graph {
  private final String name;
  private final List<Node> nodes;
  private final SequencedMap<String, Node> outputs;
  private final List<Node> inputs;
  private final List<Node> variables;
  private final List<Node> assigns;
  private final Map<Node, Integer> positions = new HashMap<>();

  Graph(String name, List<Node> nodes, SequencedMap<String, Node> outputs) {
    this.name = name;
    this.nodes = List.copyOf(nodes);
    this.outputs = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(outputs));
    List<Node> in = new ArrayList<>();
    List<Node> state = new ArrayList<>();
    List<Node> effects = new ArrayList<>();
    for (Node node : this.nodes) {
      positions.put(node, positions.size());
      if (node.op() instanceof Op.Input) {
        in.add(node);
      } else if (node.op() instanceof Op.Variable) {
        state.add(node);
      } else if (node.op() instanceof Op.Assign) {
        effects.add(node);
      }
    }
    this.inputs = List.copyOf(in);
    this.variables = List.copyOf(state);
    this.assigns = List.copyOf(effects);
  }

  /// A label for messages.
  public String name() {
    return name;
  }

  /// Every node, operands before users.
  public List<Node> nodes() {
    return nodes;
  }

  /// The [Op.Input] nodes, in order of creation.
  public List<Node> inputs() {
    return inputs;
  }

  /// The [Op.Variable] nodes, in order of creation.
  public List<Node> variables() {
    return variables;
  }

  /// The [Op.Assign] nodes, in order of creation.
  public List<Node> assigns() {
    return assigns;
  }

  /// Results by name, in order of declaration.
  public SequencedMap<String, Node> outputs() {
    return outputs;
  }

  /// Index of a node in [#nodes].
  ///
  /// @throws IllegalArgumentException if the node is not part of this graph
  public int position(Node node) {
    Integer position = positions.get(node);
    if (position == null) {
      throw new IllegalArgumentException("node " + node + " is not part of graph " + name);
    }
    return position;
  }

  /// Whether the node is part of this graph.
  public boolean contains(Node node) {
    return positions.containsKey(node);
  }

  /// Whether the graph is a function of its inputs alone: no variables, no assigns.
  public boolean isPure() {
    return variables.isEmpty() && assigns.isEmpty();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Graph that
            && structure().equals(that.structure())
            && outputPositions().equals(that.outputPositions()));
  }

  @Override
  public int hashCode() {
    return Objects.hash(structure(), outputPositions());
  }

  private record Place(Op op, List<Integer> operands) {}

  private List<Place> structure() {
    return nodes.stream()
        .map(node -> new Place(node.op(), node.inputs().stream().map(positions::get).toList()))
        .toList();
  }

  private List<Map.Entry<String, Integer>> outputPositions() {
    return outputs.entrySet().stream()
        .map(output -> Map.entry(output.getKey(), position(output.getValue())))
        .toList();
  }

  /// The text form, as [GraphText] describes it.
  @Override
  public String toString() {
    return GraphText.print(this);
  }
}
