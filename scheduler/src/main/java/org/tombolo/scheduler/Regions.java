package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import org.tombolo.device.Kernel;
import org.tombolo.device.Region;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// Cuts a placed graph into [regions][Region], so that values between fused operations never reach
/// memory.
///
/// Elementwise operations of one shape and device join the region of an operand where that makes no
/// cycle between regions. A reduction takes in the region that computes its operand if nobody else
/// reads it. Movement becomes part of the reads; only where the places would not be evenly spaced,
/// or where an operation of another kind needs the elements in order, is it a copy of its own.
final class Regions {
  /// Bounds that keep a region within what small devices accept and large ones like.
  private static final int MOST_MEMBERS = 64;

  private static final int MOST_READS = 16;

  /// A region in the making.
  private final class Block {
    private final int number = numbered++;

    /// Numbers of the blocks that it has to follow, those of blocks that became part of others
    /// among them.
    private final BitSet ancestors = new BitSet();

    private final int device;
    private final boolean open;
    private final List<Node> members = new ArrayList<>();

    Block(int device, boolean open, Node... members) {
      this.device = device;
      this.open = open;
      this.members.addAll(List.of(members));
    }
  }

  /// A region with the values that it reads and makes.
  ///
  /// @param device index of the device that runs it
  /// @param region what runs
  /// @param inputs nodes whose values it reads, by position
  /// @param outputs nodes whose values it makes, by position
  /// @param operations nodes that it computes, and movement, constants and counters that became
  ///   part of its reads, which other regions may hold as well
  record Placed(
      int device, Region region, List<Node> inputs, List<Node> outputs, List<Node> operations)
      implements Unit {}

  /// A branch or a loop with the values that it reads and makes.
  ///
  /// @param device index of the device that its results are made on
  /// @param name label for messages
  /// @param flow what decides which graphs run
  /// @param operands nodes whose values it reads, by position among its operands, maybe of another
  ///   shape
  /// @param outputs nodes that are its results, in no order
  record Controlled(
      int device, String name, ControlFlow flow, List<Node> operands, List<Node> outputs)
      implements Unit {}

  /// Something that reads and makes values on one device.
  sealed interface Unit {}

  private final Graph graph;
  private final Map<Node, Integer> devices;
  private final Reads reads;
  private final Map<Node, List<Node>> users = new HashMap<>();

  /// What [#bases] and [Reads#value] found: every question about cycles asks again.
  private final Map<Node, List<Optional<Node>>> basesOf = new HashMap<>();

  private final Map<Node, Node> valueOf = new HashMap<>();

  private int numbered;
  private final SequencedSet<Block> blocks = new LinkedHashSet<>();
  private final Map<Node, Block> blockOf = new HashMap<>();

  /// Branches and loops.
  private final Map<ControlRun, Block> runs = new HashMap<>();

  private Regions(Graph graph, Map<Node, Integer> devices) {
    this.graph = graph;
    this.devices = devices;
    this.reads = Reads.of(graph, devices);
    for (Node node : graph.nodes()) {
      for (Node operand : node.inputs()) {
        users.computeIfAbsent(operand, key -> new ArrayList<>()).add(node);
      }
    }
  }

