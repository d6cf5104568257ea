package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Functions given as graphs, with gradients of their own.
class GraphFunctionTest {
  private static final TensorType F32_3 = TensorType.f32(3);

  private static double[][] gradients(GraphFunction function) {
    GraphBuilder g = new GraphBuilder("user");
    Node x = g.input("x", F32_3);
    Node y = g.input("y", F32_3);
    Node z = g.call(function, x, y);
    List<Node> found = Gradients.of(z.sum(0), List.of(x, y));
    g.output("z", z);
    g.output("dx", found.get(0));
    g.output("dy", found.get(1));
    Reference.Result result =
        Reference.run(
            GraphText.parse(g.build().toString()),
            Map.of("x", Tensor.of(new float[] {1, 2, 3}), "y", Tensor.of(new float[] {4, 5, -6})),
            Map.of());
    return new double[][] {result.doubles("z"), result.doubles("dx"), result.doubles("dy")};
  }

  @Test
  void theGradientIsTheOneThatIsGiven() {
    double[][] found = gradients(OpCases.doubled());
    assertArrayEquals(new double[] {4, 10, 18}, found[0]);
    assertArrayEquals(new double[] {8, 10, 12}, found[1]);
    assertArrayEquals(new double[] {2, 4, 6}, found[2]);
  }

  @Test
  void withoutOneTheBodyIsDifferentiated() {
    double[][] found = gradients(new GraphFunction("plain", OpCases.doubled().body()));
    assertArrayEquals(new double[] {4, 10, 18}, found[0]);
    assertArrayEquals(new double[] {4, 5, 6}, found[1]);
    assertArrayEquals(new double[] {1, 2, -3}, found[2]);
  }

  @Test
  void graphsThatDoNotFitAreRefused() {
    GraphBuilder two = new GraphBuilder("two");
    Node x = two.input("x", F32_3);
    two.output("a", x);
    two.output("b", x.neg());
    ShapeException outputs =
        assertThrows(ShapeException.class, () -> new GraphFunction("f", two.build()));
    assertEquals(
        "call: body of \"f\" has 1 inputs, outputs [a, b] and 0 variables; need inputs, one output and no variables",
        outputs.problem());

    GraphBuilder gradient = new GraphBuilder("gradient");
    gradient.output("dx", gradient.input("dz", F32_3));
    ShapeException mismatch =
        assertThrows(
            ShapeException.class,
            () -> new GraphFunction("f", OpCases.doubled().body(), gradient.build()));
    assertEquals(
        "call: gradient of \"f\" takes [f32[3]] and gives [f32[3]]; need [f32[3], f32[3], f32[3]], [f32[3], f32[3]] and no variables",
        mismatch.problem());

    GraphBuilder user = new GraphBuilder("user");
    Node four = user.input("x", TensorType.f32(4));
    assertThrows(ShapeException.class, () -> user.call(OpCases.doubled(), four, four));
  }
}
