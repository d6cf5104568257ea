package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Divides operations between two sides at the least cost, exactly, as a minimum cut (Stone,
/// *Multiprocessor scheduling with the aid of network flow algorithms*, IEEE TSE SE-3(1), 1977).
///
/// Costs are whole numbers of any unit, so that sums are exact. A price that several operations
/// share is paid once: an auxiliary node between them and the one that it depends on carries it.
final class TwoWayCut {
  /// Largest sum of prices; with as many edges that nothing can cut, sums stay below 2^63.
  private static final long MOST = 1L << 53;

  private static final int FIRST = MinimumCut.SOURCE;
  private static final int SECOND = MinimumCut.SINK;

  /// An edge that nothing can cut.
  private record Bond(int from, int to) {}

  private final MinimumCut network = new MinimumCut();
  private final List<Bond> bonds = new ArrayList<>();
  private final int operations;
  private long total = 1;

  /// @param operations how many are to be divided, numbered from 0
  TwoWayCut(int operations) {
    this.operations = operations;
    for (int i = 0; i < operations; i++) {
      network.addNode();
    }
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

  /// A price that is paid if one operation is on the first side and any of some others on the
  /// second.
  void staysWithoutAny(int operation, Set<Integer> others, long cost) {
    toSecond(node(operation), others, cost);
  }

  /// A price that is paid if one operation is on the second side and any of some others on the
  /// first.
  void goesWithoutAny(int operation, Set<Integer> others, long cost) {
    toFirst(node(operation), others, cost);
  }

  /// A price that is paid if any of some operations is on the first side.
  void anyOnFirst(Set<Integer> operations, long cost) {
    toFirst(SECOND, operations, cost);
  }

  /// A price that is paid if any of some operations is on the second side.
  void anyOnSecond(Set<Integer> operations, long cost) {
    toSecond(FIRST, operations, cost);
  }

  private void toSecond(int from, Set<Integer> others, long cost) {
    if (cost > 0 && !others.isEmpty()) {
      int any = network.addNode();
      edge(from, any, cost);
      others.forEach(other -> infinite(any, node(other)));
    }
  }

  private void toFirst(int to, Set<Integer> others, long cost) {
    if (cost > 0 && !others.isEmpty()) {
      int any = network.addNode();
      edge(any, to, cost);
      others.forEach(other -> infinite(node(other), any));
    }
  }

  private static int node(int operation) {
    return operation + 2;
  }

  private void edge(int from, int to, long cost) {
    if (cost > 0) {
      total = Math.addExact(total, cost);
      network.addEdge(from, to, cost);
    }
  }

  private void infinite(int from, int to) {
    bonds.add(new Bond(from, to));
  }

  /// A division of least cost.
  ///
  /// @param cost what it costs, which no other division undercuts
  /// @param onSecond the operations on the second side
  record Division(long cost, Set<Integer> onSecond) {}

  /// Solves the problem; empty if the pins contradict each other.
  ///
  /// @throws IllegalStateException if costs are too large to add up exactly
  Optional<Division> solve() {
    if (total >= MOST) {
      throw new IllegalStateException(
          "placement: costs add up to %d; need less than 2^53".formatted(total));
    }
    // Anything above the sum of all prices is as good as infinite.
    bonds.forEach(bond -> network.addEdge(bond.from(), bond.to(), total));
    long cost = network.solve();
    if (cost >= total) {
      return Optional.empty();
    }
    Set<Integer> onSecond = new TreeSet<>();
    for (int i = 0; i < operations; i++) {
      if (!network.isWithSource(node(i))) {
        onSecond.add(i);
      }
    }
    return Optional.of(new Division(cost, onSecond));
  }
}
