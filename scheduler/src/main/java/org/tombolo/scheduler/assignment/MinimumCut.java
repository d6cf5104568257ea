package org.tombolo.scheduler.assignment;

import java.util.Arrays;

/// The cheapest set of edges that separates two nodes of a network: maximum flow by blocking flows
/// (Dinic, *Algorithm for solution of a problem of maximum flow in a network with power
/// estimation*, Soviet Mathematics Doklady 11, 1970). Whole numbers, so the result is exact.
final class MinimumCut extends FlowNetwork {
  /// The two ends that are separated.
  static final int SOURCE = 0;

  static final int SINK = 1;

  private int[] levels = new int[0];
  private int[] current = new int[0];
  private int[] path = new int[0];

  MinimumCut() {
    addNode(); // the source
    addNode(); // the sink
  }

  /// Computes the cut. Afterwards [#isWithSource] tells the sides.
  ///
  /// @return its cost
  long solve() {
    levels = new int[nodes];
    current = new int[nodes];
    path = new int[nodes];
    long flow = 0;
    while (findLevels()) {
      System.arraycopy(firsts, 0, current, 0, nodes);
      for (long more = augment(); more > 0; more = augment()) {
        flow = Math.addExact(flow, more);
      }
    }
    return flow;
  }

  /// Whether a node is on the side of the source.
  boolean isWithSource(int node) {
    return levels[node] >= 0;
  }

  /// Distances from the source along edges that can carry more; -1 where there is no way.
  private boolean findLevels() {
    Arrays.fill(levels, -1);
    levels[SOURCE] = 0;
    int[] queue = path;
    int read = 0;
    int written = 0;
    queue[written++] = SOURCE;
    while (read < written) {
      int node = queue[read++];
      for (int edge = firsts[node]; edge >= 0; edge = nexts[edge]) {
        if (capacities[edge] > 0 && levels[heads[edge]] < 0) {
          levels[heads[edge]] = levels[node] + 1;
          queue[written++] = heads[edge];
        }
      }
    }
    return levels[SINK] >= 0;
  }

  /// Sends as much as one shortest way carries; 0 if there is none left. Edges that lead nowhere
  /// are not looked at again.
  private long augment() {
    int depth = 0;
    int node = SOURCE;
    while (node != SINK) {
      int edge = current[node];
      while (edge >= 0 && (capacities[edge] == 0 || levels[heads[edge]] != levels[node] + 1)) {
        edge = nexts[edge];
      }
      current[node] = edge;
      if (edge >= 0) {
        path[depth++] = edge;
        node = heads[edge];
      } else if (node == SOURCE) {
        return 0;
      } else {
        int back = path[--depth];
        node = heads[back ^ 1];
        current[node] = nexts[back];
      }
    }
    long most = Long.MAX_VALUE;
    for (int i = 0; i < depth; i++) {
      most = Math.min(most, capacities[path[i]]);
    }
    for (int i = 0; i < depth; i++) {
      capacities[path[i]] -= most;
      capacities[path[i] ^ 1] += most;
    }
    return most;
  }
}
