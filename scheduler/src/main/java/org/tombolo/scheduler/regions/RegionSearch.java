package org.tombolo.scheduler.regions;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import org.tombolo.device.RegionLimits;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;

/// Betters regions by price: what they read and write against what they compute again, and against
/// the memory that values are kept in ([RegionPrices]).
///
/// Each value is either stored by one region, or made anew by every region that wants it. Four
/// steps change that, each of them taken if the price of all it touches falls:
///
/// * a value is stored no more, and those who read it make it themselves;
/// * a value is stored from which several others follow, and those no more;
/// * two regions become one;
/// * a region gives one of its values to another one, or to one of its own.
///
/// Only operations whose bits depend on nothing but their operands are computed in several regions
/// ([Block#isSteady]): all that read a value read the same one. Small graphs come to the least
/// price of all groupings, or near it; the tests try them all.
final class RegionSearch {
  /// Operations that are looked at in all steps that are tried, for each operation of the graph.
  private static final int MOST_WORK = 60;

  /// Loops before and after one that it is tried with though they have nothing in common.
  private static final int NEAR = 4;

  /// Share of the price that a step has to save.
  private static final double WORTH = 1e-6;

  private final Graph graph;
  private final Map<Node, Integer> devices;
  private final MemoryReads memoryReads;
  private final RegionPrices prices;
  private final List<RegionLimits> limits;
  private final Map<Node, List<Node>> users = new HashMap<>();
  private final Set<String> assigned = new HashSet<>();

  private final SequencedSet<Block> blocks = new LinkedHashSet<>();

  /// The block that stores a value.
  private final Map<Node, Block> homes = new HashMap<>();

  /// The blocks that compute a loop's operation, and those that read a value from memory.
  private final Map<Node, Set<Block>> computing = new HashMap<>();

  private final Map<Node, Set<Block>> readers = new HashMap<>();
  private final Map<Block, SequencedSet<Node>> readsOf = new HashMap<>();
  private final Map<Block, Double> secondsOf = new HashMap<>();
  private final Map<Block, Integer> whenOf = new HashMap<>();
  private final Map<Node, Boolean> fixed = new HashMap<>();

  /// Loops over each space, by the last position that they store.
  private final Map<Space, NavigableMap<Integer, Block>> alike = new HashMap<>();

  /// Blocks around which nothing was tried since they changed.
  private final SequencedSet<Block> open = new LinkedHashSet<>();

  private final BlockOrder order;
  private long work;

  private RegionSearch(
      Graph graph,
      Map<Node, Integer> devices,
      MemoryReads memoryReads,
      RegionPrices prices,
      List<RegionLimits> limits,
      List<Block> start) {
    this.graph = graph;
    this.devices = devices;
    this.memoryReads = memoryReads;
    this.prices = prices;
    this.limits = limits;
    start.forEach(this::put);
    this.open.addAll(start);
    this.order = new BlockOrder(start, this::readers);
    for (Node node : graph.nodes()) {
      for (Node operand : node.inputs()) {
        users.computeIfAbsent(operand, _ -> new ArrayList<>()).add(node);
      }
      if (node.op() instanceof Op.Assign(String name)) {
        assigned.add(name);
      }
    }
  }

  /// Better blocks.
  ///
  /// @param start blocks that keep to the limits and make no cycle
  static List<Block> of(
      Graph graph,
      Map<Node, Integer> devices,
      MemoryReads memoryReads,
      RegionPrices prices,
      List<RegionLimits> limits,
      List<Block> start) {
    RegionSearch search = new RegionSearch(graph, devices, memoryReads, prices, limits, start);
    search.run();
    return search.blocks.stream()
        .sorted(Comparator.comparingInt(block -> graph.position(block.members().getLast())))
        .toList();
  }

  private void run() {
    long most = MOST_WORK * (long) graph.nodes().size();
    while (!open.isEmpty() && work < most) {
      Block block = open.removeLast();
      if (!blocks.contains(block) || block.form() == Block.Form.OTHER) {
        continue;
      }
      boolean changes = false;
      for (Node value : block.stored().reversed()) {
        changes = changes || forget(block, value);
      }
      if (block.form() == Block.Form.LOOP) {
        changes = changes || merge(block) || storeInstead(block);
        for (Node value : block.stored()) {
          changes = changes || split(block, value);
        }
        changes = changes || move(block);
      }
    }
  }

