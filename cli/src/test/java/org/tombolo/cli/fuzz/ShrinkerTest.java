package org.tombolo.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.GraphText;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Whether random programs notice a defect, and come down to it.
class ShrinkerTest {
  /// The reference with one defect: the last element of what an operation gives is another one.
  private record Defective(Class<? extends Op> op) implements Way {
    @Override
    public String name() {
      return "defective";
    }

    @Override
    public Map<String, Tensor> run(
        Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables) {
      Map<Node, Tensor> values = new HashMap<>();
      Map<String, Tensor> results = new HashMap<>();
      for (Node node : graph.nodes()) {
        List<Tensor> operands = node.inputs().stream().map(values::get).toList();
        switch (node.op()) {
          case Op.Input input -> values.put(node, inputs.get(input.name()));
          case Op.Variable variable -> values.put(node, variables.get(variable.name()));
          default -> {
            Tensor right = Reference.evaluate(node.op(), operands);
            values.put(node, op.isInstance(node.op()) ? spoilt(right) : right);
          }
        }
        if (node.op() instanceof Op.Assign assign) {
          results.put(Program.next(assign.variable()), values.get(node));
        }
      }
      graph.outputs().forEach((name, node) -> results.put(name, values.get(node)));
      return results;
    }

    private static Tensor spoilt(Tensor right) {
      long last = right.type().size() - 1;
      return right.type().dtype() == DType.F32
          ? Tensor.filled(right.type(), i -> i == last ? 1.5 * right.at(i) + 1 : right.at(i))
          : right;
    }
  }

  @Test
  void findsDefectsAndMakesThemSmall() {
    Map<Class<? extends Op>, Program> found = new HashMap<>();
    List<Class<? extends Op>> defects =
        List.of(Op.Dot.class, Op.Gather.class, Op.Scan.class, Op.Reduce.class, Op.Select.class);
    for (Class<? extends Op> defect : defects) {
      Way way = new Defective(defect);
      for (long seed = 42; seed < 142 && !found.containsKey(defect); seed++) {
        Program program = RandomPrograms.of(seed);
        if (program.problem(way).isPresent()) {
          found.put(defect, Shrinker.shrink(program, each -> each.problem(way).isPresent()));
        }
      }
      assertTrue(found.containsKey(defect), defect.toString());
      List<Node> computed = new ArrayList<>(found.get(defect).graph().nodes());
      computed.removeIf(node -> node.op() instanceof Op.Input);
      assertEquals(1, computed.size(), found.get(defect).toString());
      assertTrue(defect.isInstance(computed.get(0).op()), found.get(defect).toString());
    }
  }

  @Test
  void printsWhatParses() {
    String text = RandomPrograms.of(42).toString();
    int feeds = text.indexOf("graph \"feeds\"");
    Graph graph = GraphText.parse(text.substring(0, feeds));
    Graph values = GraphText.parse(text.substring(feeds));
    assertEquals(GraphText.print(RandomPrograms.of(42).graph()), GraphText.print(graph));
    assertEquals(
        graph.inputs().size() + graph.variables().size(),
        values.outputs().size(),
        () -> "fed are " + values.outputs().keySet());
  }

  /// Sums of whole numbers must be equal; others may be off by what rounding can do.
  @Test
  void boundsAreNeitherZeroNorWide() {
    GraphBuilder g = new GraphBuilder("sums");
    Node x = g.input("x", TensorType.f32(100));
    g.output("sum", x.sum());
    g.output("exp", x.exp());
    Tensor wholes = Tensor.filled(x.type(), i -> i % 7 - 3);
    Tensor reals = Tensor.filled(x.type(), i -> Math.sin(i));
    Program exact = Program.of(g.build(), Map.of("x", wholes), Map.of()).orElseThrow();
    Program rounded = Program.of(g.build(), Map.of("x", reals), Map.of()).orElseThrow();
    assertEquals(0, exact.wanted().get("sum").error()[0]);
    double bound = rounded.wanted().get("sum").error()[0];
    assertTrue(bound > 1e-6 && bound < 1e-3, "bound " + bound);
    double expBound = exact.wanted().get("exp").error()[0];
    assertTrue(expBound > 1e-9 && expBound < 1e-7, "bound " + expBound);
  }
}
