package org.tombolo.scheduler;

import java.util.Set;
import java.util.TreeSet;
import org.jgrapht.alg.flow.PushRelabelMFImpl;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleDirectedWeightedGraph;

/// Divides operations between two sides at the least cost, exactly, as a minimum cut (Stone,
/// *Multiprocessor scheduling with the aid of network flow algorithms*, IEEE TSE SE-3(1), 1977).
///
/// Costs are whole numbers of any unit, so that sums are exact. A tensor that several operations
/// need on the other side is charged once: an auxiliary node between the producer and its consumers
/// carries the price.
final class TwoWayCut {
  /// Largest total that a `double` still adds up exactly.
  private static final double EXACT = 0x1p53;

  private static final int FIRST = 0;
  private static final int SECOND = 1;

  private final SimpleDirectedWeightedGraph<Integer, DefaultWeightedEdge> network =
      new SimpleDirectedWeightedGraph<>(DefaultWeightedEdge.class);
  private final int operations;
  private int nodes = 2;
  private double total = 1;

  /// @param operations how many are to be divided, numbered from 0
  TwoWayCut(int operations) {
    this.operations = operations;
    for (int i = 0; i < operations + 2; i++) {
      network.addVertex(i);
    }
    nodes = operations + 2;
  }

  /// Price of an operation on each side.
  void price(int operation, long onFirst, long onSecond) {
    edge(node(operation), SECOND, onFirst);
    edge(FIRST, node(operation), onSecond);
  }

  /// Holds an operation to one side.
  void pin(int operation, boolean second) {
    if (second) {
      infinite(node(operation), SECOND);
    } else {
      infinite(FIRST, node(operation));
    }
  }

  /// Holds two operations to the same side.
  void together(int a, int b) {
    infinite(node(a), node(b));
    infinite(node(b), node(a));
  }

  /// A tensor made by one operation and used by others: charged once if a user is on the second
  /// side and the maker on the first, or the other way round.
  void tensor(int maker, Set<Integer> users, long toSecond, long toFirst) {
    int up = auxiliary();
    int down = auxiliary();
    edge(node(maker), up, toSecond);
    edge(down, node(maker), toFirst);
    for (int user : users) {
      infinite(up, node(user));
      infinite(node(user), down);
    }
  }

  /// A tensor that comes from outside: charged once for each side that has a user.
  void fed(Set<Integer> users, long toFirst, long toSecond) {
    int up = auxiliary();
    int down = auxiliary();
    edge(FIRST, up, toSecond);
    edge(down, SECOND, toFirst);
    for (int user : users) {
      infinite(up, node(user));
      infinite(node(user), down);
    }
  }

  private static int node(int operation) {
    return operation + 2;
  }

  private int auxiliary() {
    network.addVertex(nodes);
    return nodes++;
  }

  private void edge(int from, int to, long cost) {
    if (cost > 0) {
      total += cost;
      add(from, to, cost);
    }
  }

  private void infinite(int from, int to) {
    add(from, to, Double.POSITIVE_INFINITY);
  }

  private void add(int from, int to, double cost) {
    DefaultWeightedEdge known = network.getEdge(from, to);
    if (known == null) {
      known = network.addEdge(from, to);
      network.setEdgeWeight(known, cost);
    } else {
      network.setEdgeWeight(known, network.getEdgeWeight(known) + cost);
    }
  }

  /// A division of least cost.
  ///
  /// @param cost what it costs, which no other division undercuts
  /// @param onSecond the operations on the second side
  record Division(long cost, Set<Integer> onSecond) {}

  /// Solves the problem.
  ///
  /// @throws IllegalStateException if the pins contradict each other, or costs are too large to add
  ///   up exactly
  Division solve() {
    if (total >= EXACT) {
      throw new IllegalStateException(
          "placement: costs add up to %s; need less than 2^53".formatted(total));
    }
    // Anything above the sum of all prices is as good as infinite, and keeps sums exact.
    for (DefaultWeightedEdge edge : network.edgeSet()) {
      if (Double.isInfinite(network.getEdgeWeight(edge))) {
        network.setEdgeWeight(edge, total);
      }
    }
    var solver = new PushRelabelMFImpl<>(network);
    double cost = solver.calculateMinCut(FIRST, SECOND);
    if (cost >= total) {
      throw new IllegalStateException("placement: no division satisfies every pin");
    }
    Set<Integer> first = solver.getSourcePartition();
    Set<Integer> onSecond = new TreeSet<>();
    for (int i = 0; i < operations; i++) {
      if (!first.contains(node(i))) {
        onSecond.add(i);
      }
    }
    return new Division((long) cost, onSecond);
  }
}
