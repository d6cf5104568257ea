package org.tombolo.scheduler.regions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import org.tombolo.device.Region;
import org.tombolo.device.RegionLimits;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Cost;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.calibration.Calibration;

/// Cuts a placed graph into [regions][Region], so that values between fused operations never reach
/// memory.
///
/// Movement becomes part of the reads; only where the places would not be evenly spaced, or where
/// an operation of another kind needs the elements in order, is it a copy of its own. What fuses is
/// decided by price: [RegionSearch]; what follows a product or a convolution may then become part
/// of it: [Epilogues].
public final class Regions {
  /// A region with the values that it reads and makes.
  ///
  /// @param device index of the device that runs it
  /// @param region what runs
  /// @param inputs nodes whose values it reads, by position
  /// @param outputs nodes whose values it makes, by position
  /// @param operations nodes that it computes, and movement, constants and counters that became
  ///   part of its reads, which other regions may hold as well
  /// @param repeated those of them that an earlier region computes as well, since that is cheaper
  ///   than to store what comes of them
  /// @param savedBytes how much less it reads and writes than if each operation ran by itself, once
  public record Placed(
      int device,
      Region region,
      List<Node> inputs,
      List<Node> outputs,
      List<Node> operations,
      List<Node> repeated,
      long savedBytes)
      implements Unit {}

  /// A branch or a loop with the values that it reads and makes.
  ///
  /// @param device index of the device that its results are made on
  /// @param name label for messages
  /// @param flow what decides which graphs run
  /// @param operands nodes whose values it reads, by position among its operands, maybe of another
  ///   shape
  /// @param outputs nodes that are its results, in no order
  public record Controlled(
      int device, String name, ControlFlow flow, List<Node> operands, List<Node> outputs)
      implements Unit {}

  /// Something that reads and makes values on one device.
  public sealed interface Unit {}

  private final Graph graph;
  private final Reads reads;
  private final MemoryReads memoryReads;
  private final List<Block> blocks;

  /// The block that stores a value.
  private final Map<Node, Block> homes = new HashMap<>();

  /// The first block that computes an operation.
  private final Map<Node, Block> first = new HashMap<>();

  private Regions(Graph graph, Reads reads, MemoryReads memoryReads, List<Block> blocks) {
    this.graph = graph;
    this.reads = reads;
    this.memoryReads = memoryReads;
    this.blocks = blocks;
    for (Block block : blocks) {
      block.stored().forEach(value -> homes.put(value, block));
      block.members().forEach(member -> first.putIfAbsent(member, block));
    }
  }

  /// Cuts a graph.
  ///
  /// @param graph with every operation, constants and counters included, on the device that needs
  ///   it
  /// @param devices index of the device of each node but the inputs, which are on all of them
  /// @param speeds what work takes on each device
  /// @param limits of the regions of each device
  public static Regions of(
      Graph graph,
      Map<Node, Integer> devices,
      List<Calibration> speeds,
      List<RegionLimits> limits) {
    Reads reads = Reads.of(graph, devices);
    MemoryReads memoryReads = new MemoryReads(reads);
    List<Block> fused = GreedyFusion.of(graph, devices, reads, memoryReads, limits);
    RegionPrices prices = new RegionPrices(graph, speeds);
    List<Block> best = RegionSearch.of(graph, devices, memoryReads, prices, limits, fused);
    List<Block> joined = Epilogues.join(graph, reads, memoryReads, limits, best);
    return new Regions(graph, reads, memoryReads, joined);
  }

  /// Regions that make what members read.
  private Set<Block> before(Block block) {
    Set<Block> found = new HashSet<>();
    for (Node read : memoryReads.of(block.members())) {
      Block home = homes.get(memoryReads.value(read));
      if (home != null) {
        found.add(home);
      }
    }
    return found;
  }

  /// How operands are read.
  public Reads reads() {
    return reads;
  }

  /// The regions, branches and loops, in an order in which they can run.
  public List<Unit> toList() {
    List<Unit> done = new ArrayList<>();
    Set<Block> finished = new HashSet<>();
    for (Block block : blocks) {
      emit(block, finished, done);
    }
    return done;
  }

  private void emit(Block block, Set<Block> finished, List<Unit> done) {
    if (!finished.add(block)) {
      return;
    }
    before(block).stream()
        .sorted(Comparator.comparingInt(before -> graph.position(before.members().getFirst())))
        .forEach(before -> emit(before, finished, done));
    done.add(unit(block));
  }

  private Unit unit(Block block) {
    Node last = block.members().getLast();
    String label =
        last.op() instanceof Op.Custom(CustomFunction function, int _)
            ? function.name()
            : last.op().mnemonic();
    String name = (last.scope().isEmpty() ? "" : last.scope() + "/") + label;
    return last.op() instanceof Op.Control(ControlFlow flow, int _)
        ? new Controlled(
            block.device(),
            name,
            flow,
            last.inputs().stream().map(reads::value).toList(),
            List.copyOf(block.members()))
        : region(block, name);
  }

  private Placed region(Block block, String name) {
    GraphBuilder body = new GraphBuilder(name);
    SequencedMap<Node, Node> inputs = new LinkedHashMap<>();
    Map<Node, Node> made = new HashMap<>();
    SequencedSet<Node> operations = new LinkedHashSet<>();
    for (Node member : block.members()) {
      List<Node> operands = new ArrayList<>();
      for (Node operand : member.inputs()) {
        operands.add(rebuild(operand, member, body, inputs, made, operations));
      }
      operations.add(member);
      made.put(member, body.copy(member, operands));
    }
    for (Node value : block.stored()) {
      body.output("out" + block.stored().indexOf(value), Objects.requireNonNull(made.get(value)));
    }
    return new Placed(
        block.device(),
        new Region(name, body.build()),
        inputs.keySet().stream().map(reads::value).toList(),
        block.stored(),
        List.copyOf(operations),
        block.members().stream().filter(member -> first.get(member) != block).toList(),
        savedBytes(block, inputs.keySet()));
  }

  private long savedBytes(Block block, Collection<Node> read) {
    long saved = 0;
    for (Node member : block.members()) {
      saved += first.get(member) == block ? Cost.of(member).bytes() : 0;
    }
    for (Node node : read) {
      saved -= node.type().bytes();
    }
    for (Node node : block.stored()) {
      saved -= node.type().bytes();
    }
    return saved;
  }

  private Node rebuild(
      Node operand,
      Node reader,
      GraphBuilder body,
      SequencedMap<Node, Node> inputs,
      Map<Node, Node> made,
      SequencedSet<Node> operations) {
    Node known = made.get(operand);
    if (known != null) {
      return known;
    }
    Movement movement =
        MemoryReads.isDirect(reader) ? Movement.inMemory(operand) : reads.source(operand, reader);
    Node base = movement.base();
    Node at = made.get(base);
    if (at == null && memoryReads.isInline(base, reader)) {
      at = body.copy(base, List.of());
      operations.add(base);
    }
    if (at == null) {
      at = inputs.get(base);
    }
    if (at == null) {
      at = body.input("in" + inputs.size(), base.type());
      inputs.put(base, at);
    }
    for (Node move : movement.path()) {
      at = body.copy(move, List.of(at));
      operations.add(move);
    }
    return at;
  }
}
