package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What each rewrite does, and what it must leave alone.
class RewritesTest {

  /// The text of a graph with one output, a function of inputs `x` and `y` of a type.
  private static Graph graph(TensorType type, Function<Node[], Node> formula) {
    GraphBuilder g = new GraphBuilder("g");
    g.output("out", formula.apply(new Node[] {g.input("x", type), g.input("y", type)}));
    return g.build();
  }

  private static void becomes(
      TensorType type, Function<Node[], Node> before, Function<Node[], Node> after) {
    Graph simple = Verifier.verify(Rewrites.simplify(graph(type, before)));
    assertEquals(graph(type, after).toString(), simple.toString());
  }

  private static void becomesX(TensorType type, UnaryOperator<Node> before) {
    becomes(type, in -> before.apply(in[0]), in -> in[0]);
  }

  private static void stays(TensorType type, UnaryOperator<Node> formula) {
    Graph graph = graph(type, in -> formula.apply(in[0]));
    assertSame(graph, Rewrites.simplify(graph));
  }

  private static final TensorType F = TensorType.f32(2, 3);
  private static final TensorType I = TensorType.of(DType.I32, 2, 3);
  private static final TensorType B = TensorType.of(DType.BOOL, 2, 3);

  private static Node number(Node beside, double value) {
    return beside.builder().full(beside.type(), value);
  }

  /// A repeated scalar in the form that folding leaves behind.
  private static Node repeated(Node beside, double value) {
    long[] ones = new long[beside.rank()];
    Arrays.fill(ones, 1);
    Tensor one = Tensor.full(beside.type().withShape(Shape.of(ones)), value);
    return beside.builder().constant(one).broadcastTo(beside.shape());
  }

  @Test
  void removeNeutralOperands() {
    becomesX(F, x -> x.mul(1));
    becomesX(F, x -> number(x, 1).mul(x));
    becomesX(F, x -> x.div(1));
    becomesX(F, x -> x.sub(0));
    becomesX(F, x -> x.add(-0.0));
    becomesX(F, x -> number(x, -0.0).add(x));
    becomesX(F, x -> x.pow(number(x, 1)));
    becomesX(F, x -> x.max(Double.NEGATIVE_INFINITY));
    becomesX(F, x -> x.min(Double.POSITIVE_INFINITY));
    becomesX(I, x -> x.add(0));
    becomesX(I, x -> x.mul(1));
    becomesX(I, x -> x.div(1));
    becomesX(I, x -> x.or(number(x, 0)));
    becomesX(I, x -> x.and(number(x, -1)));
    becomesX(I, x -> x.binary(BinaryFn.SHL, number(x, 0)));
    becomesX(B, x -> x.and(number(x, 1)));
    becomesX(B, x -> x.binary(BinaryFn.XOR, number(x, 0)));
    becomesX(TensorType.of(DType.U8, 3), x -> x.and(number(x, 255)));
  }

  @Test
  void keepWhatOnlySeemsNeutral() {
    stays(F, x -> x.mul(repeated(x, 0)));
    stays(F, x -> x.add(repeated(x, 0.0)));
    stays(F, x -> x.sub(repeated(x, -0.0)));
    stays(F, x -> x.sub(x));
    stays(F, x -> x.div(x));
    stays(F, x -> x.div(repeated(x, 3)));
    stays(F, x -> x.div(repeated(x, 0x1p127)));
    stays(F, x -> x.sub(x.exp()).neg());
    stays(F, x -> x.sqrt().square());
    stays(F, x -> x.builder().add(new Op.Reduce(ReduceFn.SUM, List.of()), List.of(x)));
    stays(F, x -> x.sum(1).sum(0));
    stays(F, x -> x.compare(CompareFn.LT, x.exp()).not());
    stays(F, x -> x.cast(DType.F16).cast(DType.F32));
    stays(F, x -> x.cast(DType.I32).cast(DType.F32));
    stays(TensorType.of(DType.U8, 3), x -> x.neg().abs());
    stays(I, x -> x.cast(DType.F64).cast(DType.I8));
    stays(I, x -> x.binary(BinaryFn.REM, x));
  }

