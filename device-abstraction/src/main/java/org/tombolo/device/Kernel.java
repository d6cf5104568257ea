package org.tombolo.device;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A region in the form that drivers make code from.
public sealed interface Kernel permits Kernel.Single, Kernel.Finished, Kernel.Custom, LoopKernel {

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

  /// A dot or a convolution, of whose result a loop makes the region's only output, element for
  /// element: each can be finished as soon as it is there, in the memory where it lies.
  ///
  /// @param contraction what is computed first, of some of the region's inputs
  /// @param epilogue a loop without reduction over the region's inputs and, behind them, the result
  ///   of the contraction, which it reads at no point but the one that it writes; its output has
  ///   elements of the same size
  record Finished(Single contraction, LoopKernel epilogue) implements Kernel {
    /// Checks that the loop can work in the memory of the result.
    public Finished {
      int result = contraction.inputs().size();
      if (epilogue.inputs().size() != result + 1
          || epilogue.outputs().size() != 1
          || !epilogue.inPlace(0, result)) {
        throw new IllegalArgumentException(
            "%s with an epilogue: need one output, made of each element of the result in its place"
                .formatted(contraction.op().mnemonic()));
      }
    }

    @Override
    public List<TensorType> inputs() {
      return contraction.inputs();
    }

    @Override
    public List<TensorType> outputs() {
      return epilogue.outputs();
    }
  }

  /// One launch of a function from outside.
  ///
  /// @param function what
  /// @param inputs types of the region's inputs
  /// @param operands for each operand of the function, the input it is
  /// @param results types of all results of the function
  /// @param wanted for each output of the region, the result it is; the others are made as well, in
  ///   memory that nobody reads
  record Custom(
      CustomFunction function,
      List<TensorType> inputs,
      List<Integer> operands,
      List<TensorType> results,
      List<Integer> wanted)
      implements Kernel {
    static Custom of(Graph body) {
      Node first = body.outputs().firstEntry().getValue();
      CustomFunction function = ((Op.Custom) first.op()).function();
      return new Custom(
          function,
          body.inputs().stream().map(Node::type).toList(),
          first.inputs().stream().map(body.inputs()::indexOf).toList(),
          function.infer(first.inputs().stream().map(Node::type).toList()),
          body.outputs().values().stream().map(node -> ((Op.Custom) node.op()).result()).toList());
    }

    @Override
    public List<TensorType> outputs() {
      return wanted.stream().map(results::get).toList();
    }

    /// Types of the operands.
    public List<TensorType> operandTypes() {
      return operands.stream().map(inputs::get).toList();
    }

    /// Whether an output may lie where an input does: if it starts from what that input holds, and
    /// the input is no other operand.
    public boolean inPlace(int output, int input) {
      return function instanceof CustomKernel kernel
          && kernel.initial(wanted.get(output)).equals(OptionalInt.of(operands.indexOf(input)))
          && operands.stream().filter(operand -> operand == input).count() == 1;
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
    if (work.size() == 1
        && isSingle(work.get(0).op())
        && !(work.get(0).op() instanceof Op.Custom)) {
      return single(body, work.get(0));
    }
    if (!work.isEmpty() && work.stream().allMatch(node -> isSameRun(node, work.getFirst()))) {
      return Custom.of(body);
    }
    List<Node> contractions =
        work.stream()
            .filter(node -> node.op() instanceof Op.Dot || node.op() instanceof Op.Conv)
            .toList();
    if (contractions.size() == 1) {
      Node contraction = contractions.getFirst();
      return new Finished(single(body, contraction), new LoopLowering(region, contraction).lower());
    }
    return new LoopLowering(region, null).lower();
  }

  private static Single single(Graph body, Node node) {
    List<Integer> operands = new ArrayList<>();
    for (Node operand : node.inputs()) {
      int input = body.inputs().indexOf(operand);
      if (input < 0) {
        throw new IllegalArgumentException(
            "%s: reads %s; need inputs of the region".formatted(node, operand));
      }
      operands.add(input);
    }
    List<TensorType> inputs = body.inputs().stream().map(Node::type).toList();
    return new Single(node.op(), inputs, operands, node.type());
  }

  private static boolean isSameRun(Node node, Node first) {
    return node.op() instanceof Op.Custom(CustomFunction function, int _)
        && first.op() instanceof Op.Custom(CustomFunction other, int _)
        && function.equals(other)
        && node.inputs().equals(first.inputs());
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
          Op.Call _,
          Op.Custom _ ->
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
