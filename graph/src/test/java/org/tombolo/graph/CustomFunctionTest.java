package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class CustomFunctionTest {
  /// Counts how often it runs, and has no gradient.
  private record Counted(AtomicInteger runs) implements CustomFunction {
    @Override
    public String name() {
      return "counted";
    }

    @Override
    public List<TensorType> infer(List<TensorType> in) {
      return List.of(in.get(0), in.get(0));
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
      runs.incrementAndGet();
      return List.of(in.get(0), in.get(0));
    }

    @Override
    public Cost cost(List<TensorType> in) {
      return new Cost(10, 20, 30);
    }
  }

  @Test
  void allResultsComeOfOneRun() {
    Counted counted = new Counted(new AtomicInteger());
    GraphBuilder g = new GraphBuilder("g");
    Node x = g.input("x", TensorType.f32(3));
    List<Node> once = g.custom(counted, List.of(x));
    Node again = g.custom(counted, List.of(x)).get(1);
    g.output("y", once.get(0).add(once.get(1)).add(again));

    Tensor got = Reference.run(g.build(), List.of(Tensor.of(new float[] {1, 2, 3}))).getFirst();

    assertArrayEquals(new double[] {3, 6, 9}, got.toDoubles());
    assertEquals(1, counted.runs().get());
  }

  @Test
  void resultsShareTheCost() {
    Counted counted = new Counted(new AtomicInteger());
    GraphBuilder g = new GraphBuilder("g");
    Node y = g.custom(counted, List.of(g.input("x", TensorType.f32(3)))).get(0);
    assertEquals(new Cost(5, 10, 15), Cost.of(y));
  }

  @Test
  void gradientsOfResultsThatNobodyReadsAreZero() {
    GraphBuilder g = new GraphBuilder("g");
    Node a = g.input("a", TensorType.of(DType.F64, 2));
    Node b = g.input("b", TensorType.of(DType.F64, 2));
    Node sum = g.add(new Op.Custom(new ProductAndSum(5), 1), List.of(a, b));
    Node da = Gradients.of(sum.sum(), List.of(a)).getFirst();
    g.output("da", da);
    Tensor ones = Tensor.of(new double[] {4, 7});
    assertArrayEquals(
        new double[] {1, 1}, Reference.run(g.build(), List.of(ones, ones)).getFirst().toDoubles());
  }

  @Test
  void withoutAGradientThereIsAnError() {
    GraphBuilder g = new GraphBuilder("g");
    Node x = g.input("x", TensorType.f32());
    Node y = g.custom(new Counted(new AtomicInteger()), List.of(x)).get(0);
    ShapeException e = assertThrows(ShapeException.class, () -> Gradients.of(y, List.of(x)));
    assertTrue(
        e.getMessage()
            .startsWith(
                """
                gradient: counted has none; need one to differentiate through it
                  try: a gradient for it, or parameters that it does not lie between and the loss\
                """),
        e.getMessage());
  }

  /// Gives back its operand, and a gradient that someone got wrong.
  private record Wrong(Function<Node, List<Optional<Node>>> rule) implements CustomFunction {
    @Override
    public String name() {
      return "wrong";
    }

    @Override
    public List<TensorType> infer(List<TensorType> in) {
      return in;
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
      return in;
    }

    @Override
    public Cost cost(List<TensorType> in) {
      return new Cost(0, 0, 0);
    }

    @Override
    public List<Optional<Node>> gradient(List<Node> in, List<Node> results, List<Node> dys) {
      return rule.apply(dys.getFirst());
    }

    /// What differentiating says.
    String complaint() {
      GraphBuilder g = new GraphBuilder("g");
      Node x = g.input("x", TensorType.f32(3));
      Node y = g.custom(this, List.of(x)).get(0).sum();
      return String.valueOf(
          assertThrows(ShapeException.class, () -> Gradients.of(y, List.of(x))).getMessage());
    }
  }

  @Test
  void aGradientOfAnotherTypeIsAnError() {
    String said = new Wrong(dy -> List.of(Optional.of(dy.sum()))).complaint();
    assertTrue(said.contains("wrong gives f32[] for operand 0; need f32[3]"), said);
  }

  @Test
  void anotherNumberOfGradientsIsAnError() {
    String said = new Wrong(_ -> List.of()).complaint();
    assertTrue(
        said.startsWith(
            """
            gradient: wrong gives 0 gradients for 1 operands; need one for each
              try: Optional.empty() for an operand without one\
            """),
        said);
  }

  @Test
  void aTextCannotBringItBack() {
    GraphBuilder g = new GraphBuilder("g");
    Node x = g.input("x", TensorType.f32(2));
    g.output("y", g.custom(new ProductAndSum(2), List.of(x, x)).get(0));
    String text = GraphText.print(g.build());
    assertTrue(text.contains("%1 = custom \"product and sum\"(%0, %0) result=0 : f32[2]"), text);

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> GraphText.parse(text));

    assertTrue(
        e.getMessage().contains("custom \"product and sum\"")
            && e.getMessage().contains("a custom one is code, which a text cannot bring"),
        e.getMessage());
  }
}