  /// Cuts a graph.
  ///
  /// @param graph with every operation, constants and counters included, on the device that needs
  ///   it
  /// @param devices index of the device of each node but the inputs, which are on all of them
  static Regions of(Graph graph, Map<Node, Integer> devices) {
    Regions regions = new Regions(graph, devices);
    graph.nodes().forEach(regions::assemble);
    return regions;
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
          add(new Block(device(node), false, node));
      case Op.Control _ -> {
        Block run = runs.computeIfAbsent(ControlRun.of(node), _ -> new Block(device(node), false));
        run.members.add(node);
        add(run);
      }
      case Op.Reshape _, Op.Permute _, Op.Broadcast _, Op.Slice _, Op.Reverse _, Op.Iota _ -> {
        if (reads.isCopied(node)) {
          add(new Block(device(node), false, node));
        }
      }
      case Op.Input _, Op.Constant _, Op.Variable _, Op.Assign _ -> {}
    }
  }

  private void add(Block block) {
    replace(Set.of(), block);
  }

  /// Puts a block in the place of those that it is made of.
  private void replace(Set<Block> parts, Block block) {
    blocks.removeAll(parts);
    blocks.add(block);
    block.members.forEach(member -> blockOf.put(member, block));
    for (Block before : before(block.members)) {
      block.ancestors.set(before.number);
      block.ancestors.or(before.ancestors);
    }
    if (parts.isEmpty()) { // nothing follows a new block yet
      return;
    }
    BitSet numbers = numbers(parts);
    for (Block other : blocks) {
      if (other.ancestors.intersects(numbers)) {
        other.ancestors.set(block.number);
        other.ancestors.or(block.ancestors);
      }
    }
  }

  private static BitSet numbers(Set<Block> blocks) {
    BitSet numbers = new BitSet();
    blocks.forEach(block -> numbers.set(block.number));
    return numbers;
  }

  private void join(Node node) {
    SequencedSet<Block> candidates = new LinkedHashSet<>();
    for (Node operand : node.inputs()) {
      Block block = blockOf.get(operand);
      if (block != null
          && block.open
          && block.device == device(node)
          && operand.shape().equals(node.shape())
          && !(node.op() instanceof Op.RandomBits)) {
        candidates.add(block);
      }
    }
    Block merged = new Block(device(node), true);
    Set<Block> taken = new HashSet<>();
    for (Block candidate : candidates) {
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

  private boolean fits(Set<Block> taken, Node node) {
    List<Node> members = new ArrayList<>(List.of(node));
    taken.forEach(block -> members.addAll(block.members));
    return members.size() <= MOST_MEMBERS && readBy(members).size() <= MOST_READS;
  }

  /// Whether a value would have to leave the united region and come back into it, be it through
  /// another region or through movement.
  private boolean makesCycle(Set<Block> united, Node node) {
    Set<Node> members = new LinkedHashSet<>(List.of(node));
    united.forEach(block -> members.addAll(block.members));
    if (readBy(members).stream().anyMatch(members::contains)) {
      return true;
    }
    BitSet numbers = numbers(united);
    return before(members).stream()
        .anyMatch(before -> !united.contains(before) && before.ancestors.intersects(numbers));
  }

  /// Regions that make what members read.
  private Set<Block> before(Collection<Node> members) {
    Set<Block> found = new HashSet<>();
    for (Node read : readBy(members)) {
      Block block = blockOf.get(valueOf.computeIfAbsent(read, reads::value));
      if (block != null) {
        found.add(block);
      }
    }
    return found;
  }

  private void reduce(Node node) {
    Block maker = blockOf.get(node.input(0));
    if (maker != null
        && maker.open
        && maker.device == device(node)
        && !graph.outputs().containsValue(node.input(0))
        && maker.members.stream().allMatch(member -> onlyRead(member, maker, node))) {
      Block block = new Block(device(node), false);
      block.members.addAll(maker.members);
      block.members.add(node);
      replace(Set.of(maker), block);
    } else {
      add(new Block(device(node), false, node));
    }
  }

  private boolean onlyRead(Node member, Block block, Node reader) {
    return !graph.outputs().containsValue(member)
        && users.getOrDefault(member, List.of()).stream()
            .allMatch(user -> user == reader || block.members.contains(user));
  }

  /// Nodes that members read from memory.
  private SequencedSet<Node> readBy(Collection<Node> members) {
    Set<Node> own = new HashSet<>(members);
    SequencedSet<Node> found = new LinkedHashSet<>();
    for (Node member : members) {
      List<Optional<Node>> bases = bases(member);
      for (int i = 0; i < bases.size(); i++) {
        if (bases.get(i).isPresent() && !own.contains(member.input(i))) {
          found.add(bases.get(i).get());
        }
      }
    }
    return found;
  }

  /// What a node reads from memory for each of its operands; empty for what it makes itself.
  private List<Optional<Node>> bases(Node node) {
    return basesOf.computeIfAbsent(
        node,
        key ->
            key.inputs().stream()
                .map(operand -> isDirect(key) ? operand : reads.source(operand, key).base())
                .map(base -> isInline(base, key) ? Optional.<Node>empty() : Optional.of(base))
                .toList());
  }

  /// Whether a member needs its operands as they lie in memory.
  private static boolean isDirect(Node member) {
    return Kernel.isSingle(member.op())
        || member.op() instanceof Op.RandomBits
        || member.op() instanceof Op.Control;
  }

  /// Whether a reader makes a value itself instead of reading it.
  private boolean isInline(Node base, Node reader) {
    return switch (base.op()) {
      case Op.Constant(var value) -> !isDirect(reader) && value.type().size() == 1;
      case Op.Iota _ -> !reads.isCopied(base);
      default -> false;
    };
  }

  /// How operands are read.
  Reads reads() {
    return reads;
  }

  /// The regions, branches and loops, in an order in which they can run.
  List<Unit> toList() {
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
    before(block.members).stream()
        .sorted(Comparator.comparingInt(before -> graph.position(before.members.get(0))))
        .forEach(before -> emit(before, finished, done));
    done.add(unit(block));
  }

  private Unit unit(Block block) {
    Node last = block.members.getLast();
    String name = (last.scope().isEmpty() ? "" : last.scope() + "/") + last.op().mnemonic();
    return last.op() instanceof Op.Control(ControlFlow flow, int _)
        ? new Controlled(
            block.device,
            name,
            flow,
            last.inputs().stream().map(reads::value).toList(),
            List.copyOf(block.members))
        : region(block, name);
  }

  private Placed region(Block block, String name) {
    GraphBuilder body = new GraphBuilder(name);
    SequencedMap<Node, Node> inputs = new LinkedHashMap<>();
    Map<Node, Node> made = new HashMap<>();
    SequencedSet<Node> operations = new LinkedHashSet<>();
    for (Node member : block.members) {
      List<Node> operands = new ArrayList<>();
      for (Node operand : member.inputs()) {
        operands.add(rebuild(operand, member, body, inputs, made, operations));
      }
      operations.add(member);
      made.put(member, body.copy(member, operands));
    }
    List<Node> outputs = new ArrayList<>();
    for (Node member : block.members) {
      if (isNeeded(member, block)) {
        body.output("out" + outputs.size(), Objects.requireNonNull(made.get(member)));
        outputs.add(member);
      }
    }
    return new Placed(
        block.device,
        new Region(name, body.build()),
        inputs.keySet().stream().map(reads::value).toList(),
        List.copyOf(outputs),
        List.copyOf(operations));
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
        isDirect(reader) ? Movement.inMemory(operand) : reads.source(operand, reader);
    Node base = movement.base();
    Node at = made.get(base);
    if (at == null && isInline(base, reader)) {
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

  private boolean isNeeded(Node member, Block block) {
    if (graph.outputs().containsValue(member)) {
      return true;
    }
    for (Node user : users.getOrDefault(member, List.of())) {
      Block reader = blockOf.get(user);
      if (reader != block) {
        return true;
      }
    }
    return false;
  }
}
