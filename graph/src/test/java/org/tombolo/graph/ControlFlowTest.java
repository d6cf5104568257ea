package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// What branches and loops give, and which ones are refused.
class ControlFlowTest {
  private static final TensorType F64 = TensorType.of(DType.F64);
  private static final TensorType I64 = TensorType.of(DType.I64);

  private static Reference.Result run(GraphBuilder g, double x) {
    Graph graph = GraphText.parse(g.build().toString());
    assertEquals(g.build(), graph);
    return Reference.run(graph, Map.of("x", Tensor.filled(F64, i -> x)), Map.of());
  }

  @Test
  void oneBranchIsTaken() {
    GraphBuilder g = new GraphBuilder("if");
    Node x = g.input("x", F64);
    List<Node> results =
        g.ifElse(
            x.compare(CompareFn.GT, 0),
            List.of(x),
            in -> List.of(in.get(0).mul(2), in.get(0)),
            in -> List.of(in.get(0).neg(), in.get(0).builder().scalar(DType.F64, 7)));
    g.output("a", results.get(0));
    g.output("b", results.get(1));

    assertArrayEquals(new double[] {6}, run(g, 3).doubles("a"));
    assertArrayEquals(new double[] {3}, run(g, 3).doubles("b"));
    assertArrayEquals(new double[] {5}, run(g, -5).doubles("a"));
    assertArrayEquals(new double[] {7}, run(g, -5).doubles("b"));
  }

  /// Halves a number until it is below 1, and collects what it was before each trip.
  private static GraphBuilder halving(OptionalLong limit) {
    GraphBuilder g = new GraphBuilder("halving");
    Node x = g.input("x", F64);
    List<Node> results =
        g.whileLoop(
            limit,
            List.of(x, g.scalar(DType.I64, 0)),
            List.of(g.scalar(DType.F64, 0.5)),
            in -> in.get(0).compare(CompareFn.GE, 1),
            in -> {
              Node next = in.get(0).mul(in.get(2));
              return limit.isPresent()
                  ? List.of(next, in.get(1).add(1), in.get(0))
                  : List.of(next, in.get(1).add(1));
            });
    g.output("last", results.get(0));
    g.output("trips", results.get(1));
    if (limit.isPresent()) {
      g.output("history", results.get(2));
    }
    return g;
  }

  @Test
  void aLoopEndsWhenItsConditionNoLongerHolds() {
    Reference.Result result = run(halving(OptionalLong.empty()), 5);
    assertArrayEquals(new double[] {0.625}, result.doubles("last"));
    assertArrayEquals(new double[] {3}, result.doubles("trips"));
    assertArrayEquals(
        new double[] {0.25}, run(halving(OptionalLong.empty()), 0.25).doubles("last"));
  }

  @Test
  void whatIsCollectedIsZeroAfterTheLastTrip() {
    Reference.Result result = run(halving(OptionalLong.of(5)), 5);
    assertArrayEquals(new double[] {5, 2.5, 1.25, 0, 0}, result.doubles("history"));
    assertArrayEquals(new double[] {3}, result.doubles("trips"));
  }

  @Test
  void aLoopEndsAtItsLimit() {
    Reference.Result two = run(halving(OptionalLong.of(2)), 5);
    assertArrayEquals(new double[] {1.25}, two.doubles("last"));
    assertArrayEquals(new double[] {5, 2.5}, two.doubles("history"));
    Reference.Result none = run(halving(OptionalLong.of(0)), 5);
    assertArrayEquals(new double[] {5}, none.doubles("last"));
    assertEquals(0, none.doubles("history").length);
  }

  @Test
  void resultsOfOneLoopAreDifferentiatedTogether() {
    GraphBuilder g = new GraphBuilder("both");
    Node x = g.input("x", F64);
    List<Node> results =
        g.whileLoop(
            OptionalLong.of(4),
            List.of(x, g.scalar(DType.I64, 0)),
            List.of(),
            in -> in.get(1).compare(CompareFn.LT, 3),
            in -> List.of(in.get(0).mul(in.get(0)), in.get(1).add(1), in.get(0).mul(10)));
    Node y = results.get(0).add(results.get(2).sum());
    g.output("dx", Gradients.of(y, List.of(x)).get(0));

    double x1 = 1.5;
    double want = 8 * Math.pow(x1, 7) + 10 + 20 * x1 + 40 * Math.pow(x1, 3);
    assertArrayEquals(new double[] {want}, run(g, x1).doubles("dx"), 1e-9);
    long loops =
        g.build().nodes().stream()
            .filter(node -> node.op() instanceof Op.Control)
            .map(node -> List.of(((Op.Control) node.op()).flow(), node.inputs()))
            .distinct()
            .count();
    assertEquals(2, loops, "one forward with what was carried, one back");
  }

