package org.tombolo.scheduler.regions;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.Set;
import org.tombolo.device.RegionLimits;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// Fuses what can be fused, in the order of the graph: where [RegionSearch] starts.
///
/// Elementwise operations of one shape and device join the region of an operand where that makes no
/// cycle between regions. A reduction takes in the region that computes its operand if nobody else
/// reads it.
final class GreedyFusion {
  /// A region that others may still join.
  private final class Part {
    private final int number = numbered++;

    /// Numbers of the parts that it has to follow, those of parts that became part of others among
    /// them.
    private final BitSet ancestors = new BitSet();

    private final int device;
    private final Block.Form form;
    private final List<Node> members = new ArrayList<>();

    Part(int device, Block.Form form, Node... members) {
      this.device = device;
      this.form = form;
      this.members.addAll(List.of(members));
    }
  }

  private final Graph graph;
  private final Map<Node, Integer> devices;
  private final Reads reads;
  private final MemoryReads memoryReads;
  private final List<RegionLimits> limits;
  private final Set<Node> results;
  private final Map<Node, List<Node>> users = new HashMap<>();
  private int numbered;
  private final SequencedSet<Part> parts = new LinkedHashSet<>();
  private final Map<Node, Part> partOf = new HashMap<>();

  /// Branches and loops.
  private final Map<ControlRun, Part> runs = new HashMap<>();

  /// Launches of functions from outside, by function and operands.
  private final Map<List<?>, Part> launches = new HashMap<>();

  private GreedyFusion(
      Graph graph,
      Map<Node, Integer> devices,
      Reads reads,
      MemoryReads memoryReads,
      List<RegionLimits> limits) {
    this.graph = graph;
    this.devices = devices;
    this.reads = reads;
    this.memoryReads = memoryReads;
    this.limits = limits;
    this.results = new HashSet<>(graph.outputs().values());
    for (Node node : graph.nodes()) {
      for (Node operand : node.inputs()) {
        users.computeIfAbsent(operand, key -> new ArrayList<>()).add(node);
      }
    }
  }

  /// The blocks of a graph.
  ///
  /// @param limits of the regions of each device
  static List<Block> of(
      Graph graph,
      Map<Node, Integer> devices,
      Reads reads,
      MemoryReads memoryReads,
      List<RegionLimits> limits) {
    GreedyFusion fusion = new GreedyFusion(graph, devices, reads, memoryReads, limits);
    graph.nodes().forEach(fusion::assemble);
    return fusion.parts.stream().map(fusion::block).toList();
  }

  private Block block(Part part) {
    SequencedSet<Node> members = new LinkedHashSet<>(part.members);
    List<Node> stored =
        part.form == Block.Form.OTHER
            ? part.members
            : part.members.stream().filter(member -> isNeeded(member, members)).toList();
    return new Block(part.device, part.form, stored, members);
  }

  private int device(Node node) {
    return Objects.requireNonNull(devices.get(node));
  }

  private void assemble(Node node) {
    switch (node.op()) {
      case Op.Unary _, Op.Binary _, Op.Compare _, Op.Select _, Op.Cast _, Op.RandomBits _ ->
          join(node);
      case Op.Reduce _ -> reduce(node);
      case Op.Dot _,
          Op.Conv _,
          Op.ReduceWindow _,
          Op.WindowMaxGrad _,
          Op.Gather _,
          Op.ScatterAdd _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _,
          Op.Pad _,
          Op.Concat _,
          Op.Call _ ->
          add(new Part(device(node), Block.Form.OTHER, node));
      case Op.Control _ -> {
        Part run =
            runs.computeIfAbsent(
                ControlRun.of(node), _ -> new Part(device(node), Block.Form.OTHER));
        run.members.add(node);
        add(run);
      }
      case Op.Custom(CustomFunction function, int _) -> {
        List<?> key = List.of(function, node.inputs());
        Part launch = launches.computeIfAbsent(key, _ -> new Part(device(node), Block.Form.OTHER));
        launch.members.add(node);
        add(launch);
      }
      case Op.Reshape _, Op.Permute _, Op.Broadcast _, Op.Slice _, Op.Reverse _, Op.Iota _ -> {
        if (reads.isCopied(node)) {
          add(new Part(device(node), Block.Form.OTHER, node));
        }
      }
      case Op.Input _, Op.Constant _, Op.Variable _, Op.Assign _ -> {}
    }
  }

