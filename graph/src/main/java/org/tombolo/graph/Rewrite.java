package org.tombolo.graph;

/// A graph from a graph that computes the same.
///
/// Inputs, variables, assigns and outputs keep their names, types and order; all nodes keep the
/// scope and source line of what they stand for.
@FunctionalInterface
public interface Rewrite {
  /// The rewritten graph; the given one, the same object, if there is nothing to do.
  Graph apply(Graph graph);
}
