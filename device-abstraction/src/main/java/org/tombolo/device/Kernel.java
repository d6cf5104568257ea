package org.tombolo.device;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A region in the form that drivers make code from.
public sealed interface Kernel permits Kernel.Single, LoopKernel {

  /// Types of the region's inputs, by position.
  List<TensorType> inputs();

  /// Types of the region's outputs, by position.
  List<TensorType> outputs();

  /// One operation applied to the inputs: `dot`, `conv`, a window operation, one that picks, adds,
  /// folds or orders along an axis, `pad`, `concat`, or a composite that the device claims.
  ///
  /// @param op what
  /// @param inputs types of the region's inputs
  /// @param operands for each operand of the operation, the input it is
  /// @param result type of the result
  record Single(Op op, List<TensorType> inputs, List<Integer> operands, TensorType result)
      implements Kernel {
    @Override
    public List<TensorType> outputs() {
      return List.of(result);
    }

    /// Type of one operand.
    public TensorType operand(int index) {
      return inputs.get(operands.get(index));
    }
  }

  /// Checks what a driver is given to bind: the contract of [Executable#bind], apart from whose
  /// memory it is, which the driver knows best.
  ///
  /// @param region name for messages
  /// @param executable says which outputs may replace inputs, and how much working memory it needs
  /// @param alignment of the device
  /// @param inputs one range per input
  /// @param outputs one range per output
  /// @param scratch working memory
  /// @throws IllegalArgumentException if a range has another size or alignment than it must, or
  ///   overlaps one that it must not
  default void requireFit(
      String region,
      Executable executable,
      int alignment,
      List<Slice> inputs,
      List<Slice> outputs,
      Slice scratch) {
    new BindCheck(region, executable, alignment).check(this, inputs, outputs, scratch);
  }

  /// The form of a region.
  ///
  /// @throws IllegalArgumentException if it has neither form
  static Kernel of(Region region) {
    Graph body = region.body();
    List<Node> work =
        body.nodes().stream().filter(node -> !(node.op() instanceof Op.Input)).toList();
    if (work.size() == 1 && isSingle(work.get(0).op())) {
      Node node = work.get(0);
      List<Integer> operands = new ArrayList<>();
      node.inputs().forEach(operand -> operands.add(body.inputs().indexOf(operand)));
      List<TensorType> inputs = body.inputs().stream().map(Node::type).toList();
      return new Single(node.op(), inputs, operands, node.type());
    }
    return new LoopLowering(region).lower();
  }

  /// Whether an operation runs by itself rather than as part of a loop.
  static boolean isSingle(Op op) {
    return switch (op) {
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
          true;
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
          Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Reverse _,
          Op.Reduce _,
          Op.Assign _,
          Op.Control _ ->
          false;
    };
  }
}
