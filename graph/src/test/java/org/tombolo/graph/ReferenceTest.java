package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// How graphs are fed and run; what each operation gives is the matter of [OpValuesTest].
class ReferenceTest {

  private static Graph line() {
    GraphBuilder g = new GraphBuilder("line");
    Node x = g.input("x", TensorType.f32(2, 3));
    Node w = g.variable("w", TensorType.f32(3, 1));
    Node y = x.matmul(w);
    g.assign("w", w.mul(2));
    g.output("y", y);
    g.output("w", w);
    return g.build();
  }

  private static final Tensor X = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
  private static final Tensor W = Tensor.of(new float[] {1, 10, 100}, 3, 1);

  @Test
  void givesOutputsAndAssignedVariables() {
    Reference.Result result = Reference.run(line(), Map.of("x", X), Map.of("w", W));

    assertEquals(Tensor.of(new float[] {321, 654}, 2, 1), result.output("y"));
    assertEquals(W, result.output("w"), "reads see the value from before the run");
    assertEquals(Map.of("w", Tensor.of(new float[] {2, 20, 200}, 3, 1)), result.variables());
    assertEquals(List.of("y", "w"), List.copyOf(result.outputs().keySet()));
  }

  @Test
  void roundsOnlyWhatItDelivers() {
    GraphBuilder g = new GraphBuilder("thirds");
    Node x = g.input("x", TensorType.f32());
    g.output("third", x.div(3));
    g.output("back", x.div(3).mul(3).sub(x));

    Reference.Result result = Reference.run(g.build(), Map.of("x", Tensor.scalar(1)), Map.of());

    assertArrayEquals(new double[] {1.0 / 3}, result.doubles("third"));
    assertArrayEquals(new float[] {1f / 3}, result.output("third").toFloats());
    assertArrayEquals(new double[] {0}, result.doubles("back"));
  }

  @Test
  void runsByPosition() {
    GraphBuilder g = new GraphBuilder("pair");
    Node a = g.input("a", TensorType.f32(2));
    Node b = g.input("b", TensorType.f32(2));
    g.output("difference", a.sub(b));
    g.output("sum", a.add(b));

    List<Tensor> out =
        Reference.run(
            g.build(), List.of(Tensor.of(new float[] {5, 6}), Tensor.of(new float[] {1, 4})));

    assertEquals(List.of(Tensor.of(new float[] {4, 2}), Tensor.of(new float[] {6, 10})), out);
  }

  @Test
  void roundsASingleOperationToItsType() {
    Tensor one = Tensor.scalar(1);
    Tensor three = Tensor.scalar(3);

    Tensor third = Reference.evaluate(new Op.Binary(BinaryFn.DIV), List.of(one, three));

    assertEquals(Tensor.scalar(1f / 3), third);
  }

  @Test
  void doesNotComputeWhatMustBeFed() {
    assertMessage(
        """
        reference: the value of input f32[2] is not computed; need it fed
          try: run(graph, ..)\
        """,
        () -> Reference.evaluate(new Op.Input("x", TensorType.f32(2)), List.of()));
  }

  @Test
  void namesMissingInput() {
    assertMessage(
        """
        graph line: input "x" is missing, given are []; need f32[2,3]
          try: a tensor under this name\
        """,
        () -> Reference.run(line(), Map.of(), Map.of("w", W)));
  }

  @Test
  void namesUnknownInput() {
    assertMessage(
        """
        graph line: no input "z"; need one of [x]
          try: the name that was given to input(..)\
        """,
        () -> Reference.run(line(), Map.of("x", X, "z", X), Map.of("w", W)));
  }

  @Test
  void namesInputOfAnotherType() {
    assertMessage(
        """
        graph line: input "x" is f32[3,1]; need f32[2,3]
          try: a tensor of that type, or another type in the declaration\
        """,
        () -> Reference.run(line(), Map.of("x", W), Map.of("w", W)));
  }

  @Test
  void namesMissingVariableAndLeavesOthersAlone() {
    assertMessage(
        """
        graph line: variable "w" is missing, given are [v]; need f32[3,1]
          try: a tensor under this name\
        """,
        () -> Reference.run(line(), Map.of("x", X), Map.of("v", W)));
    Reference.run(line(), Map.of("x", X), Map.of("v", W, "w", W));
  }

  @Test
  void countsInputsGivenByPosition() {
    assertMessage(
        """
        graph line: 2 tensors for inputs [x]; need 1
          try: one tensor for each, in this order\
        """,
        () -> Reference.run(line(), List.of(X, X)));
  }

  @Test
  void namesUnknownOutput() {
    Reference.Result result = Reference.run(line(), Map.of("x", X), Map.of("w", W));
    assertMessage(
        """
        reference: no output "v"; need one of [y, w]
          try: output("v", node) in the builder\
        """,
        () -> result.output("v"));
  }

  private static void assertMessage(String want, Executable run) {
    assertEquals(want, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
