package org.tombolo.scheduler.regions;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.device.StridedView;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// What a node reads once movement is looked through: another node and the places of the elements
/// in it.
///
/// @param base node that movement starts from
/// @param path movement from the base to the node, in that order
/// @param view places of the node's elements in the dense base
public record Movement(Node base, List<Node> path, StridedView view) {

  /// Whether a node only moves elements, in a way that can become part of a read.
  public static boolean is(Node node) {
    return switch (node.op()) {
      case Op.Reshape _, Op.Permute _, Op.Broadcast _, Op.Slice _, Op.Reverse _ -> true;
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Unary _,
          Op.Binary _,
          Op.Compare _,
          Op.Select _,
          Op.Cast _,
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

  /// A node whose value lies in memory.
  static Movement inMemory(Node node) {
    return new Movement(node, List.of(), StridedView.dense(node.shape()));
  }

  /// A node that is read as it is: counters by counting, all else from memory.
  public static Movement none(Node node) {
    return node.op() instanceof Op.Iota(var type, int axis)
        ? new Movement(node, List.of(), counting(type.rank(), axis, node))
        : inMemory(node);
  }

  private static StridedView counting(int rank, int axis, Node node) {
    long[] strides = new long[rank];
    strides[axis] = 1;
    return StridedView.of(node.shape(), 0, strides);
  }

  /// One more movement; empty where the places would no longer be evenly spaced.
  public Optional<Movement> then(Node move) {
    return view.apply(move.op())
        .map(next -> {
          List<Node> longer = new ArrayList<>(path);
          longer.add(move);
          return new Movement(base, List.copyOf(longer), next);
        });
  }

  /// Whether the node is its base under another shape, element for element.
  boolean isRename() {
    return !(base.op() instanceof Op.Iota)
        && view.isDense()
        && view.shape().size() == base.shape().size();
  }
}