  @Test
  void joinPairs() {
    becomesX(F, x -> x.neg().neg());
    becomesX(B, x -> x.not().not());
    becomesX(F, x -> x.max(x));
    becomes(F, in -> in[0].neg().abs(), in -> in[0].abs());
    becomes(F, in -> in[0].add(in[1].neg()), in -> in[0].sub(in[1]));
    becomes(F, in -> in[0].neg().add(in[1]), in -> in[1].sub(in[0]));
    becomes(F, in -> in[0].sub(in[1].neg()), in -> in[0].add(in[1]));
    becomes(F, in -> in[0].neg().mul(in[1].neg()), in -> in[0].mul(in[1]));
    becomes(F, in -> in[0].mul(-1), in -> in[0].neg());
    becomes(F, in -> in[0].pow(number(in[0], 2)), in -> in[0].mul(in[0]));
    becomes(
        F,
        in -> in[0].compare(CompareFn.EQ, in[1]).not(),
        in -> in[0].compare(CompareFn.NE, in[1]));
    becomes(B, in -> in[0].not().select(in[1], in[0]), in -> in[0].select(in[0], in[1]));
    becomes(I, in -> in[0].sub(in[0]), in -> repeated(in[0], 0));
    becomes(I, in -> in[0].mul(0), in -> repeated(in[0], 0));
  }

  @Test
  void divideByPowersOfTwoAsProducts() {
    becomes(F, in -> in[0].div(4), in -> in[0].mul(repeated(in[0], 0.25)));
    becomes(F, in -> in[0].div(-0x1p-126), in -> in[0].mul(repeated(in[0], -0x1p126)));
    stays(TensorType.of(DType.F16, 2), x -> x.div(repeated(x, 0x1p15)));
  }

  @Test
  void decideSelects() {
    becomesX(F, x -> number(x, 1).compare(CompareFn.GT, 0).select(x, x.exp()));
    becomesX(F, x -> number(x, 1).compare(CompareFn.LT, 0).select(x.exp(), x));
    becomesX(F, x -> x.compare(CompareFn.GT, 0).select(x, x));
  }

  @Test
  void shortenCasts() {
    becomesX(F, x -> x.builder().add(new Op.Cast(DType.F32), List.of(x)));
    becomesX(F, x -> x.cast(DType.F64).cast(DType.F32));
    becomesX(TensorType.of(DType.U8, 3), x -> x.cast(DType.BF16).cast(DType.U8));
    becomes(B, in -> in[0].cast(DType.I8).cast(DType.F32), in -> in[0].cast(DType.F32));
    becomes(I, in -> in[0].cast(DType.I64).cast(DType.I8), in -> in[0].cast(DType.I8));
  }

  @Test
  void removeMovementsThatMoveNothing() {
    becomesX(F, x -> x.builder().add(new Op.Reshape(x.shape()), List.of(x)));
    becomesX(F, x -> x.permute(0, 1));
    becomesX(F, x -> x.builder().add(new Op.Broadcast(x.shape()), List.of(x)));
    becomesX(F, x -> x.slice(1, 0, 3));
    becomesX(F, x -> x.pad(new long[2], new long[2], new long[2], 7));
    becomesX(TensorType.f32(1), x -> x.pad(new long[1], new long[1], new long[] {3}, 7));
    becomesX(F, x -> x.builder().add(new Op.Reverse(List.of()), List.of(x)));
    becomesX(TensorType.f32(1, 3), x -> x.reverse(0));
    becomesX(F, x -> x.builder().concat(0, x));
    becomesX(F, x -> x.builder().concat(0, x.slice(0, 1, 1), x));
    becomesX(F, x -> x.builder().add(new Op.Reduce(ReduceFn.MAX, List.of()), List.of(x)));
    becomesX(F, x -> x.reduceWindow(ReduceFn.MIN, List.of(WindowDim.each(), WindowDim.each())));
    becomes(TensorType.f32(1, 3), in -> in[0].permute(1, 0), in -> in[0].reshape(3, 1));
    becomes(TensorType.f32(1, 3), in -> in[0].reduce(ReduceFn.MAX, 0), in -> in[0].reshape(3));
    becomes(TensorType.of(DType.I64, 1, 3), in -> in[0].sum(0), in -> in[0].reshape(3));
  }

