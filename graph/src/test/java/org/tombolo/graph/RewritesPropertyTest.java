package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Rewrites on random graphs: same results to the bit, well formed, never more operations.
///
/// Floats are doubles here: the interpreter rounds no other type between operations, so for them a
/// folded constant, which is rounded, may differ.
class RewritesPropertyTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int GRAPHS = 100;

  @Test
  void keepWhatIsComputed() {
    Set<Class<?>> met = new HashSet<>();
    long before = 0;
    long after = 0;
    for (int i = 0; i < GRAPHS; i++) {
      long seed = SEED + i;
      RandomGraphs graphs = new RandomGraphs(seed, DType.F64);
      Graph graph = graphs.next(5 + i % 60);
      Map<String, Tensor> inputs = named(graph.inputs(), graphs.values(graph.inputs()));
      Map<String, Tensor> variables = named(graph.variables(), graphs.values(graph.variables()));
      Reference.Result expected = Reference.run(graph, inputs, variables);
      graph.nodes().forEach(node -> met.add(node.op().getClass()));

      for (Rewrite pass : Rewrites.passes()) {
        String what = "%s, seed %d".formatted(pass.getClass().getSimpleName(), seed);
        check(what, graph, pass.apply(graph), expected, inputs, variables);
      }
      Graph simple = Rewrites.simplify(graph);
      check("all passes, seed " + seed, graph, simple, expected, inputs, variables);
      assertSame(simple, Rewrites.simplify(simple), "a fixed point, seed " + seed);
      before += operations(graph);
      after += operations(simple);
    }

    met.add(Op.Custom.class); // code from outside, which no rewrite knows anything of
    assertEquals(Set.of(Op.class.getPermittedSubclasses()), met, "every operation was tried");
    assertTrue(after < 0.8 * before, "from %d to %d operations".formatted(before, after));
  }

  private static void check(
      String what,
      Graph before,
      Graph after,
      Reference.Result expected,
      Map<String, Tensor> inputs,
      Map<String, Tensor> variables) {
    Verifier.verify(after);
    assertEquals(ops(before.inputs()), ops(after.inputs()), what);
    assertEquals(ops(before.variables()), ops(after.variables()), what);
    assertEquals(ops(before.assigns()), ops(after.assigns()), what);
    assertTrue(
        operations(after) <= operations(before),
        () -> what + " made more operations\n" + before + after);
    Reference.Result got = Reference.run(after, inputs, variables);
    requireSame(what, before, after, expected.outputs(), got.outputs());
    requireSame(what, before, after, expected.variables(), got.variables());
  }

  private static void requireSame(
      String what,
      Graph before,
      Graph after,
      SequencedMap<String, Tensor> expected,
      SequencedMap<String, Tensor> got) {
    assertEquals(List.copyOf(expected.keySet()), List.copyOf(got.keySet()), what);
    expected.forEach((name, want) ->
        assertTrue(
            same(want, got.get(name)),
            () ->
                "%s: %s is %s, was %s\n%s%s"
                    .formatted(what, name, got.get(name), want, before, after)));
  }

  /// Equal to the bit, but for the sign and payload of a NaN.
  private static boolean same(Tensor a, Tensor b) {
    if (!a.type().equals(b.type())) {
      return false;
    }
    for (long i = 0; i < a.type().size(); i++) {
      boolean equal =
          a.type().dtype().isFloat()
              ? Double.doubleToLongBits(a.at(i)) == Double.doubleToLongBits(b.at(i))
              : a.longAt(i) == b.longAt(i);
      if (!equal) {
        return false;
      }
    }
    return true;
  }

  private static List<Op> ops(List<Node> nodes) {
    return nodes.stream().map(Node::op).toList();
  }

  /// Nodes that compute: neither leaves nor repeated constants.
  private static long operations(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> !node.inputs().isEmpty() && Uniform.value(node) == null)
        .count();
  }

  private static Map<String, Tensor> named(List<Node> nodes, List<Tensor> values) {
    Map<String, Tensor> named = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      switch (nodes.get(i).op()) {
        case Op.Input(String name, TensorType _) -> named.put(name, values.get(i));
        case Op.Variable(String name, TensorType _) -> named.put(name, values.get(i));
        default -> throw new AssertionError(nodes.get(i));
      }
    }
    return named;
  }
}
