package org.tombolo.scheduler.assignment;

import java.util.Arrays;

/// Nodes and edges that flow is sent along.
abstract sealed class FlowNetwork permits MinimumCut, PricedCut {
  int nodes;
  private int edges;

  /// Of each edge the node that it leads to, what it can still carry, and the next edge of the same
  /// node, or -1. Edge `e ^ 1` is the way back.
  int[] heads = new int[64];

  long[] capacities = new long[64];
  int[] nexts = new int[64];

  /// Of each node its first edge, or -1.
  int[] firsts = new int[32];

  /// One more node.
  int addNode() {
    if (nodes == firsts.length) {
      firsts = Arrays.copyOf(firsts, 2 * nodes);
    }
    firsts[nodes] = -1;
    return nodes++;
  }

  /// An edge.
  ///
  /// @param capacity cost of cutting it, 0 or more; the sum of all must stay below 2^63
  void addEdge(int from, int to, long capacity) {
    half(from, to, capacity);
    half(to, from, 0);
  }

  private void half(int from, int to, long capacity) {
    if (edges == heads.length) {
      heads = Arrays.copyOf(heads, 2 * edges);
      capacities = Arrays.copyOf(capacities, 2 * edges);
      nexts = Arrays.copyOf(nexts, 2 * edges);
    }
    heads[edges] = to;
    capacities[edges] = capacity;
    nexts[edges] = firsts[from];
    firsts[from] = edges++;
  }
}
