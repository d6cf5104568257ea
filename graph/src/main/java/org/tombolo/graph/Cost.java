package org.tombolo.graph;

import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// What an operation costs on any machine: arithmetic and traffic to memory, if nothing is cached
/// and nothing is fused.
///
/// An elementary function, a comparison and a random word of Philox count as [flops][#flops] too,
/// at the rates given in the code. Leaves that are there before the run, and operations that can be
/// done by giving a value another name (reshape, assign), cost nothing.
///
/// @param flops arithmetic operations
/// @param bytesRead read from operands
/// @param bytesWritten written to the result
public record Cost(long flops, long bytesRead, long bytesWritten) {
  /// No cost at all.
  public static final Cost NONE = new Cost(0, 0, 0);

  /// Ten rounds of 2 wide products, 4 exclusive ors and 2 sums make 4 words.
  private static final long FLOPS_PER_RANDOM_WORD = 20;

  /// The cost of a node.
  public static Cost of(Node node) {
    return of(node.op(), node.inputs().stream().map(Node::type).toList(), node.type());
  }

  /// The costs of all nodes of a graph together.
  public static Cost of(Graph graph) {
    return graph.nodes().stream().map(Cost::of).reduce(NONE, Cost::plus);
  }

  /// The cost of an operation.
  ///
  /// @param op which
  /// @param in types of the operands
  /// @param out type of the result
  public static Cost of(Op op, List<TensorType> in, TensorType out) {
    return switch (op) {
      case Op.Input _, Op.Variable _, Op.Constant _, Op.Reshape _, Op.Assign _ -> NONE;
      case Op.Iota _ -> new Cost(0, 0, out.bytes());
      case Op.RandomBits _ -> dense(FLOPS_PER_RANDOM_WORD * out.size(), in, out);
      case Op.Unary(UnaryFn fn) -> dense(out.size() * flops(fn), in, out);
      case Op.Binary(BinaryFn fn) -> dense(out.size() * flops(fn), in, out);
      case Op.Compare _, Op.Select _, Op.Cast _ -> dense(out.size(), in, out);
      case Op.Permute _, Op.Broadcast _, Op.Pad _, Op.Reverse _, Op.Concat _ -> dense(0, in, out);
      case Op.Slice _ -> new Cost(0, out.bytes(), out.bytes());
      case Op.Reduce _ -> dense(in.get(0).size(), in, out);
      case Op.Dot(List<Integer> _, List<Integer> _, List<Integer> summed, List<Integer> _) -> {
        long depth = summed.stream().mapToLong(in.get(0)::dim).reduce(1, (a, b) -> a * b);
        yield dense(2 * out.size() * depth, in, out);
      }
      case Op.Conv(List<WindowDim> window, boolean _, ConvDims dims) -> {
        long products =
            in.get(0).dim(dims.lhsBatch())
                * in.get(0).dim(dims.lhsFeature())
                * in.get(1).dim(dims.rhsOut())
                * dims.group().map(group -> in.get(0).dim(group.lhs())).orElse(1L);
        for (int i = 0; i < window.size(); i++) {
          products *= touches(window.get(i), in.get(0).dim(dims.lhsSpatial().get(i)));
        }
        yield dense(2 * products, in, out);
      }
      case Op.ReduceWindow(ReduceFn _, List<WindowDim> window) ->
          dense(touches(window, in.get(0)), in, out);
      case Op.WindowMaxGrad(List<WindowDim> window) ->
          dense(touches(window, in.get(0)) + in.get(1).size(), in, out);
      case Op.Gather _ -> new Cost(0, out.bytes() + in.get(1).bytes(), out.bytes());
      case Op.ScatterAdd _ -> dense(in.get(2).size(), in, out);
      case Op.Scan _, Op.ArgReduce _ -> dense(in.get(0).size(), in, out);
      case Op.ArgSort(int axis, boolean _, long _) -> {
        long extent = in.get(0).dim(axis);
        yield dense(in.get(0).size() * (64 - Long.numberOfLeadingZeros(extent)), in, out);
      }
      case Op.Control(ControlFlow flow, int _) -> share(flow, in);
      case Op.Custom(CustomFunction function, int _) -> {
        Cost whole = function.cost(in);
        int results = function.infer(in).size();
        yield new Cost(
            whole.flops / results, whole.bytesRead / results, whole.bytesWritten / results);
      }
      case Op.Call(Composite function) -> dense(of(function.graph(in)).flops(), in, out);
    };
  }

  /// What one result bears of the cost of control flow: that of the dearer branch, or of as many
  /// trips as the limit allows. Where there is none, a few are assumed.
  private static Cost share(ControlFlow flow, List<TensorType> in) {
    Cost whole =
        switch (flow) {
          case ControlFlow.If(Graph then, Graph otherwise) ->
              Stream.of(of(then), of(otherwise))
                  .max(Comparator.comparingLong((Cost cost) -> cost.flops + cost.bytes()))
                  .orElseThrow();
          case ControlFlow.While loop -> {
            Cost trip = of(loop.condition()).plus(of(loop.body()));
            long trips = loop.expectedTrips();
            yield new Cost(trip.flops * trips, trip.bytesRead * trips, trip.bytesWritten * trips);
          }
        };
    int results = flow.infer(in).size();
    return new Cost(whole.flops / results, whole.bytesRead / results, whole.bytesWritten / results);
  }

  /// Every element of the operands read once and every element of the result written once.
  private static Cost dense(long flops, List<TensorType> in, TensorType out) {
    return new Cost(flops, in.stream().mapToLong(TensorType::bytes).sum(), out.bytes());
  }

  /// Ten for what is a polynomial or a loop inside, four for what has its own slow instruction.
  private static long flops(UnaryFn fn) {
    return switch (fn) {
      case NEG, ABS, SIGN, FLOOR, NOT -> 1;
      case SQRT -> 4;
      case EXP, LOG, SIN, COS, TANH, ERF -> 10;
    };
  }

  private static long flops(BinaryFn fn) {
    return switch (fn) {
      case ADD, SUB, MUL, MAX, MIN, AND, OR, XOR, SHL, SHR -> 1;
      case DIV, REM -> 4;
      case POW -> 20;
    };
  }

  private static long touches(List<WindowDim> window, TensorType x) {
    long touches = 1;
    for (int axis = 0; axis < window.size(); axis++) {
      touches *= touches(window.get(axis), x.dim(axis));
    }
    return touches;
  }

  /// How often a window along one axis lies over an element: padding and the gaps of a dilated
  /// operand are not counted.
  private static long touches(WindowDim window, long extent) {
    return LongStream.range(0, window.outputExtent(extent))
        .map(o ->
            LongStream.range(0, window.size()).filter(k -> window.index(o, k, extent) >= 0).count())
        .sum();
  }

  /// Both costs together.
  public Cost plus(Cost other) {
    return new Cost(
        flops + other.flops, bytesRead + other.bytesRead, bytesWritten + other.bytesWritten);
  }

  /// Bytes read and written.
  public long bytes() {
    return bytesRead + bytesWritten;
  }
}