  private void add(Part part) {
    replace(Set.of(), part);
  }

  /// Puts a part in the place of those that it is made of.
  private void replace(Set<Part> old, Part part) {
    parts.removeAll(old);
    parts.add(part);
    part.members.forEach(member -> partOf.put(member, part));
    for (Part before : before(part.members)) {
      part.ancestors.set(before.number);
      part.ancestors.or(before.ancestors);
    }
    if (old.isEmpty()) { // nothing follows a new part yet
      return;
    }
    BitSet numbers = numbers(old);
    for (Part other : parts) {
      if (other.ancestors.intersects(numbers)) {
        other.ancestors.set(part.number);
        other.ancestors.or(part.ancestors);
      }
    }
  }

  private static BitSet numbers(Set<Part> some) {
    BitSet numbers = new BitSet();
    some.forEach(part -> numbers.set(part.number));
    return numbers;
  }

  private void join(Node node) {
    SequencedSet<Part> candidates = new LinkedHashSet<>();
    for (Node operand : node.inputs()) {
      Part part = partOf.get(operand);
      if (part != null
          && part.form == Block.Form.LOOP
          && part.device == device(node)
          && operand.shape().equals(node.shape())
          && !(node.op() instanceof Op.RandomBits)) {
        candidates.add(part);
      }
    }
    Part merged = new Part(device(node), Block.Form.LOOP);
    Set<Part> taken = new HashSet<>();
    for (Part candidate : candidates) {
      taken.add(candidate);
      if (fits(taken, node) && !makesCycle(taken, node)) {
        merged.members.addAll(candidate.members);
      } else {
        taken.remove(candidate);
      }
    }
    merged.members.sort(Comparator.comparingInt(graph::position));
    merged.members.add(node);
    replace(taken, merged);
  }

  /// Whether a united region keeps to the limits, if all that is not computed within it yet reads
  /// from memory.
  private boolean fits(Set<Part> united, Node node) {
    Set<Node> members = new LinkedHashSet<>(List.of(node));
    united.forEach(part -> members.addAll(part.members));
    RegionLimits most = limits.get(device(node));
    if (members.size() > most.operations()) {
      return false;
    }
    int operands = memoryReads.of(members).size();
    for (Node member : members) {
      operands += isNeeded(member, members) ? 1 : 0;
    }
    return operands <= most.operands();
  }

  /// Whether a value would have to leave the united region and come back into it, be it through
  /// another region or through movement.
  private boolean makesCycle(Set<Part> united, Node node) {
    Set<Node> members = new LinkedHashSet<>(List.of(node));
    united.forEach(part -> members.addAll(part.members));
    if (memoryReads.of(members).stream().anyMatch(members::contains)) {
      return true;
    }
    BitSet numbers = numbers(united);
    return before(members).stream()
        .anyMatch(before -> !united.contains(before) && before.ancestors.intersects(numbers));
  }

  /// Regions that make what members read.
  private Set<Part> before(Collection<Node> members) {
    Set<Part> found = new HashSet<>();
    for (Node read : memoryReads.of(members)) {
      Part part = partOf.get(memoryReads.value(read));
      if (part != null) {
        found.add(part);
      }
    }
    return found;
  }

  private void reduce(Node node) {
    Part maker = partOf.get(node.input(0));
    if (maker != null
        && maker.form == Block.Form.LOOP
        && maker.device == device(node)
        && !results.contains(node.input(0))
        && maker.members.stream().allMatch(member -> onlyRead(member, maker, node))) {
      Part part = new Part(device(node), Block.Form.FOLD);
      part.members.addAll(maker.members);
      part.members.add(node);
      replace(Set.of(maker), part);
    } else {
      add(new Part(device(node), Block.Form.FOLD, node));
    }
  }

  private boolean onlyRead(Node member, Part part, Node reader) {
    return !results.contains(member)
        && users.getOrDefault(member, List.of()).stream()
            .allMatch(user -> user == reader || part.members.contains(user));
  }

  /// Whether a member has to be in memory for others.
  private boolean isNeeded(Node member, Collection<Node> members) {
    return results.contains(member)
        || users.getOrDefault(member, List.of()).stream().anyMatch(user -> !members.contains(user));
  }
}