  @Test
  void aKnownBranchTakesThePlaceOfTheChoice() {
    GraphBuilder g = new GraphBuilder("known");
    Node x = g.input("x", F64);
    g.output(
        "y",
        g.ifElse(
                g.scalar(DType.BOOL, 0),
                List.of(x),
                in -> List.of(in.get(0).exp()),
                in -> List.of(in.get(0).neg()))
            .get(0));
    Graph simple = Rewrites.simplify(g.build());
    assertFalse(simple.nodes().stream().anyMatch(node -> node.op() instanceof Op.Control));
    assertArrayEquals(
        new double[] {-2},
        Reference.run(simple, Map.of("x", Tensor.filled(F64, i -> 2)), Map.of()).doubles("y"));
  }

  @Test
  void graphsThatDoNotFitAreRefused() {
    Graph one = GraphBuilder.function("one", List.of(F64), in -> List.of(in.get(0).neg()));
    Graph other = GraphBuilder.function("other", List.of(I64), in -> List.of(in.get(0).neg()));
    assertEquals(
        "if: branches are [f64[]] -> [f64[]] and [i64[]] -> [i64[]]; need the same types",
        refusal(() -> new ControlFlow.If(one, other)));
    assertEquals(
        "while: condition is [f64[]] -> [f64[]]; need [f64[]] -> [bool[]]",
        refusal(() -> new ControlFlow.While(one, one, 1, OptionalLong.empty())));
    Graph yes =
        GraphBuilder.function(
            "yes", List.of(F64), in -> List.of(in.get(0).compare(CompareFn.GT, 0)));
    assertEquals(
        "while: body is [f64[]] -> [bool[]], 1 carried; need results that start with the types of the carried operands",
        refusal(() -> new ControlFlow.While(yes, yes, 1, OptionalLong.empty())));
    Graph two =
        GraphBuilder.function("two", List.of(F64), in -> List.of(in.get(0), in.get(0).neg()));
    assertEquals(
        "while: limit is OptionalLong.empty, 1 values are collected; need a limit of 0 or more to collect",
        refusal(() -> new ControlFlow.While(yes, two, 1, OptionalLong.empty())));
    GraphBuilder state = new GraphBuilder("state");
    state.output("y", state.variable("w", F64));
    assertEquals(
        "if: graph state has variables [variable: f64[]]; need none",
        refusal(() -> new ControlFlow.If(state.build(), state.build())));
  }

  @Test
  void operandsThatDoNotFitAreRefused() {
    GraphBuilder g = new GraphBuilder("user");
    Node x = g.input("x", F64);
    Graph neg = GraphBuilder.function("neg", List.of(F64), in -> List.of(in.get(0).neg()));
    ControlFlow.If choice = new ControlFlow.If(neg, neg);
    assertEquals(
        "if: operands are [f64[], f64[]]; need [bool[], f64[]]",
        refusal(() -> g.control(choice, List.of(x, x))));
    assertEquals(
        "if: result is 1; need one of 1 results",
        refusal(() -> g.add(new Op.Control(choice, 1), List.of(x.compare(CompareFn.GT, 0), x))));
  }

  @Test
  void nodesOfOutsideAreRefused() {
    GraphBuilder g = new GraphBuilder("outer");
    Node x = g.input("x", F64);
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () ->
                g.ifElse(
                    x.compare(CompareFn.GT, 0), List.of(), in -> List.of(x), in -> List.of(x)));
    assertEquals(
        "graph then: node input: f64[] belongs to another builder; need nodes of this one",
        e.problem());
  }

  private static String refusal(org.junit.jupiter.api.function.Executable body) {
    return assertThrows(ShapeException.class, body).problem();
  }
}
