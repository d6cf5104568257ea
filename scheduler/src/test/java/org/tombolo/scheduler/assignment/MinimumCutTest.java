package org.tombolo.scheduler.assignment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.jgrapht.alg.flow.PushRelabelMFImpl;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleDirectedWeightedGraph;
import org.junit.jupiter.api.Test;

class MinimumCutTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  @Test
  void agreesWithAnotherAlgorithmOnRandomNetworks() {
    for (int round = 0; round < 500; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      int nodes = random.nextInt(2, 60);
      var other =
          new SimpleDirectedWeightedGraph<Integer, DefaultWeightedEdge>(DefaultWeightedEdge.class);
      MinimumCut cut = new MinimumCut();
      for (int i = 0; i < nodes; i++) {
        other.addVertex(i);
        if (i > 1) {
          assertEquals(i, cut.addNode());
        }
      }
      long[][] edges = new long[nodes][nodes];
      for (int i = random.nextInt(6 * nodes); i > 0; i--) {
        int from = random.nextInt(nodes);
        int to = random.nextInt(nodes);
        if (from != to && edges[from][to] == 0) {
          edges[from][to] = random.nextInt(5) == 0 ? 1L << 40 : random.nextInt(1, 1000);
          cut.addEdge(from, to, edges[from][to]);
          other.setEdgeWeight(other.addEdge(from, to), edges[from][to]);
        }
      }
      String where = "round " + round + ", seed " + SEED;
      long cost = cut.solve();
      assertEquals((long) new PushRelabelMFImpl<>(other).calculateMinCut(0, 1), cost, where);
      assertTrue(cut.isWithSource(MinimumCut.SOURCE), where);
      assertFalse(cut.isWithSource(MinimumCut.SINK), where);
      long across = 0;
      for (int from = 0; from < nodes; from++) {
        for (int to = 0; to < nodes; to++) {
          across += cut.isWithSource(from) && !cut.isWithSource(to) ? edges[from][to] : 0;
        }
      }
      assertEquals(cost, across, where);
    }
  }

  @Test
  void longWaysNeedNoDeepStack() {
    MinimumCut cut = new MinimumCut();
    int last = MinimumCut.SOURCE;
    for (int i = 0; i < 200_000; i++) {
      int next = cut.addNode();
      cut.addEdge(last, next, i == 77 ? 3 : 5);
      last = next;
    }
    cut.addEdge(last, MinimumCut.SINK, 4);
    assertEquals(3, cut.solve());
  }
}
