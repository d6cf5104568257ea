package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Kernels between the operations of a graph.
class InGraphsTest {
  static Stream<String> devices() {
    return TestEngines.names();
  }

  private static Graph between(int n) {
    GraphBuilder g = new GraphBuilder("between");
    Node x = g.input("x", TensorType.f32(n));
    Node y = g.input("y", TensorType.f32(n));
    Node sum = new Saxpy(2).call(Range.of(n), x.add(1), y);
    g.output("z", sum.mul(y));
    return g.build();
  }

  @ParameterizedTest
  @MethodSource("devices")
  void agreeWithTheReference(String device) {
    for (int n : new int[] {0, 1, 7, 1000}) {
      Graph graph = between(n);
      Tensor x = Tensor.filled(TensorType.f32(n), i -> i % 5);
      Tensor y = Tensor.filled(TensorType.f32(n), i -> 3 - i % 7);
      float[] want = Reference.run(graph, List.of(x, y)).getFirst().toFloats();
      try (Engine engine = TestEngines.open(device);
          State state = engine.newState();
          Plan plan = engine.compile(graph, state)) {
        for (int run = 0; run < 3; run++) {
          assertArrayEquals(want, plan.run(Map.of("x", x, "y", y)).get("z").toFloats(), device);
        }
      }
    }
  }

  /// An operand that is updated is another value for whoever else reads it.
  @ParameterizedTest
  @MethodSource("devices")
  void operandsStayAsTheyWere(String device) {
    GraphBuilder g = new GraphBuilder("values");
    Node x = g.input("x", TensorType.f32(3));
    Node y = x.mul(10);
    Node first = new Saxpy(1).call(Range.of(3), x, y);
    Node second = new Saxpy(2).call(Range.of(3), x, y);
    Node third = new Saxpy(3).call(Range.of(3), first, first);
    g.output("a", first);
    g.output("b", second.add(y));
    g.output("c", third);
    Tensor in = Tensor.of(new float[] {1, 2, 3});
    try (Engine engine = TestEngines.open(device);
        State state = engine.newState();
        Plan plan = engine.compile(g.build(), state)) {
      Map<String, Tensor> got = plan.run(Map.of("x", in));
      assertArrayEquals(new float[] {11, 22, 33}, got.get("a").toFloats());
      assertArrayEquals(new float[] {22, 44, 66}, got.get("b").toFloats());
      assertArrayEquals(new float[] {44, 88, 132}, got.get("c").toFloats());
    }
  }

  /// Of several results some are fetched, some read, some neither.
  @ParameterizedTest
  @MethodSource("devices")
  void resultsOfOneLaunch(String device) {
    TensorType longs = TensorType.of(DType.I64, 4);
    GraphBuilder g = new GraphBuilder("several");
    Node a = g.input("a", longs);
    Node b = g.input("b", longs);
    List<Node> both = new SampleKernels.Wide(1, 0.5).callAll(Range.of(4), a, b);
    g.output("d", both.get(1).mul(2));
    List<Node> again = new SampleKernels.Wide(2, 0.5).callAll(Range.of(4), a, b);
    g.output("b", again.get(0));
    g.output("d2", again.get(1));
    Graph graph = g.build();
    Tensor x = Tensor.wholes(longs, i -> i + 1);
    Tensor y = Tensor.wholes(longs, i -> 5 - i);
    Reference.Result want = Reference.run(graph, Map.of("a", x, "b", y), Map.of());
    try (Engine engine = TestEngines.open(device);
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      Map<String, Tensor> got = plan.run(Map.of("a", x, "b", y));
      want.outputs().forEach((name, value) -> assertEquals(value, got.get(name), name));
    }
  }

  /// Nothing crosses between two operations and the kernel in their midst, and the plan knows it.
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl", "simulated"})
  void nothingCrossesBetweenThem(String device) {
    int n = 1000;
    Graph graph = between(n);
    Tensor x = Tensor.filled(TensorType.f32(n), i -> i);
    try (Engine engine = TestEngines.open(device);
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      plan.run(Map.of("x", x, "y", x));
      long up = engine.meter().up();
      long down = engine.meter().down();
      plan.run(Map.of("x", x, "y", x));
      assertEquals(2 * 4L * n, engine.meter().up() - up, "two inputs up");
      assertEquals(4L * n, engine.meter().down() - down, "one result down");
      assertEquals(
          3 * 4L * n, plan.traffic().values().stream().mapToLong(b -> b).sum(), "as planned");
    }
  }

  /// Where one device refuses, the other runs it.
  @Test
  void whatADeviceRefusesRunsElsewhere() {
    SimulatedDevice picky =
        SimulatedDevice.of("simulated:0", 1 << 24)
            .refusing((op, _) ->
                op instanceof Op.Custom ? Optional.of("no kernels here") : Optional.empty());
    SimulatedDevice other = SimulatedDevice.of("simulated:1", 1 << 24).withClock(picky.clock());
    Graph graph = between(64);
    Tensor x = Tensor.filled(TensorType.f32(64), i -> i);
    try (Engine engine = Engine.of(List.of(picky, other));
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      assertArrayEquals(
          Reference.run(graph, List.of(x, x)).getFirst().toFloats(),
          plan.run(Map.of("x", x, "y", x)).get("z").toFloats());
      String text = plan.explain();
      assertTrue(text.contains("Saxpy") || text.contains("custom"), text);
    }
  }

  @Test
  void callsAreComparedByValue() {
    Range range = Range.of(4);
    assertEquals(KernelCall.of(new Saxpy(2), range), KernelCall.of(new Saxpy(2), range));
    assertTrue(!KernelCall.of(new Saxpy(2), range).equals(KernelCall.of(new Saxpy(3), range)));
    assertTrue(
        !KernelCall.of(new Saxpy(2), range).equals(KernelCall.of(new Saxpy(2), Range.of(5))));
  }

  /// What devices do not see decides on shapes and gradients.
  @Test
  void fieldsOfTheHostCountInComparisons() {
    Range range = Range.of(4);
    assertEquals(KernelCall.of(new Part(4L), range), KernelCall.of(new Part(4L), range));
    assertTrue(!KernelCall.of(new Part(4L), range).equals(KernelCall.of(new Part(5L), range)));
  }

  private static final class Part extends Kernel {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();
    private final Long length;

    Part(Long length) {
      this.length = length;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(TensorType.f32(length));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      y.set(i, x.get(i));
    }
  }

  /// Devices find fields by name.
  @Test
  void noFieldHidesAnother() {
    KernelException e =
        assertThrows(KernelException.class, () -> KernelCall.of(new Below(1, 2), Range.of(4)));
    assertEquals(
        "kernel Below: two fields are called a, in a class and in one that it extends\n"
            + "  try: another name for one of them",
        e.getMessage());
  }

  private static class Above extends Kernel {
    private final float a;
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();

    Above(float a) {
      this.a = a;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.getFirst());
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      y.set(i, a * x.get(i) + more());
    }

    float more() {
      return 0;
    }
  }

  private static final class Below extends Above {
    private final float a;

    Below(float above, float a) {
      super(above);
      this.a = a;
    }

    @Override
    float more() {
      return a;
    }
  }
}
