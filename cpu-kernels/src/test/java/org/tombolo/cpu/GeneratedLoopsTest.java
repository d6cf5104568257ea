package org.tombolo.cpu;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tombolo.conformance.DriverCheck;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.conformance.Outcome;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Generated loops, which take over from interpreted ones in long runs, here from the first run on:
/// against the reference, and bit for bit against the interpreter.
class GeneratedLoopsTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private static Device open(String loops) {
    String before = System.getProperty("tombolo.cpu.loops");
    System.setProperty("tombolo.cpu.loops", loops);
    try {
      return CpuConformanceTest.open();
    } finally {
      if (before == null) {
        System.clearProperty("tombolo.cpu.loops");
      } else {
        System.setProperty("tombolo.cpu.loops", before);
      }
    }
  }

  private static Stream<OpCase> loops() {
    return Stream.concat(OpCases.all(SEED).stream(), OpCases.random(SEED, 300).stream())
        .filter(
            each -> each.graph().nodes().stream().noneMatch(node -> node.op() instanceof Op.Call));
  }

  @Test
  void agreeWithTheReference() {
    List<Executable> problems = new ArrayList<>();
    try (Device device = open("generated")) {
      DriverCheck check = new DriverCheck(device);
      loops()
          .forEach(each -> {
            if (check.run(each) instanceof Outcome.Differs(String problem)) {
              problems.add(() -> fail(problem + ", seed " + SEED));
            }
          });
    }
    assertAll(problems.stream());
  }

  @Test
  void giveTheBitsOfTheInterpreter() {
    List<Executable> problems = new ArrayList<>();
    try (Device generated = open("generated");
        Device interpreted = open("interpreted")) {
      loops()
          .forEach(each -> {
            List<Tensor> want = RunOnDevice.run(interpreted, each.graph(), each.inputs());
            List<Tensor> got = RunOnDevice.run(generated, each.graph(), each.inputs());
            problems.add(() -> assertSame(want, got, each.name()));
          });
    }
    assertTrue(problems.size() > 800, "only %d cases".formatted(problems.size()));
    assertAll(problems.stream());
  }

  private static void assertSame(List<Tensor> want, List<Tensor> got, String name) {
    for (int i = 0; i < want.size(); i++) {
      Tensor a = want.get(i);
      Tensor b = got.get(i);
      for (int at = 0; at < a.type().size(); at++) {
        boolean same =
            a.type().dtype().isFloat()
                ? Double.compare(a.at(at), b.at(at)) == 0
                : a.longAt(at) == b.longAt(at);
        assertTrue(
            same,
            "%s, output %d at %d: %s interpreted, %s generated, seed %d"
                .formatted(name, i, at, a.at(at), b.at(at), SEED));
      }
    }
  }

  /// Rows of all lengths around a vector's, read along, repeated and reversed, by several threads.
  @Test
  void readRowsOfAllLengths() {
    SplittableRandom random = new SplittableRandom(SEED);
    try (Device generated = open("generated");
        Device interpreted = open("interpreted")) {
      for (int columns : new int[] {1, 7, 31, 32, 33, 47, 64, 1000, 40_009}) {
        int rows = Math.max(3, 4000 / columns);
        Shape shape = Shape.of(rows, columns);
        GraphBuilder g = new GraphBuilder("rows" + columns);
        Node x = g.input("x", TensorType.f32(rows, columns));
        Node row = g.input("row", TensorType.f32(columns)).broadcastTo(shape);
        Node column = g.input("column", TensorType.f32(rows, 1)).broadcastTo(shape);
        Node turned = g.input("turned", TensorType.f32(columns, rows)).permute(1, 0);
        Node one = g.input("one", TensorType.f32()).broadcastTo(shape);
        Node sum = x.add(row).mul(column);
        g.output("y", sum.tanh().sub(one));
        g.output("z", g.add(new Op.Unary(UnaryFn.SIN), List.of(sum)).exp().add(turned));
        g.output("least", sum.min(row));
        Graph graph = g.build();
        List<Tensor> inputs =
            graph.inputs().stream()
                .map(in -> Tensor.filled(in.type(), i -> random.nextDouble(-3, 3)))
                .toList();
        assertSame(
            RunOnDevice.run(interpreted, graph, inputs),
            RunOnDevice.run(generated, graph, inputs),
            graph.name());
      }
    }
  }

  /// Sums over columns are made in tiles of columns, of which the last may be one column wide.
  @Test
  void sumColumnsOfRowsThatHaveAFactor() {
    SplittableRandom random = new SplittableRandom(SEED);
    try (Device generated = open("generated");
        Device interpreted = open("interpreted")) {
      for (int columns : new int[] {1, 255, 256, 257, 513, 769, 1025}) {
        Shape shape = Shape.of(3000, columns);
        GraphBuilder g = new GraphBuilder("sums" + columns);
        Node x = g.input("x", TensorType.f32(3000, columns));
        Node factor = g.input("factor", TensorType.f32(3000, 1)).broadcastTo(shape);
        g.output("y", x.mul(factor).add(0.5).mul(factor).sum(0));
        Graph graph = g.build();
        List<Tensor> inputs =
            graph.inputs().stream()
                .map(in -> Tensor.filled(in.type(), _ -> random.nextDouble(-3, 3)))
                .toList();
        assertSame(
            RunOnDevice.run(interpreted, graph, inputs),
            RunOnDevice.run(generated, graph, inputs),
            graph.name());
      }
    }
  }

  /// So many operations that they become several loops.
  @Test
  void handValuesOnFromOneToTheNext() {
    Tensor x = Tensor.filled(TensorType.f32(5000), i -> i % 101 * 0.01 - 0.5);
    GraphBuilder g = new GraphBuilder("long");
    Node start = g.input("x", x.type());
    Node y = start;
    Node kept = start;
    for (int i = 0; i < 20; i++) {
      y = y.mul(1.5).exp().sub(start).tanh();
      kept = i == 3 ? y : kept;
    }
    g.output("y", y.add(kept));
    g.output("kept", kept);
    Graph graph = g.build();
    try (Device generated = open("generated");
        Device interpreted = open("interpreted")) {
      List<Tensor> want = RunOnDevice.run(interpreted, graph, List.of(x));
      assertEquals(want, RunOnDevice.run(generated, graph, List.of(x)));
    }
  }
}
