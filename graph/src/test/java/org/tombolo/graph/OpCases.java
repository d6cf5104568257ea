package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// The table of operations that tests walk: at least one case for each operation, function and
/// composite, with extents that are 0, 1 or prime. A new operation is added here.
final class OpCases {
  private OpCases() {}

  /// An operation with operands that fit it.
  ///
  /// @param op which
  /// @param in types of the operands
  /// @param out type of the result, worked out by hand
  record OpCase(Op op, List<TensorType> in, TensorType out) {
    @Override
    public String toString() {
      return op.mnemonic() + in;
    }

    /// A graph whose inputs are the operands, with the result as output `y`.
    Graph graph() {
      GraphBuilder g = new GraphBuilder("case");
      List<Node> operands = new ArrayList<>();
      for (TensorType type : in) {
        operands.add(g.input("x" + operands.size(), type));
      }
      if (op instanceof Op.Assign(String variable)) {
        g.variable(variable, out);
      }
      g.output("y", g.add(op, operands));
      return g.build();
    }
  }

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    leaves(cases);
    elementwise(cases);
    movement(cases);
    reductions(cases);
    products(cases);
    groups(cases);
    windows(cases);
    indices(cases);
    composites(cases);
    controlFlow(cases);
    add(cases, new Op.Custom(new ProductAndSum(3), 0), "f32[3,0]", "f32[3,0]", "f32[3,0]");
    add(cases, new Op.Custom(new ProductAndSum(-1), 1), "f64[7]", "f64[7]", "f64[7]");
    return cases;
  }

  private static void add(List<OpCase> cases, Op op, String out, String... in) {
    cases.add(new OpCase(op, List.of(in).stream().map(OpCases::type).toList(), type(out)));
  }

  /// A type as it is printed, such as `f32[2,3]`.
  static TensorType type(String text) {
    int bracket = text.indexOf('[');
    return new TensorType(
        DType.named(text.substring(0, bracket)),
        Shape.of(
            Attributes.elements("extents", text.substring(bracket)).stream()
                .map(Long::valueOf)
                .toList()));
  }

  private static void leaves(List<OpCase> cases) {
    add(cases, new Op.Input("an \"odd\" \\ name", type("f16[2,3]")), "f16[2,3]");
    add(cases, new Op.Variable("dense/kernel", type("f32[0,3]")), "f32[0,3]");
    add(cases, new Op.Constant(Tensor.of(new int[] {1, -2, 3}, 3, 1)), "i32[3,1]");
    add(cases, new Op.Constant(Tensor.filled(type("f32[5,7]"), i -> i / 3.0)), "f32[5,7]");
    add(cases, new Op.Iota(type("i32[2,3]"), 1), "i32[2,3]");
    add(cases, new Op.Iota(type("f32[7]"), 0), "f32[7]");
    add(cases, new Op.RandomBits(Shape.of(5)), "i32[5]", "i64[2]");
    add(cases, new Op.RandomBits(Shape.SCALAR), "i32[]", "i64[2]");
    add(cases, new Op.Assign("w"), "f32[2,3]", "f32[2,3]");
  }

  private static void elementwise(List<OpCase> cases) {
    for (UnaryFn fn : UnaryFn.values()) {
      for (DType dtype : DType.values()) {
        if (fn.accepts(dtype)) {
          add(cases, new Op.Unary(fn), dtype + "[3]", dtype + "[3]");
        }
      }
    }
    for (BinaryFn fn : BinaryFn.values()) {
      for (DType dtype : DType.values()) {
        if (fn.accepts(dtype)) {
          add(cases, new Op.Binary(fn), dtype + "[1,3]", dtype + "[1,3]", dtype + "[1,3]");
        }
      }
    }
    for (CompareFn fn : CompareFn.values()) {
      add(cases, new Op.Compare(fn), "bool[2,0]", "f32[2,0]", "f32[2,0]");
      add(cases, new Op.Compare(fn), "bool[]", "u8[]", "u8[]");
    }
    add(cases, new Op.Select(), "f32[2,3]", "bool[2,3]", "f32[2,3]", "f32[2,3]");
    add(cases, new Op.Select(), "bool[]", "bool[]", "bool[]", "bool[]");
    for (DType from : DType.values()) {
      for (DType to : DType.values()) {
        add(cases, new Op.Cast(to), to + "[3]", from + "[3]");
      }
    }
  }

  private static void movement(List<OpCase> cases) {
    add(cases, new Op.Reshape(Shape.of(3, 2)), "f32[3,2]", "f32[2,3]");
    add(cases, new Op.Reshape(Shape.SCALAR), "f32[]", "f32[1,1]");
    add(cases, new Op.Reshape(Shape.of(0, 5)), "i64[0,5]", "i64[0]");
    add(cases, new Op.Permute(List.of(2, 0, 1)), "f32[5,2,3]", "f32[2,3,5]");
    add(cases, new Op.Permute(List.of()), "f32[]", "f32[]");
    add(cases, new Op.Broadcast(Shape.of(2, 3)), "f32[2,3]", "f32[1,3]");
    add(cases, new Op.Broadcast(Shape.of(0, 3)), "bool[0,3]", "bool[1,3]");
    add(
        cases,
        new Op.Slice(List.of(1L, 0L), List.of(7L, 3L), List.of(2L, 3L)),
        "f32[3,1]",
        "f32[7,3]");
    add(cases, new Op.Slice(List.of(2L), List.of(2L), List.of(1L)), "f32[0]", "f32[3]");
    add(
        cases,
        new Op.Pad(List.of(1L, 0L), List.of(0L, 2L), List.of(2L, 0L), -0.5),
        "f32[5,5]",
        "f32[2,3]");
    add(cases, new Op.Pad(List.of(2L), List.of(1L), List.of(3L), Double.NaN), "f32[3]", "f32[0]");
    add(cases, new Op.Pad(List.of(1L), List.of(1L), List.of(0L), 300), "u8[4]", "u8[2]");
    add(cases, new Op.Reverse(List.of(1)), "f32[2,3]", "f32[2,3]");
    add(cases, new Op.Reverse(List.of()), "f32[]", "f32[]");
    add(cases, new Op.Concat(1), "f32[2,6]", "f32[2,3]", "f32[2,0]", "f32[2,3]");
    add(cases, new Op.Concat(0), "i8[1]", "i8[1]");
  }

  private static void reductions(List<OpCase> cases) {
    for (ReduceFn fn : ReduceFn.values()) {
      add(cases, new Op.Reduce(fn, List.of(1)), "f32[2,5]", "f32[2,3,5]");
      add(cases, new Op.Reduce(fn, List.of(2, 0)), "i32[3]", "i32[2,3,5]");
      add(cases, new Op.Reduce(fn, List.of()), "f32[7]", "f32[7]");
      add(cases, new Op.Reduce(fn, List.of(0)), "f32[3]", "f32[0,3]");
      add(cases, new Op.Reduce(fn, List.of(0)), "u8[]", "u8[0]");
      add(
          cases,
          new Op.ReduceWindow(fn, List.of(WindowDim.each(), WindowDim.of(2, 2, 0, 1))),
          "f32[3,3]",
          "f32[3,5]");
      add(cases, new Op.ReduceWindow(fn, List.of(WindowDim.each())), "i32[0]", "i32[0]");
    }
    add(cases, new Op.Reduce(ReduceFn.MAX, List.of(0)), "bool[]", "bool[3]");
    add(
        cases,
        new Op.ReduceWindow(ReduceFn.SUM, List.of(new WindowDim(2, 3, -1, 2, 2, 3))),
        "f32[3]",
        "f32[5]");
  }

  private static void products(List<OpCase> cases) {
    List<Integer> none = List.of();
    add(cases, new Op.Dot(none, none, List.of(1), List.of(0)), "f32[2,5]", "f32[2,3]", "f32[3,5]");
    add(cases, new Op.Dot(none, none, none, none), "f32[2,3]", "f32[2]", "f32[3]");
    add(cases, new Op.Dot(none, none, List.of(0), List.of(0)), "i64[]", "i64[0]", "i64[0]");
    add(
        cases,
        new Op.Dot(List.of(2), List.of(0), List.of(0, 3), List.of(3, 1)),
        "f32[5,3,7]",
        "f32[2,3,5,4]",
        "f32[5,4,7,2]");
    add(
        cases,
        new Op.Conv(List.of(), false, ConvDims.channelsLast(0)),
        "f32[2,5]",
        "f32[2,3]",
        "f32[3,5]");
    add(
        cases,
        new Op.Conv(List.of(WindowDim.of(3, 2, 1, 1)), false, ConvDims.channelsLast(1)),
        "f32[2,4,5]",
        "f32[2,7,3]",
        "f32[3,3,5]");
    add(
        cases,
        new Op.Conv(
            List.of(new WindowDim(2, 1, -1, 3, 2, 1), new WindowDim(3, 2, 2, 0, 1, 2)),
            true,
            new ConvDims(3, 0, List.of(2, 1), 1, 3, List.of(0, 2), 1, 0, List.of(3, 2))),
        "f32[7,2,1,6]",
        "f32[5,3,3,2]",
        "f32[2,5,3,7]");
  }

  private static void groups(List<OpCase> cases) {
    add(
        cases,
        new Op.Conv(List.of(WindowDim.of(3, 2, 1, 1)), false, ConvDims.groupedChannelsLast(1)),
        "f32[2,4,5,7]",
        "f32[2,7,5,3]",
        "f32[3,3,5,7]");
  }

  private static void windows(List<OpCase> cases) {
    add(
        cases,
        new Op.WindowMaxGrad(List.of(WindowDim.of(3, 2, 1, 1), WindowDim.of(2, 2, 0, 0))),
        "f32[5,4]",
        "f32[5,4]",
        "f32[3,2]");
    add(
        cases,
        new Op.WindowMaxGrad(List.of(WindowDim.of(2, 1, 0, 0))),
        "i32[3]",
        "i32[3]",
        "i32[2]");
  }

  private static void indices(List<OpCase> cases) {
    add(cases, new Op.Gather(0, 0), "f32[2,3,7]", "f32[5,7]", "i32[2,3]");
    add(cases, new Op.Gather(0, 1), "i8[5,2]", "i8[5,3,2]", "i64[]");
    add(cases, new Op.Gather(1, 2), "f32[2,3,4,5]", "f32[2,3,7,5]", "i64[2,4]");
    add(cases, new Op.Gather(0, 0), "f32[0,3]", "f32[5,3]", "i32[0]");
    add(cases, new Op.Gather(0, 0), "bool[2]", "bool[0]", "i32[2]");
    add(cases, new Op.ScatterAdd(0, 0), "f32[5,7]", "f32[5,7]", "i32[2,3]", "f32[2,3,7]");
    add(cases, new Op.ScatterAdd(1, 2), "i32[2,3,7,5]", "i32[2,3,7,5]", "i64[2,4]", "i32[2,3,4,5]");
    add(cases, new Op.ScatterAdd(0, 0), "f32[0]", "f32[0]", "i32[3]", "f32[3]");
    for (ReduceFn fn : ReduceFn.values()) {
      add(cases, new Op.Scan(fn, 1, false, false), "f32[2,5,3]", "f32[2,5,3]");
      add(cases, new Op.Scan(fn, 0, true, true), "i32[7]", "i32[7]");
      add(cases, new Op.Scan(fn, 0, true, false), "f32[0,3]", "f32[0,3]");
    }
    add(cases, new Op.ArgReduce(true, 1), "i32[2,3]", "f32[2,5,3]");
    add(cases, new Op.ArgReduce(false, 0), "i32[]", "u8[7]");
    add(cases, new Op.ArgReduce(true, 1), "i32[0]", "f32[0,0]");
    add(cases, new Op.ArgSort(0, false, 7), "i32[7]", "f32[7]");
    add(cases, new Op.ArgSort(1, true, 2), "i32[3,2,2]", "i64[3,5,2]");
    add(cases, new Op.ArgSort(0, true, 0), "i32[0,2]", "bool[0,2]");
  }

  /// `x * |y|` with twice its gradient.
  static GraphFunction doubled() {
    GraphBuilder body = new GraphBuilder("body");
    Node x = body.input("x", type("f32[3]"));
    Node y = body.input("y", type("f32[3]"));
    body.output("z", x.mul(y.abs()));
    GraphBuilder gradient = new GraphBuilder("gradient");
    x = gradient.input("x", type("f32[3]"));
    y = gradient.input("y", type("f32[3]"));
    Node dy = gradient.input("dz", type("f32[3]"));
    gradient.output("dx", dy.mul(y.abs()).mul(2));
    gradient.output("dy", dy.mul(x).mul(2));
    return new GraphFunction("an \"odd\" \\ name", body.build(), gradient.build());
  }

  private static void composites(List<OpCase> cases) {
    add(cases, new Op.Call(doubled()), "f32[3]", "f32[3]", "f32[3]");
    add(
        cases,
        new Op.Call(new GraphFunction("plain", doubled().body())),
        "f32[3]",
        "f32[3]",
        "f32[3]");
    add(cases, new Op.Call(new Composite.Softmax(0)), "f32[3,2]", "f32[3,2]");
    add(cases, new Op.Call(new Composite.Softmax(1)), "f64[0,3]", "f64[0,3]");
    add(cases, new Op.Call(new Composite.SparseCrossEntropy()), "f32[5]", "f32[5,3]", "i32[5]");
    add(
        cases,
        new Op.Call(new Composite.SparseCrossEntropyGrad()),
        "f32[5,3]",
        "f32[5,3]",
        "i32[5]",
        "f32[5]");
    add(cases, new Op.Call(new Composite.Dropout(0.25)), "f32[7]", "f32[7]", "i64[2]");
    add(cases, new Op.Call(new Composite.LogSoftmax(0)), "f16[3,2]", "f16[3,2]");
    add(cases, new Op.Call(new Composite.CrossEntropy()), "f32[5]", "f32[5,3]", "f32[5,3]");
    add(cases, new Op.Call(new Composite.BinaryCrossEntropy()), "f32[]", "f32[]", "f32[]");
    add(
        cases,
        new Op.Call(new Normalization.LayerNorm(1, 1e-5)),
        "f32[5,2,3]",
        "f32[5,2,3]",
        "f32[2,3]",
        "f32[2,3]");
    add(cases, new Op.Call(new Normalization.RmsNorm(1, 1e-6)), "f16[0,3]", "f16[0,3]", "f16[3]");
    add(
        cases,
        new Op.Call(new Normalization.BatchNorm(2, 1e-3)),
        "f32[5,2,3]",
        "f32[5,2,3]",
        "f32[3]",
        "f32[3]");
    add(
        cases,
        new Op.Call(new Normalization.BatchNormInference(1, 1e-3)),
        "bf16[1,2]",
        "bf16[1,2]",
        "bf16[2]",
        "bf16[2]",
        "bf16[2]",
        "bf16[2]");
    add(
        cases,
        new Op.Call(new Normalization.GroupNorm(1, 3, 1e-5)),
        "f32[2,6,5]",
        "f32[2,6,5]",
        "f32[6]",
        "f32[6]");
    add(
        cases,
        new Op.Call(new Attention(0.5, false)),
        "f32[2,3,5,7]",
        "f32[2,3,5,1]",
        "f32[2,1,2,1]",
        "f32[2,1,2,7]");
    add(
        cases,
        new Op.Call(new Attention(0.5, true)),
        "f64[1,4,3,1]",
        "f64[1,4,3,5]",
        "f64[1,2,7,5]",
        "f64[1,2,7,1]",
        "bool[1,1,3,7]");
  }

  private static void controlFlow(List<OpCase> cases) {
    List<TensorType> pair = List.of(type("f32[3]"), type("i32[0]"));
    ControlFlow choice =
        new ControlFlow.If(
            GraphBuilder.function("then", pair, in -> List.of(in.get(0).exp(), in.get(1))),
            GraphBuilder.function("otherwise", pair, in -> in));
    add(cases, new Op.Control(choice, 0), "f32[3]", "bool[]", "f32[3]", "i32[0]");
    add(cases, new Op.Control(choice, 1), "i32[0]", "bool[]", "f32[3]", "i32[0]");
    ControlFlow loop = fewTrips(OptionalLong.of(5), true);
    add(cases, new Op.Control(loop, 0), "i64[]", "i64[]", "f16[2]", "f16[2]");
    add(cases, new Op.Control(loop, 1), "f16[2]", "i64[]", "f16[2]", "f16[2]");
    add(cases, new Op.Control(loop, 2), "f16[5,2]", "i64[]", "f16[2]", "f16[2]");
    ControlFlow endless = fewTrips(OptionalLong.empty(), false);
    add(cases, new Op.Control(endless, 1), "f16[2]", "i64[]", "f16[2]", "f16[2]");
  }

  /// At most three trips that add a constant to a vector and count.
  private static ControlFlow fewTrips(OptionalLong limit, boolean collects) {
    List<TensorType> types = List.of(type("i64[]"), type("f16[2]"), type("f16[2]"));
    return new ControlFlow.While(
        GraphBuilder.function(
            "condition", types, in -> List.of(in.get(0).compare(CompareFn.LT, 3))),
        GraphBuilder.function(
            "body",
            types,
            in -> {
              Node sum = in.get(1).add(in.get(2));
              return collects
                  ? List.of(in.get(0).add(1), sum, in.get(1))
                  : List.of(in.get(0).add(1), sum);
            }),
        2,
        limit);
  }
}
