package org.tombolo.scheduler.regions;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// How the operations of a placed graph read their operands: through movement where a loop can look
/// through it, otherwise from memory. What has to be in memory though it only moves or counts is
/// copied there.
public final class Reads {
  private final Map<Node, Integer> devices;

  /// Movement and counters that are written to memory.
  private final Set<Node> copied = new HashSet<>();

  private Reads(Map<Node, Integer> devices) {
    this.devices = devices;
  }

  /// The reads of a graph.
  ///
  /// @param graph what is read
  /// @param devices index of the device of each node but the inputs, which are on all of them
  public static Reads of(Graph graph, Map<Node, Integer> devices) {
    Reads reads = new Reads(devices);
    int known;
    do { // a copy changes what is seen through movement above it, which may call for another one
      known = reads.copied.size();
      graph.nodes().forEach(reads::findCopies);
      graph.outputs().values().forEach(reads::requireInMemory);
    } while (reads.copied.size() > known);
    return reads;
  }

  private void findCopies(Node node) {
    switch (node.op()) {
      case Op.Unary _, Op.Binary _, Op.Compare _, Op.Select _, Op.Cast _, Op.Reduce _ ->
          node.inputs().forEach(operand -> look(node, operand));
      case Op.Reshape _, Op.Permute _, Op.Broadcast _, Op.Slice _, Op.Reverse _ ->
          look(node, node.input(0));
      case Op.RandomBits _,
          Op.Dot _,
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
          Op.Call _,
          Op.Control _,
          Op.Custom _ ->
          node.inputs().forEach(this::requireInMemory);
      case Op.Assign _ -> requireInMemory(node.input(0));
      case Op.Input _, Op.Constant _, Op.Variable _, Op.Iota _ -> {}
    }
  }

  private void look(Node reader, Node operand) {
    if (isForeign(operand, reader)) {
      requireInMemory(operand);
    } else {
      source(operand);
    }
  }

  private void requireInMemory(Node node) {
    Movement movement = source(node);
    boolean counter = movement.base().op() instanceof Op.Iota;
    if (counter || (!movement.path().isEmpty() && !movement.isRename())) {
      copied.add(node);
    }
  }

  /// Looks through movement on one device, down to something that is or will be in memory, or that
  /// a region can make.
  private Movement source(Node node) {
    if (copied.contains(node)) {
      return Movement.inMemory(node);
    }
    if (!Movement.is(node)) {
      return Movement.none(node);
    }
    Node operand = node.input(0);
    return source(operand, node)
        .then(node)
        .orElseGet(() -> {
          copied.add(operand);
          return Movement.inMemory(operand).then(node).orElseThrow();
        });
  }

  /// What a reader reads for one of its operands: values of other devices come as they are.
  Movement source(Node operand, Node reader) {
    return isForeign(operand, reader) ? Movement.inMemory(operand) : source(operand);
  }

  /// The node whose memory holds a value: looks through assignments and changes of shape.
  public Node value(Node node) {
    if (node.op() instanceof Op.Assign) {
      return value(node.input(0));
    }
    Movement movement = source(node);
    return movement.path().isEmpty() || !movement.isRename() ? node : value(movement.base());
  }

  /// Whether movement or a counter is written to memory.
  boolean isCopied(Node node) {
    return copied.contains(node);
  }

  private boolean isForeign(Node operand, Node reader) {
    Integer home = devices.get(operand);
    return home != null && !home.equals(devices.get(reader));
  }
}