  @Test
  void joinMovements() {
    becomesX(F, x -> x.reshape(6).reshape(2, 3));
    becomesX(F, x -> x.transpose().transpose());
    becomesX(F, x -> x.reverse(0, 1).reverse(1, 0));
    becomes(F, in -> in[0].reshape(6).reshape(3, 2), in -> in[0].reshape(3, 2));
    becomes(F, in -> in[0].reverse(0).reverse(1), in -> in[0].reverse(0, 1));
    becomes(
        TensorType.f32(2, 3, 5),
        in -> in[0].permute(1, 2, 0).permute(1, 0, 2),
        in -> in[0].permute(2, 1, 0));
    becomes(
        TensorType.f32(1, 1),
        in ->
            in[0]
                .builder()
                .add(new Op.Broadcast(Shape.of(2, 3)), List.of(in[0].broadcastTo(Shape.of(2, 1)))),
        in -> in[0].broadcastTo(Shape.of(2, 3)));
    becomes(
        TensorType.f32(20),
        in ->
            in[0]
                .slice(new long[] {1}, new long[] {19}, new long[] {3})
                .slice(new long[] {1}, new long[] {6}, new long[] {2}),
        in -> in[0].slice(new long[] {4}, new long[] {17}, new long[] {6}));
    becomes(
        TensorType.f32(3),
        in ->
            in[0]
                .pad(new long[] {1}, new long[] {0}, new long[] {2}, 5)
                .pad(new long[] {0}, new long[] {3}, new long[] {0}, 5),
        in -> in[0].pad(new long[] {1}, new long[] {3}, new long[] {2}, 5));
    stays(
        TensorType.f32(3),
        x ->
            x.pad(new long[] {1}, new long[] {0}, new long[] {0}, 0.0)
                .pad(new long[] {1}, new long[] {0}, new long[] {0}, -0.0));
  }

  @Test
  void readTransposedOperandsInPlace() {
    becomes(
        TensorType.f32(2, 3),
        in -> in[0].matmul(in[1].transpose()),
        in ->
            in[0]
                .builder()
                .add(
                    new Op.Dot(List.of(), List.of(), List.of(1), List.of(1)),
                    List.of(in[0], in[1])));
    becomes(
        TensorType.f32(2, 3),
        in -> in[0].transpose().matmul(in[1]),
        in ->
            in[0]
                .builder()
                .add(
                    new Op.Dot(List.of(), List.of(), List.of(0), List.of(0)),
                    List.of(in[0], in[1])));
    Function<Node[], Node> freeAxesTurned =
        in ->
            in[0]
                .builder()
                .add(
                    new Op.Dot(List.of(), List.of(), List.of(2), List.of(2)),
                    List.of(in[0].permute(1, 0, 2), in[1]));
    stays(TensorType.f32(2, 3, 5), x -> freeAxesTurned.apply(new Node[] {x, x}));
  }

  @Test
  void foldConstants() {
    GraphBuilder g = new GraphBuilder("g");
    Node a = g.constant(Tensor.of(new float[] {1, 2, 3}));
    Node b = g.constant(Tensor.of(new float[] {10, 20, 30}));
    g.output("sum", a.add(b).mul(2).sum());
    g.output("random", g.randomBits(g.constant(Tensor.of(new long[] {1, 2})), Shape.of(3)));

    Graph simple = Rewrites.simplify(g.build());

    assertEquals(2, simple.nodes().size());
    assertEquals(new Op.Constant(Tensor.scalar(132)), simple.outputs().get("sum").op());
    assertEquals(
        Reference.run(g.build(), List.of()).get(1),
        simple.outputs().get("random").op() instanceof Op.Constant(Tensor bits) ? bits : null);
  }

  @Test
  void foldRepeatedScalarsWithoutRepeatingThem() {
    TensorType vast = TensorType.f32(1 << 20, 1 << 20);
    becomes(
        vast,
        in -> in[0].add(number(in[0], 3).mul(2).sqrt().neg()),
        in -> in[0].add(repeated(in[0], (float) -Math.sqrt(6))));
    becomes(
        TensorType.f32(2, 3),
        in -> in[0].reshape(6).add(number(in[0], 3).permute(1, 0).reshape(6)),
        in -> in[0].reshape(6).add(repeated(in[0].reshape(6), 3)));
  }

  @Test
  void doNotFoldWhatIsLarge() {
    GraphBuilder g = new GraphBuilder("g");
    g.output("y", g.constant(Tensor.filled(TensorType.f32(1025), i -> i)).exp());
    Graph graph = g.build();
    assertSame(graph, Rewrites.simplify(graph));

    GraphBuilder counted = new GraphBuilder("iota");
    counted.output("y", counted.iota(TensorType.f32(3), 0).exp());
    assertSame(1, Rewrites.simplify(counted.build()).outputs().size());
    assertEquals("exp", Rewrites.simplify(counted.build()).outputs().get("y").op().mnemonic());
  }

