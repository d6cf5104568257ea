package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.OpCases.OpCase;

/// What holds for every operation, on the table of [OpCases].
class OpCasesTest {

  static List<OpCase> cases() {
    return OpCases.all();
  }

  @Test
  void theTableHasEveryOperation() {
    assertEquals(
        Set.of(Op.class.getPermittedSubclasses()),
        cases().stream().map(c -> c.op().getClass()).collect(Collectors.toSet()));
  }

  @Test
  void theTableHasEveryComposite() {
    assertEquals(
        composites(Composite.class).collect(Collectors.toSet()),
        cases().stream()
            .filter(c -> c.op() instanceof Op.Call)
            .map(c -> ((Op.Call) c.op()).function().getClass())
            .collect(Collectors.toSet()));
  }

  @Test
  void theTableHasEveryControlFlow() {
    assertEquals(
        composites(ControlFlow.class).collect(Collectors.toSet()),
        cases().stream()
            .filter(c -> c.op() instanceof Op.Control)
            .map(c -> ((Op.Control) c.op()).flow().getClass())
            .collect(Collectors.toSet()));
  }

  /// The records of a sealed hierarchy.
  static Stream<Class<?>> composites(Class<?> type) {
    return type.isSealed()
        ? Stream.of(type.getPermittedSubclasses()).flatMap(OpCasesTest::composites)
        : Stream.of(type);
  }

  @Test
  void namesOfOperationsAreUnambiguous() {
    long names = cases().stream().map(c -> c.op().mnemonic()).distinct().count();
    long meanings =
        cases().stream()
            .map(c ->
                switch (c.op()) {
                  case Op.Unary(UnaryFn fn) -> fn;
                  case Op.Binary(BinaryFn fn) -> fn;
                  case Op.Compare(CompareFn fn) -> fn;
                  case Op.Reduce(ReduceFn fn, List<Integer> _) -> fn;
                  case Op.ReduceWindow(ReduceFn fn, List<WindowDim> _) -> "window " + fn;
                  case Op.Scan scan -> "scan " + scan.fn();
                  case Op.ArgReduce arg -> "arg " + arg.largest();
                  case Op.Call(Composite function) -> function.getClass();
                  case Op.Control(ControlFlow flow, int _) -> flow.getClass();
                  default -> c.op().getClass();
                })
            .distinct()
            .count();
    assertEquals(meanings, names);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void infersTheTypeWorkedOutByHand(OpCase c) {
    assertEquals(c.out(), c.op().infer(c.in()));
  }

  @Test
  void operationsAreComparedByValue() {
    List<Op> once = cases().stream().map(OpCase::op).toList();
    List<Op> again = cases().stream().map(OpCase::op).toList();
    assertEquals(once, again);
    assertEquals(once.hashCode(), again.hashCode());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void graphsOfItAreWellFormed(OpCase c) {
    Verifier.verify(c.graph());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void textReadsBackTheSame(OpCase c) {
    if (c.op() instanceof Op.Custom) { // code, see CustomFunctionTest
      return;
    }
    Graph graph = c.graph();

    Graph again = GraphText.parse(graph.toString());

    assertEquals(graph.toString(), again.toString());
    assertEquals(
        graph.nodes().stream().map(Node::op).toList(),
        again.nodes().stream().map(Node::op).toList());
    assertEquals(
        graph.nodes().stream().map(Node::type).toList(),
        again.nodes().stream().map(Node::type).toList());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void referenceGivesThatManyElements(OpCase c) {
    if (c.op() instanceof Op.Input || c.op() instanceof Op.Variable) {
      return;
    }
    SplittableRandom random = new SplittableRandom(Long.getLong("test.seed", 42));
    List<Tensor> operands =
        c.in().stream().map(type -> Tensor.filled(type, i -> random.nextDouble(-3, 3))).toList();

    Tensor got = Reference.evaluate(c.op(), operands);

    assertEquals(c.out(), got.type());
    assertEquals(c.out().size(), got.toDoubles().length);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void costsAreNotNegative(OpCase c) {
    Cost cost = Cost.of(c.op(), c.in(), c.out());
    assertTrue(
        cost.flops() >= 0 && cost.bytesRead() >= 0 && cost.bytesWritten() >= 0, cost::toString);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void refusesTooManyOperands(OpCase c) {
    if (c.op() instanceof Op.Concat
        || (c.op() instanceof Op.Call(Attention _) && c.in().size() == 3)) {
      return; // takes any number; takes a mask
    }
    TensorType[] more = Arrays.copyOf(c.in().toArray(TensorType[]::new), c.in().size() + 1);
    more[c.in().size()] = TensorType.f32(2);
    ShapeException e = assertThrows(ShapeException.class, () -> c.op().infer(List.of(more)));
    assertTrue(e.problem().startsWith(c.op().mnemonic() + ": "), e.problem());
    assertTrue(e.getMessage().contains("\n  try: "), e.getMessage());
  }
}
