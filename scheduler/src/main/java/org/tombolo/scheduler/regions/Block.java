package org.tombolo.scheduler.regions;

import java.util.EnumSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.UnaryFn;

/// A region in the making. Two blocks are never the same one.
final class Block {
  /// What a block may become.
  enum Form {
    /// Elementwise operations over one space; takes in more of them.
    LOOP,
    /// A reduction with the loop that feeds it.
    FOLD,
    /// Anything else, by itself.
    OTHER
  }

  private static final Set<UnaryFn> STEADY_UNARY =
      EnumSet.of(UnaryFn.NEG, UnaryFn.ABS, UnaryFn.SIGN, UnaryFn.FLOOR);

  private static final Set<BinaryFn> STEADY_BINARY =
      EnumSet.of(
          BinaryFn.ADD, BinaryFn.SUB, BinaryFn.MUL, BinaryFn.DIV, BinaryFn.MAX, BinaryFn.MIN);

  private final int device;
  private final Form form;
  private final List<Node> stored;
  private final SequencedSet<Node> members;

  /// @param device index of the device
  /// @param stored what it writes to memory, by position in the graph
  /// @param members what it computes, by position in the graph
  Block(int device, Form form, List<Node> stored, SequencedSet<Node> members) {
    this.device = device;
    this.form = form;
    this.stored = List.copyOf(stored);
    this.members = members;
  }

  int device() {
    return device;
  }

  Form form() {
    return form;
  }

  List<Node> stored() {
    return stored;
  }

  SequencedSet<Node> members() {
    return members;
  }

  /// Whether a node runs within a loop.
  static boolean isLoop(Node node) {
    return switch (node.op()) {
      case Op.Unary _, Op.Binary _, Op.Compare _, Op.Select _, Op.Cast _, Op.RandomBits _ -> true;
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Iota _,
          Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Reverse _,
          Op.Pad _,
          Op.Concat _,
          Op.Reduce _,
          Op.Dot _,
          Op.Conv _,
          Op.ReduceWindow _,
          Op.WindowMaxGrad _,
          Op.Gather _,
          Op.ScatterAdd _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _,
          Op.Assign _,
          Op.Call _,
          Op.Control _,
          Op.Custom _ ->
          false;
    };
  }

  /// Whether an operation of a loop gives the same bits in whatever loop it is: it compares, works
  /// with whole numbers, or is correctly rounded. Functions such as `exp` may come from a vector
  /// library in one loop and not in another.
  static boolean isSteady(Node node) {
    if (isHalf(node) || node.inputs().stream().anyMatch(Block::isHalf)) {
      return false; // exact within a loop, rounded in memory
    }
    if (!node.dtype().isFloat()) {
      return true;
    }
    if (node.op() instanceof Op.Unary(UnaryFn fn)) {
      return STEADY_UNARY.contains(fn);
    }
    return !(node.op() instanceof Op.Binary(BinaryFn fn)) || STEADY_BINARY.contains(fn);
  }

  private static boolean isHalf(Node node) {
    return node.dtype() == DType.F16 || node.dtype() == DType.BF16;
  }
}