  @Test
  void computeEqualExpressionsOnce() {
    becomes(
        F,
        in -> in[0].add(in[1]).mul(in[1].add(in[0])),
        in -> {
          Node sum = in[0].add(in[1]);
          return sum.mul(sum);
        });
    stays(
        F,
        x -> {
          Node e = x.exp();
          return x.sub(e).add(e.sub(x));
        });
  }

  @Test
  void joinRandomBitsOfEqualKeysOnly() {
    GraphBuilder g = new GraphBuilder("g");
    TensorType key = TensorType.of(DType.I64, 2);
    Node a = g.randomBits(g.input("a", key), Shape.of(2));
    Node again = g.randomBits(g.input("a", key), Shape.of(2));
    Node b = g.randomBits(g.input("b", key), Shape.of(2));
    g.output("same", a.binary(BinaryFn.XOR, again));
    g.output("other", a.binary(BinaryFn.XOR, b));

    Graph simple = Rewrites.simplify(g.build());

    assertEquals(
        2, simple.nodes().stream().filter(node -> node.op() instanceof Op.RandomBits).count());
    assertEquals("constant", simple.outputs().get("same").input(0).op().mnemonic());
  }

  @Test
  void keepNamesScopesLinesAndState() {
    GraphBuilder g = new GraphBuilder("g");
    g.input("unused", TensorType.f32());
    Node v = g.variable("v", F);
    g.variable("idle", F);
    Node dead;
    Node kept;
    try (var _ = g.scope("layer")) {
      dead = v.exp().log();
      kept = v.mul(1).div(2);
    }
    g.assign("v", v.add(-0.0));
    g.output("y", kept);
    Graph simple = Rewrites.simplify(g.build());

    assertEquals(List.of(new Op.Input("unused", TensorType.f32())), ops(simple.inputs()));
    assertEquals(
        List.of(new Op.Variable("v", F), new Op.Variable("idle", F)), ops(simple.variables()));
    assertEquals(List.of(new Op.Assign("v")), ops(simple.assigns()));
    assertEquals(simple.variables().getFirst(), simple.assigns().getFirst().input(0));
    Node y = simple.outputs().get("y");
    assertEquals("layer", y.scope());
    assertEquals(kept.where(), y.where());
    assertEquals(0, simple.nodes().stream().filter(n -> n.op().equals(dead.op())).count());
  }

  private static List<Op> ops(List<Node> nodes) {
    return nodes.stream().map(Node::op).toList();
  }

  @Test
  void dropDeadCode() {
    GraphBuilder g = new GraphBuilder("g");
    Node x = g.input("x", F);
    g.output("y", x.exp());
    Graph built = g.build();
    assertSame(built, new DeadCode().apply(built));

    Node loose = x.log();
    List<Node> all = new ArrayList<>(built.nodes());
    all.add(loose);
    Graph withLoose = new Graph("g", all, built.outputs());
    assertEquals(built.toString(), new DeadCode().apply(withLoose).toString());
  }

  @Test
  void gradientsComeOutClean() {
    GraphBuilder g = new GraphBuilder("g");
    Node x = g.input("x", TensorType.f32(5, 3));
    Node w = g.variable("w", TensorType.f32(3, 2));
    Node y = x.matmul(w).relu().sum();
    g.output("dw", Gradients.of(y, List.of(w)).get(0));

    assertEquals(
        """
        graph "g" {
          %0 = input "x" : f32[5,3]
          %1 = variable "w" : f32[3,2]
          %2 = dot(%0, %1) lhs_contract=[1] rhs_contract=[0] : f32[5,2]
          %3 = constant value=[0.0] : f32[1,1]
          %4 = broadcast(%3) : f32[5,2]
          %5 = constant value=[1.0] : f32[1,1] in "gradient"
          %6 = broadcast(%5) : f32[5,2] in "gradient"
          %7 = gt(%2, %4) : bool[5,2] in "gradient"
          %8 = select(%7, %6, %4) : f32[5,2] in "gradient"
          %9 = dot(%0, %8) lhs_contract=[0] rhs_contract=[0] : f32[3,2] in "gradient"
          output "dw" = %9
        }
        """,
        Rewrites.simplify(g.build()).toString());
  }
}