  // What there is.

  /// What loops must have in common to be one.
  private record Space(int device, Shape shape) {}

  private static Space space(Block block) {
    return new Space(block.device(), block.stored().getFirst().shape());
  }

  private NavigableMap<Integer, Block> near(Block block) {
    return alike.computeIfAbsent(space(block), _ -> new TreeMap<>());
  }

  private void put(Block block) {
    blocks.add(block);
    if (block.form() == Block.Form.LOOP) {
      near(block).put(graph.position(block.stored().getLast()), block);
    }
    block.stored().forEach(value -> homes.put(value, block));
    block
        .members()
        .forEach(
            member -> computing.computeIfAbsent(member, _ -> new LinkedHashSet<>()).add(block));
    SequencedSet<Node> reads = readsOf.computeIfAbsent(block, _ -> memoryReads.of(block.members()));
    reads.forEach(read ->
        readers.computeIfAbsent(memoryReads.value(read), _ -> new LinkedHashSet<>()).add(block));
  }

  private void remove(Block block) {
    blocks.remove(block);
    if (block.form() == Block.Form.LOOP) {
      near(block).remove(graph.position(block.stored().getLast()), block);
    }
    block.stored().forEach(value -> homes.remove(value, block));
    block.members().forEach(member -> blocksOf(computing, member).remove(block));
    reads(block).forEach(read -> blocksOf(readers, memoryReads.value(read)).remove(block));
  }

  private static Set<Block> blocksOf(Map<Node, Set<Block>> map, Node node) {
    return map.getOrDefault(node, Set.of());
  }

  private SequencedSet<Node> reads(Block block) {
    return Objects.requireNonNull(readsOf.get(block));
  }

  private int when(Block block) {
    return whenOf.computeIfAbsent(
        block, key -> prices.when(key, reads(key).stream().map(memoryReads::value).toList()));
  }

  private double seconds(Block block) {
    return secondsOf.computeIfAbsent(block, key -> prices.seconds(key, reads(key)));
  }

  // What a value allows.

  /// Whether a value has to be in memory: it is a result, or somebody wants it who cannot make it.
  private boolean isFixed(Node value) {
    return fixed.computeIfAbsent(
        value,
        key ->
            !Block.isLoop(key)
                || graph.outputs().containsValue(key)
                || users.getOrDefault(key, List.of()).stream()
                    .anyMatch(user -> !absorbs(user, key)));
  }

  /// Whether a user can compute an operand in its own loop.
  private boolean absorbs(Node user, Node operand) {
    boolean isInLoop =
        Block.isLoop(user)
            && !(user.op() instanceof Op.RandomBits)
            && user.shape().equals(operand.shape());
    return (isInLoop || user.op() instanceof Op.Reduce)
        && Objects.equals(devices.get(user), devices.get(operand));
  }

  // Steps.

  /// Stores a value no more.
  private boolean forget(Block block, Node value) {
    if (isFixed(value) || (!Block.isSteady(value) && blocksOf(readers, value).size() > 1)) {
      return false;
    }
    SequencedMap<Block, List<Node>> old = new LinkedHashMap<>();
    old.put(block, without(block.stored(), Set.of(value)));
    blocksOf(readers, value).forEach(reader -> old.putIfAbsent(reader, reader.stored()));
    return attempt(old.keySet(), fresh(old), false);
  }

  /// Loops of one shape that a block could be one with, or take values from: those that read of it
  /// or beside it, that it reads of, or that are near.
  private SequencedSet<Block> others(Block block) {
    SequencedSet<Block> others = new LinkedHashSet<>();
    for (Node value : block.stored()) {
      others.addAll(blocksOf(readers, value));
    }
    for (Node read : reads(block)) {
      Node value = memoryReads.value(read);
      Block maker = homes.get(value);
      if (maker != null) {
        others.add(maker);
      }
      if (read.type().size() == block.stored().getFirst().type().size()) {
        others.addAll(blocksOf(readers, value));
      }
    }
    NavigableMap<Integer, Block> near = near(block);
    int position = graph.position(block.stored().getLast());
    near.headMap(position, false).descendingMap().values().stream()
        .limit(NEAR)
        .forEach(others::add);
    near.tailMap(position, false).values().stream().limit(NEAR).forEach(others::add);
    others.remove(block);
    others.removeIf(other ->
        other.form() != Block.Form.LOOP
            || !space(other).equals(space(block))
            || open.contains(other)); // then it is tried from there
    return others;
  }

