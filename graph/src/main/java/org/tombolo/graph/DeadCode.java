package org.tombolo.graph;

/// Leaves out what neither an output nor an assign depends on. Inputs and variables stay, used or
/// not: they are part of what a graph promises to its caller.
public final class DeadCode implements Rewrite {
  @Override
  public Graph apply(Graph graph) {
    return Rebuild.of(graph, (original, operands, to) -> null);
  }
}
