package org.tombolo.scheduler.regions;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import org.tombolo.device.RegionLimits;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// Joins dots and convolutions with the loops that their results go through, on devices that want
/// it ([RegionLimits#epilogues]): what comes of an element is then computed while it is in a cache,
/// and the result itself never has memory of its own.
///
/// A contraction joins a loop if nobody else reads its result, element for element in order, if the
/// loop stores one value, of elements of the same size, and if neither reads or makes the next
/// value of a variable, whose update could be in the way. No cycle can come of that: whatever else
/// the loop waits for does not wait for the contraction. Of several contractions the last one
/// joins.
final class Epilogues {
  private final Graph graph;
  private final Reads reads;
  private final MemoryReads memoryReads;
  private final List<RegionLimits> limits;
  private final Map<Node, Block> homes = new HashMap<>();
  private final Map<Node, Set<Block>> readers = new HashMap<>();

  /// Values that are results.
  private final Set<Node> results = new HashSet<>();

  /// Next values of variables, and the names of those.
  private final Set<Node> next = new HashSet<>();

  private final Set<String> assigned = new HashSet<>();

  private Epilogues(
      Graph graph,
      Reads reads,
      MemoryReads memoryReads,
      List<RegionLimits> limits,
      List<Block> blocks) {
    this.graph = graph;
    this.reads = reads;
    this.memoryReads = memoryReads;
    this.limits = limits;
    for (Block block : blocks) {
      block.stored().forEach(value -> homes.put(value, block));
      for (Node read : memoryReads.of(block.members())) {
        readers.computeIfAbsent(memoryReads.value(read), _ -> new LinkedHashSet<>()).add(block);
      }
    }
    graph.outputs().values().forEach(output -> results.add(memoryReads.value(output)));
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Op.Assign(String name)) {
        assigned.add(name);
        next.add(memoryReads.value(node));
      }
    }
  }

  /// The blocks with what could be joined joined.
  static List<Block> join(
      Graph graph,
      Reads reads,
      MemoryReads memoryReads,
      List<RegionLimits> limits,
      List<Block> blocks) {
    if (limits.stream().noneMatch(RegionLimits::epilogues)) {
      return blocks;
    }
    Epilogues epilogues = new Epilogues(graph, reads, memoryReads, limits, blocks);
    Map<Block, Block> joined = new HashMap<>();
    Set<Block> gone = new HashSet<>();
    for (Block block : blocks) {
      epilogues
          .contraction(block)
          .ifPresent(contraction -> {
            joined.put(block, epilogues.joined(contraction, block));
            gone.add(contraction);
          });
    }
    return blocks.stream()
        .filter(block -> !gone.contains(block))
        .map(block -> joined.getOrDefault(block, block))
        .toList();
  }

  private Block joined(Block contraction, Block loop) {
    List<Node> members = new ArrayList<>(contraction.members());
    members.addAll(loop.members());
    members.sort(Comparator.comparingInt(graph::position));
    return new Block(loop.device(), Block.Form.OTHER, loop.stored(), new LinkedHashSet<>(members));
  }

  /// The contraction that joins a loop.
  private Optional<Block> contraction(Block loop) {
    if (loop.form() != Block.Form.LOOP || !limits.get(loop.device()).epilogues()) {
      return Optional.empty();
    }
    Node stored = loop.stored().getFirst();
    if (loop.stored().size() != 1
        || stored.dtype().bytes() != DType.F32.bytes()
        || stored.shape().size() == 0
        || isStateful(loop)
        || next.contains(stored)) {
      return Optional.empty();
    }
    return memoryReads.of(loop.members()).stream()
        .map(memoryReads::value)
        .distinct()
        .filter(value -> joins(value, loop))
        .max(Comparator.comparingInt(graph::position))
        .map(homes::get);
  }

  private boolean joins(Node value, Block loop) {
    Block maker = homes.get(value);
    return maker != null
        && maker.device() == loop.device()
        && (value.op() instanceof Op.Dot || value.op() instanceof Op.Conv)
        && maker.members().equals(new LinkedHashSet<>(List.of(value)))
        && value.dtype() == DType.F32
        && value.shape().size() == loop.stored().getFirst().shape().size()
        && !results.contains(value)
        && !next.contains(value)
        && readers.getOrDefault(value, Set.of()).equals(Set.of(loop))
        && !isStateful(maker)
        && isWithinLimits(maker, loop)
        && isReadInOrder(value, loop);
  }

  /// Whether a block reads a variable that gets a next value.
  private boolean isStateful(Block block) {
    return memoryReads.of(block.members()).stream()
        .map(memoryReads::value)
        .anyMatch(value ->
            value.op() instanceof Op.Variable(String name, var _) && assigned.contains(name));
  }

  private boolean isWithinLimits(Block contraction, Block loop) {
    RegionLimits most = limits.get(loop.device());
    SequencedSet<Node> all = new LinkedHashSet<>(memoryReads.of(contraction.members()));
    all.addAll(memoryReads.of(loop.members()));
    return all.size() <= most.operands() && loop.members().size() < most.operations();
  }

  /// Whether a loop reads of a value at each point the element that lies where it writes.
  private boolean isReadInOrder(Node value, Block loop) {
    for (Node member : loop.members()) {
      if (MemoryReads.isDirect(member)) {
        return false;
      }
      for (Node operand : member.inputs()) {
        if (!loop.members().contains(operand)) {
          Movement movement = reads.source(operand, member);
          if (memoryReads.value(movement.base()) == value
              && !(movement.base() == value && movement.view().isDense())) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
