package org.tombolo.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;

/// Turns a region of elementwise operations into a [LoopKernel]: movement disappears into the views
/// of what is read.
final class LoopLowering {
  private final Region region;
  private final Graph graph;
  private final List<LoopKernel.Value> body = new ArrayList<>();
  private final List<DType> dtypes = new ArrayList<>();
  private final Map<Node, Integer> numbers = new HashMap<>();

  /// What the loop reads as if it were one more input.
  private final @Nullable Node made;

  /// @param made a node that is computed before and counts as the last input, if there is one
  LoopLowering(Region region, @Nullable Node made) {
    this.region = region;
    this.graph = region.body();
    this.made = made;
  }

  LoopKernel lower() {
    List<Node> results = List.copyOf(graph.outputs().values());
    Node first = results.get(0);
    LoopKernel.@Nullable Reduction reduction = null;
    Shape space = first.shape();
    List<Node> stored = results;
    if (first.op() instanceof Op.Reduce(var fn, List<Integer> axes)) {
      require(results.size() == 1, first, "a reduction to be the only output");
      reduction = new LoopKernel.Reduction(fn, axes.stream().sorted().toList());
      stored = first.inputs();
      space = stored.get(0).shape();
    }
    List<Integer> stores = new ArrayList<>();
    for (Node node : stored) {
      require(node.shape().equals(space), node, "outputs of shape " + space);
      stores.add(number(node));
    }
    List<TensorType> inputs = new ArrayList<>(graph.inputs().stream().map(Node::type).toList());
    if (made != null) {
      inputs.add(made.type());
    }
    List<TensorType> outputs = results.stream().map(Node::type).toList();
    return new LoopKernel(inputs, outputs, space, body, dtypes, stores, reduction);
  }

  private int number(Node node) {
    Integer known = numbers.get(node);
    if (known != null) {
      return known;
    }
    LoopKernel.Value value = value(node);
    body.add(value);
    dtypes.add(node.dtype());
    numbers.put(node, body.size() - 1);
    return body.size() - 1;
  }

  private LoopKernel.Value value(Node node) {
    if (node == made) {
      return leaf(node);
    }
    return switch (node.op()) {
      case Op.Unary(var fn) -> new LoopKernel.Unary(fn, number(node.input(0)));
      case Op.Binary(var fn) ->
          new LoopKernel.Binary(fn, number(node.input(0)), number(node.input(1)));
      case Op.Compare(var fn) ->
          new LoopKernel.Compare(fn, number(node.input(0)), number(node.input(1)));
      case Op.Select() ->
          new LoopKernel.Select(
              number(node.input(0)), number(node.input(1)), number(node.input(2)));
      case Op.Cast _ -> new LoopKernel.Cast(number(node.input(0)));
      case Op.Input _,
          Op.Constant _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Reverse _ ->
          leaf(node);
      case Op.Variable _,
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
          throw unfit(node, "elementwise operations and movement of inputs");
    };
  }

  /// Follows movement down to what is read, then composes the views on the way back.
  private LoopKernel.Value leaf(Node node) {
    List<Node> path = new ArrayList<>();
    Node source = node;
    while (source.op() instanceof Op.Reshape
        || source.op() instanceof Op.Permute
        || source.op() instanceof Op.Broadcast
        || source.op() instanceof Op.Slice
        || source.op() instanceof Op.Reverse) {
      path.add(source);
      source = source.input(0);
    }
    if (source.op() instanceof Op.Constant(var value) && value.type().size() == 1) {
      return new LoopKernel.Literal(value);
    }
    StridedView view =
        source.op() instanceof Op.Iota(TensorType type, int axis)
            ? alongAxis(type.shape(), axis)
            : StridedView.dense(source.shape());
    for (Node move : path.reversed()) {
      view =
          view.apply(move.op()).orElseThrow(() -> unfit(move, "movement that keeps even strides"));
    }
    if (source.op() instanceof Op.Iota) {
      return new LoopKernel.Index(view);
    }
    if (source.op() instanceof Op.RandomBits) {
      return new LoopKernel.Random(inputNumber(source.input(0)), view);
    }
    return new LoopKernel.Load(inputNumber(source), view);
  }

  private static StridedView alongAxis(Shape shape, int axis) {
    long[] strides = new long[shape.rank()];
    strides[axis] = 1;
    return StridedView.of(shape, 0, strides);
  }

  private int inputNumber(Node node) {
    int input = node == made ? graph.inputs().size() : graph.inputs().indexOf(node);
    require(input >= 0, node, "movement of inputs, not of computed values");
    return input;
  }

  private void require(boolean fits, Node node, String needed) {
    if (!fits) {
      throw unfit(node, needed);
    }
  }

  private IllegalArgumentException unfit(Node node, String needed) {
    return new IllegalArgumentException(
        "region %s: has %s; a loop needs %s".formatted(region.name(), node, needed));
  }
}
