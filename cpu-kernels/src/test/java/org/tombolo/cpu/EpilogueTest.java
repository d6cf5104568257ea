package org.tombolo.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Device;
import org.tombolo.device.Kernel;
import org.tombolo.device.Region;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Products and convolutions with what their results go through, as one region: bit for bit what
/// two regions give, which are compared with the reference elsewhere, and here once more.
class EpilogueTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final ConvDims CHANNELS_FIRST =
      new ConvDims(0, 1, List.of(2, 3), 1, 0, List.of(2, 3), 0, 1, List.of(2, 3), Optional.empty());
  private static final ConvDims BY_CHANNEL =
      new ConvDims(
          0,
          2,
          List.of(3, 4),
          2,
          1,
          List.of(3, 4),
          0,
          2,
          List.of(3, 4),
          Optional.of(new ConvDims.Group(1, 0, 1)));

  private record Contraction(String name, Op op, TensorType a, TensorType b) {
    TensorType out() {
      return op.infer(List.of(a, b));
    }
  }

  /// What a result goes through, with a tensor of its shape and one of its last axis.
  private record Epilogue(String name, BiFunction<Node, List<Node>, Node> body) {}

  private static Contraction product(long m, long k, long n) {
    return new Contraction(
        "%dx%dx%d".formatted(m, k, n),
        new Op.Dot(List.of(), List.of(), List.of(1), List.of(0)),
        TensorType.f32(m, k),
        TensorType.f32(k, n));
  }

  private static Contraction batched(long count, long m, long k, long n) {
    return new Contraction(
        "%d of %dx%dx%d, turned".formatted(count, m, k, n),
        new Op.Dot(List.of(0), List.of(0), List.of(2), List.of(2)),
        TensorType.f32(count, m, k),
        TensorType.f32(count, n, k));
  }

  private static Contraction planes(
      String name, long images, long in, long out, long height, long width, WindowDim window) {
    return new Contraction(
        name,
        new Op.Conv(List.of(window, window), false, CHANNELS_FIRST),
        TensorType.f32(images, in, height, width),
        TensorType.f32(out, in, window.size(), window.size()));
  }

  private static List<Contraction> contractions() {
    WindowDim three = WindowDim.of(3, 1, 1, 1);
    WindowDim strided = WindowDim.of(3, 2, 1, 1);
    return List.of(
        product(1, 1, 1),
        product(1, 7, 13),
        product(17, 31, 1),
        product(63, 5, 33),
        product(64, 384, 97),
        product(65, 1031, 129),
        product(3, 0, 5),
        product(0, 3, 5),
        product(5, 9001, 3),
        product(40, 3000, 701),
        product(2, 11, 9001),
        batched(3, 17, 8, 19),
        batched(12, 64, 32, 64),
        planes("one place", 2, 5, 7, 13, 11, WindowDim.each()),
        planes("many places", 1, 16, 24, 61, 67, WindowDim.each()),
        planes("three by three", 2, 5, 7, 19, 23, three),
        planes("wide", 1, 6, 4, 97, 101, three),
        planes("long sums", 1, 96, 24, 8, 24, three),
        planes("strided", 2, 3, 9, 37, 35, strided),
        planes("small", 1, 33, 40, 3, 5, three),
        new Contraction(
            "by channel",
            new Op.Conv(List.of(three, three), false, BY_CHANNEL),
            TensorType.f32(2, 19, 1, 12, 20),
            TensorType.f32(19, 1, 1, 3, 3)),
        new Contraction(
            "transposed",
            new Op.Conv(
                List.of(new WindowDim(2, 1, 1, 1, 2, 1), new WindowDim(2, 1, 1, 1, 2, 1)),
                true,
                CHANNELS_FIRST),
            TensorType.f32(1, 6, 9, 11),
            TensorType.f32(5, 6, 2, 2)),
        new Contraction(
            "channels last",
            new Op.Conv(
                List.of(three, three),
                false,
                new ConvDims(
                    0,
                    3,
                    List.of(1, 2),
                    2,
                    3,
                    List.of(0, 1),
                    0,
                    3,
                    List.of(1, 2),
                    Optional.empty())),
            TensorType.f32(2, 17, 13, 8),
            TensorType.f32(3, 3, 8, 21)));
  }

  private static List<Epilogue> epilogues() {
    return List.of(
        new Epilogue("max", (c, in) -> c.max(0)),
        new Epilogue("bias", (c, in) -> c.add(in.get(1).broadcastTo(c.shape())).max(0).min(6)),
        new Epilogue("residual", (c, in) -> in.get(0).add(c).mul(c)),
        new Epilogue("tanh", (c, in) -> c.mul(0.5).tanh().add(in.get(0))),
        new Epilogue("whole", (c, in) -> c.mul(100).cast(DType.I32)),
        new Epilogue(
            "flat",
            (c, in) ->
                c.reshape(c.shape().size()).sub(in.get(0).reshape(c.shape().size())).square()));
  }

  private static Tensor random(TensorType type, SplittableRandom random, boolean special) {
    double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 1e-42};
    return Tensor.filled(
        type,
        i ->
            special && random.nextInt(23) == 0
                ? odd[random.nextInt(odd.length)]
                : random.nextDouble(-1, 1));
  }

  private static Graph graph(Contraction c, Epilogue e, boolean whole) {
    GraphBuilder g = new GraphBuilder(c.name() + " " + e.name());
    TensorType out = c.out();
    Node made =
        whole
            ? g.add(c.op(), List.of(g.input("a", c.a()), g.input("b", c.b())))
            : g.input("c", out);
    List<Node> others = new ArrayList<>();
    boolean same =
        e.name().equals("residual") || e.name().equals("tanh") || e.name().equals("flat");
    others.add(same ? g.input("same", out) : made);
    others.add(
        e.name().equals("bias") ? g.input("last", TensorType.f32(out.dim(out.rank() - 1))) : made);
    g.output("y", e.body().apply(made, others));
    return g.build();
  }

  private static void compare(Device device, boolean special) {
    for (Contraction c : contractions()) {
      for (Epilogue e : epilogues()) {
        SplittableRandom random = new SplittableRandom(SEED);
        Graph whole = graph(c, e, true);
        List<Tensor> inputs =
            whole.inputs().stream().map(node -> random(node.type(), random, special)).toList();
        String label = whole.name() + ", seed " + SEED;
        if (c.out().size() > 0) {
          Region region = new Region(whole.name(), whole);
          assertInstanceOf(Kernel.Finished.class, Kernel.of(region), label);
        }
        Tensor got = RunOnDevice.run(device, whole, inputs).getFirst();

        GraphBuilder g = new GraphBuilder("first");
        g.output("c", g.add(c.op(), List.of(g.input("a", c.a()), g.input("b", c.b()))));
        List<Tensor> rest = new ArrayList<>(inputs);
        rest.removeFirst();
        rest.set(0, RunOnDevice.run(device, g.build(), inputs.subList(0, 2)).getFirst());
        Tensor apart = RunOnDevice.run(device, graph(c, e, false), rest).getFirst();
        // Bit for bit, but for which NaN it is: that depends on the order in which an instruction
        // takes its operands, and so on what the JVM's compilers have compiled when.
        assertArrayEquals(apart.toFloats(), got.toFloats(), label);

        if (!special && !e.name().equals("whole")) {
          Tensor want = Reference.run(whole, inputs).getFirst();
          for (long i = 0; i < want.type().size(); i++) {
            double scale = 1 + Math.abs(want.at(i));
            assertEquals(want.at(i), got.at(i), 2e-4 * scale, label + " at " + i);
          }
        }
      }
    }
  }

  @Test
  void aRegionGivesTheBitsOfTwo() {
    for (int threads : new int[] {1, 3}) {
      try (Device device = RunOnDevice.withThreads(threads)) {
        compare(device, false);
      }
    }
  }

  @Test
  void specialNumbersTakeTheSameWay() {
    try (Device device = RunOnDevice.withThreads(2)) {
      compare(device, true);
    }
  }

  /// Runs that follow each other in the same memory, of which the first result is no operand.
  @Test
  void runsDoNotBuildOnEachOther() {
    Contraction c = product(33, 65, 129);
    Graph graph = graph(c, epilogues().get(2), true);
    SplittableRandom random = new SplittableRandom(SEED);
    List<Tensor> inputs =
        graph.inputs().stream().map(node -> random(node.type(), random, false)).toList();
    try (Device device = RunOnDevice.withThreads(2)) {
      List<List<Tensor>> runs = RunOnDevice.run(device, graph, inputs, 2);
      assertEquals(runs.get(0), runs.get(1));
    }
  }

  @Test
  void aResultThatIsReadElsewhereHasNoEpilogue() {
    GraphBuilder g = new GraphBuilder("turned");
    Node product = g.input("a", TensorType.f32(4, 4)).matmul(g.input("b", TensorType.f32(4, 4)));
    g.output("y", product.add(product.transpose()));
    Graph graph = g.build();
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Kernel.of(new Region("turned", graph)));
    assertTrue(refused.getMessage().contains("in its place"), refused.getMessage());
  }

  @Test
  void theDeviceAsksForEpilogues() {
    try (Device device = CpuConformanceTest.open()) {
      assertTrue(device.regionLimits().epilogues());
    }
  }
}
