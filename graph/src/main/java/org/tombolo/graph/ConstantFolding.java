package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Computes on the host, with the [Reference], what depends on constants only.
///
/// Repetition is never carried out: an elementwise function of repeated scalars becomes one
/// repeated scalar, however large. Everything else is folded up to 1,024 elements. The folded
/// values are rounded to their type, as they would be on a device.
public final class ConstantFolding implements Rewrite {
  /// Of each operand and of the result. Keeps a folded constant within a few kilobytes and the time
  /// to fold it within milliseconds.
  private static final long MAX_ELEMENTS = 1024;

  @Override
  public Graph apply(Graph graph) {
    return Rebuild.of(graph, ConstantFolding::folded);
  }

  private static @Nullable Node folded(Node original, List<Node> operands, GraphBuilder to) {
    return switch (original.op()) {
      case Op.Input _, Op.Constant _, Op.Variable _, Op.Iota _, Op.Assign _, Op.Custom _ -> null;
      case Op.Unary _, Op.Binary _, Op.Compare _, Op.Select _, Op.Cast _ -> {
        Node uniform = uniform(original, operands, to);
        yield uniform == null ? small(original, operands, to) : uniform;
      }
      case Op.Broadcast _, Op.Reshape _, Op.Permute _, Op.Slice _, Op.Reverse _ ->
          moved(original, operands, to);
      case Op.Control(ControlFlow flow, int result) -> chosen(flow, result, operands, to);
      case Op.RandomBits _,
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
          Op.Call _ ->
          small(original, operands, to);
    };
  }

  /// An elementwise function of repeated scalars.
  private static @Nullable Node uniform(Node original, List<Node> operands, GraphBuilder to) {
    List<Tensor> scalars = new ArrayList<>();
    for (Node operand : operands) {
      Tensor value = Uniform.value(operand);
      if (value == null) {
        return null;
      }
      scalars.add(value);
    }
    Tensor result = Reference.evaluate(original.op(), scalars);
    return Uniform.node(to, result, original.shape(), original);
  }

  /// A repeated scalar stays one under any movement. Others are moved, but not repeated.
  private static @Nullable Node moved(Node original, List<Node> operands, GraphBuilder to) {
    Tensor value = Uniform.value(operands.getFirst());
    if (value != null && original.type().size() > 0) {
      Node source = operands.getFirst();
      boolean repeatsOne =
          original.op() instanceof Op.Broadcast
              && source.op() instanceof Op.Constant
              && source.type().size() == 1;
      return repeatsOne ? null : Uniform.node(to, value, original.shape(), original);
    }
    return original.op() instanceof Op.Broadcast ? null : small(original, operands, to);
  }

  /// The branch that will run in place of the choice, if that is known. Loops are left alone: they
  /// may be long.
  private static @Nullable Node chosen(
      ControlFlow flow, int result, List<Node> operands, GraphBuilder to) {
    return flow instanceof ControlFlow.If(Graph then, Graph otherwise)
            && operands.getFirst().op() instanceof Op.Constant(Tensor condition)
        ? to.inline(
                condition.longAt(0) != 0 ? then : otherwise, operands.subList(1, operands.size()))
            .get(result)
        : null;
  }

  private static @Nullable Node small(Node original, List<Node> operands, GraphBuilder to) {
    if (original.type().size() > MAX_ELEMENTS || !operands.stream().allMatch(x -> isKnown(x))) {
      return null;
    }
    List<Tensor> values = operands.stream().map(ConstantFolding::known).toList();
    Tensor result = Reference.evaluate(original.op(), values);
    return to.addAt(new Op.Constant(result), List.of(), original);
  }

  private static boolean isKnown(Node node) {
    Node source = node.op() instanceof Op.Broadcast ? node.input(0) : node;
    return source.op() instanceof Op.Constant && node.type().size() <= MAX_ELEMENTS;
  }

  private static Tensor known(Node node) {
    return switch (node.op()) {
      case Op.Constant(Tensor value) -> value;
      default -> Reference.evaluate(node.op(), List.of(known(node.input(0))));
    };
  }
}