  /// Joins a region with another one.
  private boolean merge(Block block) {
    int most = limits.get(block.device()).operations() - block.members().size();
    for (Block other : others(block)) {
      if (other.members().size() <= most && merge(block, other)) {
        return true;
      }
    }
    return false;
  }

  /// Gives values to other regions, or takes them from there.
  private boolean move(Block block) {
    for (Block other : others(block)) {
      for (Node value : block.stored()) {
        if (move(value, block, other)) {
          return true;
        }
      }
      for (Node value : other.stored()) {
        if (move(value, other, block)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean move(Node value, Block from, Block to) {
    SequencedMap<Block, List<Node>> stored = new LinkedHashMap<>();
    stored.put(from, without(from.stored(), Set.of(value)));
    List<Node> more = new ArrayList<>(to.stored());
    more.add(value);
    stored.put(to, more);
    return from.stored().size() > 1 && attempt(stored.keySet(), fresh(stored), true);
  }

  private boolean merge(Block block, Block other) {
    Set<Block> both = new LinkedHashSet<>(List.of(block, other));
    Set<Node> stored = new LinkedHashSet<>(block.stored());
    stored.addAll(other.stored());
    stored.removeIf(value -> !isFixed(value) && both.containsAll(blocksOf(readers, value)));
    return attempt(both, List.of(new Roots(block, List.copyOf(stored))), true);
  }

  /// Stores a value from which several others follow, in their place.
  private boolean storeInstead(Block block) {
    List<Node> free = block.stored().stream().filter(value -> !isFixed(value)).toList();
    if (free.size() < 2) {
      return false;
    }
    for (Node member : block.members()) {
      if (!homes.containsKey(member)) {
        Set<Node> replaced = new LinkedHashSet<>();
        Set<Node> after = following(member, block);
        free.stream().filter(after::contains).forEach(replaced::add);
        if (replaced.size() > 1) {
          SequencedMap<Block, List<Node>> old = new LinkedHashMap<>();
          List<Node> stored = new ArrayList<>(without(block.stored(), replaced));
          stored.add(member);
          old.put(block, stored);
          replaced.forEach(value ->
              blocksOf(readers, value).forEach(reader -> old.putIfAbsent(reader, reader.stored())));
          blocksOf(computing, member).forEach(other -> old.putIfAbsent(other, other.stored()));
          if (attempt(old.keySet(), fresh(old), true)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /// A member of a block, and what is computed of it within the block.
  private Set<Node> following(Node member, Block block) {
    Set<Node> after = new HashSet<>(List.of(member));
    for (Node node : block.members()) { // each behind its operands
      work++;
      if (node.inputs().stream().anyMatch(after::contains)) {
        after.add(node);
      }
    }
    return after;
  }

  /// Gives a value to a region of its own.
  private boolean split(Block block, Node value) {
    return block.stored().size() > 1
        && attempt(
            Set.of(block),
            List.of(
                new Roots(block, without(block.stored(), Set.of(value))),
                new Roots(block, List.of(value))),
            true);
  }

  private static List<Node> without(List<Node> all, Set<Node> some) {
    return all.stream().filter(node -> !some.contains(node)).toList();
  }

  // Trying a step.

  /// What a region is to store.
  ///
  /// @param like a block of the same device and form
  private record Roots(Block like, List<Node> stored) {}

  private static List<Roots> fresh(Map<Block, List<Node>> stored) {
    List<Roots> fresh = new ArrayList<>();
    stored.forEach((block, nodes) -> {
      if (!nodes.isEmpty()) {
        fresh.add(new Roots(block, nodes));
      }
    });
    return fresh;
  }

  /// Puts blocks in the place of others if that is cheaper, possible and within the limits.
  ///
  /// @param mayCycle whether it could make regions wait for each other
  private boolean attempt(Collection<Block> old, List<Roots> roots, boolean mayCycle) {
    List<Block> before = List.copyOf(old);
    Set<Node> values = values(before);
    double price = price(before, values);
    before.forEach(this::remove);
    Set<Node> stored = new HashSet<>();
    roots.forEach(root -> stored.addAll(root.stored()));
    List<Block> after = new ArrayList<>();
    for (Roots root : roots) {
      after.add(closed(root, stored));
    }
    after.forEach(this::put);
    values.addAll(values(after)); // those that were not stored before cost nothing then
    boolean isBetter =
        isWithinLimits(after)
            && price(after, values) < price * (1 - WORTH)
            && isComputedRightly(before, after, roots)
            && (!mayCycle || order.rearrange(before, after));
    if (isBetter && !mayCycle) {
      Map<Block, Block> places = new LinkedHashMap<>();
      for (int i = 0; i < after.size(); i++) {
        places.put(after.get(i), roots.get(i).like());
      }
      order.replace(before, places);
    }
    if (isBetter) {
      open.addAll(after);
    } else {
      after.forEach(this::remove);
      before.forEach(this::put);
    }
    return isBetter;
  }

  /// A block that computes all it needs to store some values, from what is stored.
  ///
  /// @param more what is stored beside the values that have a home
  private Block closed(Roots roots, Set<Node> more) {
    Set<Node> found = new HashSet<>(roots.stored());
    Deque<Node> unseen = new ArrayDeque<>(roots.stored());
    while (!unseen.isEmpty()) {
      Node node = unseen.remove();
      work++;
      for (Node operand : node.inputs()) {
        if (Block.isLoop(operand)
            && !homes.containsKey(operand)
            && !more.contains(operand)
            && absorbs(node, operand)
            && found.add(operand)) {
          unseen.add(operand);
        }
      }
    }
    Comparator<Node> byPosition = Comparator.comparingInt(graph::position);
    SequencedSet<Node> members = new LinkedHashSet<>(found.stream().sorted(byPosition).toList());
    List<Node> stored = roots.stored().stream().sorted(byPosition).toList();
    return new Block(roots.like().device(), roots.like().form(), stored, members);
  }

  /// What some blocks read and store.
  private Set<Node> values(List<Block> some) {
    Set<Node> values = new LinkedHashSet<>();
    for (Block block : some) {
      values.addAll(block.stored());
      reads(block).forEach(read -> values.add(memoryReads.value(read)));
    }
    return values;
  }

  private double price(List<Block> some, Set<Node> values) {
    double price = 0;
    for (Block block : some) {
      price += seconds(block);
    }
    for (Node value : values) {
      Block home = homes.get(value);
      if (home != null) {
        int last = 0;
        for (Block reader : blocksOf(readers, value)) {
          last = Math.max(last, when(reader));
        }
        price += prices.keeping(value, home.device(), when(home), last);
      }
    }
    return price;
  }

  private boolean isWithinLimits(List<Block> some) {
    for (Block block : some) {
      RegionLimits most = limits.get(block.device());
      if (block.members().size() > most.operations()
          || reads(block).size() + block.stored().size() > most.operands()) {
        return false;
      }
    }
    return true;
  }

  /// Whether what is computed several times is the same each time, and nobody reads a variable
  /// later than before, who could then stand in the way of its update.
  private boolean isComputedRightly(List<Block> before, List<Block> after, List<Roots> roots) {
    for (int i = 0; i < after.size(); i++) {
      for (Node member : after.get(i).members()) {
        if (blocksOf(computing, member).size() > 1 && !Block.isSteady(member)) {
          return false;
        }
      }
      for (Node read : reads(after.get(i))) {
        if (memoryReads.value(read).op() instanceof Op.Variable(String name, var _)
            && assigned.contains(name)
            && !readBefore(memoryReads.value(read), roots.get(i).like(), before, after)) {
          return false;
        }
      }
    }
    return true;
  }

  /// Whether a block read a variable, and all that were united with it did.
  private boolean readBefore(Node variable, Block like, List<Block> before, List<Block> after) {
    boolean isUnion = after.size() == 1 && before.size() == 2;
    return (isUnion ? before : List.of(like))
        .stream()
            .allMatch(block ->
                reads(block).stream().anyMatch(read -> memoryReads.value(read) == variable));
  }

  /// The blocks that read what a block stores.
  private Collection<Block> readers(Block block) {
    Set<Block> found = new LinkedHashSet<>();
    block.stored().forEach(value -> found.addAll(blocksOf(readers, value)));
    return found;
  }
}
