package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

/// Graphs that no builder would make are put together by hand and must be refused.
class VerifierTest {
  private static final TensorType TYPE = TensorType.f32(2);
  private final GraphBuilder builder = new GraphBuilder("bad");
  private int count;

  private Node node(Op op, TensorType type, Node... operands) {
    return new Node(builder, count++, op, List.of(operands), type, "", "Here:" + count);
  }

  private static void assertRefused(List<Node> nodes, Node output, String... problems) {
    SequencedMap<String, Node> outputs = new LinkedHashMap<>();
    outputs.put("y", output);
    Graph graph = new Graph("bad", nodes, outputs);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Verifier.verify(graph));
    assertEquals(
        "graph bad is not well formed:\n  "
            + String.join("\n  ", problems)
            + "\n  try: build it with a GraphBuilder",
        e.getMessage());
  }

  @Test
  void acceptsWhatBuildersMake() {
    Graph graph = new RandomGraphs(42, DType.F32).next(20);
    assertSame(graph, Verifier.verify(graph));
  }

  @Test
  void wantsOperandsBeforeUsers() {
    Node x = node(new Op.Input("x", TYPE), TYPE);
    Node y = node(new Op.Unary(UnaryFn.EXP), TYPE, x);
    assertRefused(
        List.of(y, x),
        y,
        "%0 = exp: f32[2] (Here:2): comes before its operand %1 = input: f32[2]; need operands first");
  }

  @Test
  void wantsOperandsAndOutputsInTheGraph() {
    Node x = node(new Op.Input("x", TYPE), TYPE);
    Node y = node(new Op.Unary(UnaryFn.EXP), TYPE, x);
    assertRefused(
        List.of(y),
        x,
        "%0 = exp: f32[2] (Here:2): operand input: f32[2] is not in the graph; need all operands",
        "output \"y\": input: f32[2] is not in the graph; need a node of it");
  }

  @Test
  void wantsEachNodeOnce() {
    Node x = node(new Op.Iota(TYPE, 0), TYPE);
    assertRefused(
        List.of(x, x), x, "%1 = iota: f32[2] (Here:1): is listed twice; need each node once");
  }

  @Test
  void wantsTypesThatOperationsGive() {
    Node x = node(new Op.Input("x", TYPE), TYPE);
    Node wrong = node(new Op.Unary(UnaryFn.EXP), TensorType.f32(3), x);
    Node worse = node(new Op.Unary(UnaryFn.NOT), TYPE, x);
    assertRefused(
        List.of(x, wrong, worse),
        wrong,
        "%1 = exp: f32[3] (Here:2): the operation gives f32[2]; need that type",
        "%2 = not: f32[2] (Here:3): not: operand is f32[2]; need a type that not is defined for");
  }

  @Test
  void wantsUniqueNames() {
    Node x = node(new Op.Input("x", TYPE), TYPE);
    Node again = node(new Op.Input("x", TYPE), TYPE);
    Node v = node(new Op.Variable("v", TYPE), TYPE);
    Node vAgain = node(new Op.Variable("v", TYPE), TYPE);
    assertRefused(
        List.of(x, again, v, vAgain),
        x,
        "%3 = variable: f32[2] (Here:4): variable \"v\" is declared twice; need one declaration",
        "%1 = input: f32[2] (Here:2): input \"x\" is declared twice; need one declaration");
  }

  @Test
  void wantsAssignsOfDeclaredVariables() {
    Node x = node(new Op.Input("x", TYPE), TYPE);
    Node v = node(new Op.Variable("v", TensorType.f32(3)), TensorType.f32(3));
    Node unknown = node(new Op.Assign("u"), TYPE, x);
    Node other = node(new Op.Assign("v"), TYPE, x);
    Node twice = node(new Op.Assign("v"), TensorType.f32(3), v);
    assertRefused(
        List.of(x, v, unknown, other, twice),
        x,
        "%2 = assign: f32[2] (Here:3): no variable \"u\"; need one of [v]",
        "%3 = assign: f32[2] (Here:4): variable \"v\" is f32[3]; need the same type",
        "%4 = assign: f32[3] (Here:5): variable \"v\" is assigned twice; need at most once");
  }
}
