package org.tombolo.scheduler.regions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/// An order of blocks in which each comes after those that it reads of, kept up to date as blocks
/// take the place of others: only what lies between these is looked at (Pearce, Kelly, *A dynamic
/// topological sort algorithm for directed acyclic graphs*, ACM JEA 11, 2006).
final class BlockOrder {
  private final Function<Block, Collection<Block>> readers;
  private final Map<Block, Double> ranks = new HashMap<>();
  private final NavigableMap<Double, Block> order = new TreeMap<>();

  /// @param blocks in any order
  /// @param readers of what a block stores
  BlockOrder(Collection<Block> blocks, Function<Block, Collection<Block>> readers) {
    this.readers = readers;
    for (Block block : sorted(List.copyOf(blocks))) {
      place(block, order.size());
    }
  }

  private void place(Block block, double rank) {
    ranks.put(block, rank);
    order.put(rank, block);
  }

  private double rank(Block block) {
    return Objects.requireNonNull(ranks.get(block));
  }

  /// Lets blocks take the places of others, which are gone.
  ///
  /// @param fresh blocks with what they are in the place of; what they read was there before
  void replace(List<Block> old, Map<Block, Block> fresh) {
    Map<Block, Double> places = new HashMap<>();
    old.forEach(block -> places.put(block, Objects.requireNonNull(ranks.remove(block))));
    places.values().forEach(order::remove);
    fresh.forEach((block, like) -> place(block, Objects.requireNonNull(places.get(like))));
  }

  /// Lets blocks take the place of others; false, and nothing has happened, if some would wait for
  /// each other in a circle. Readers are as they are with the new ones.
  boolean rearrange(List<Block> old, List<Block> fresh) {
    double first = old.stream().mapToDouble(this::rank).min().orElseThrow();
    double last = old.stream().mapToDouble(this::rank).max().orElseThrow();
    List<Block> window = new ArrayList<>(order.subMap(first, true, last, true).values());
    window.removeAll(Set.copyOf(old));
    window.addAll(fresh);
    List<Block> sorted = sorted(window);
    if (sorted.size() < window.size()) {
      return false;
    }
    Double next = order.higherKey(last);
    double end = next == null ? last + 1 : next;
    List<Double> places = new ArrayList<>(order.subMap(first, true, last, true).keySet());
    while (places.size() < sorted.size()) {
      places.add((places.getLast() + end) / 2);
    }
    order.subMap(first, true, last, true).clear();
    for (int i = 0; i < sorted.size(); i++) {
      place(sorted.get(i), places.get(i));
    }
    return true;
  }

  /// Some blocks so that each comes after those of them that it reads of; fewer if they wait for
  /// each other.
  private List<Block> sorted(List<Block> some) {
    Set<Block> all = new HashSet<>(some);
    Map<Block, Integer> waiting = new HashMap<>();
    for (Block block : some) {
      for (Block reader : readers.apply(block)) {
        if (all.contains(reader)) {
          waiting.merge(reader, 1, Integer::sum);
        }
      }
    }
    List<Block> sorted = new ArrayList<>();
    some.stream().filter(block -> !waiting.containsKey(block)).forEach(sorted::add);
    for (int i = 0; i < sorted.size(); i++) {
      for (Block reader : readers.apply(sorted.get(i))) {
        if (all.contains(reader) && waiting.merge(reader, -1, Integer::sum) == 0) {
          sorted.add(reader);
        }
      }
    }
    return sorted;
  }
}
