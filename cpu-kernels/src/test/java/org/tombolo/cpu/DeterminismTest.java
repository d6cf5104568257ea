package org.tombolo.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.device.Device;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// The same bits at each run and for any number of threads, at sizes that are shared among threads.
class DeterminismTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private record Work(Graph graph, List<Tensor> inputs) {}

  private interface Body {
    Node of(GraphBuilder g, List<Node> in);
  }

  private static final SplittableRandom RANDOM = new SplittableRandom(SEED);

  private static Tensor random(TensorType type) {
    return Tensor.filled(type, i -> RANDOM.nextDouble(-1, 1));
  }

  private static Work work(String name, Body body, Tensor... inputs) {
    GraphBuilder g = new GraphBuilder(name);
    List<Node> in = new ArrayList<>();
    for (Tensor input : inputs) {
      in.add(g.input("x" + in.size(), input.type()));
    }
    g.output("y", body.of(g, in));
    return new Work(g.build(), List.of(inputs));
  }

  private static List<Work> all() {
    WindowDim slide = WindowDim.of(3, 2, 1, 1);
    List<WindowDim> window = List.of(WindowDim.each(), slide, slide, WindowDim.each());
    Tensor images = random(TensorType.f32(8, 21, 21, 7));
    Tensor labels = Tensor.filled(TensorType.of(DType.I32, 5000), i -> i % 10);
    return List.of(
        work("sigmoid", (g, in) -> in.get(0).sigmoid(), random(TensorType.f32(200_003))),
        work("sum", (g, in) -> in.get(0).sum(), random(TensorType.f32(1_000_003))),
        work("rows", (g, in) -> in.get(0).sum(1), random(TensorType.f32(5, 100_001))),
        work("short-rows", (g, in) -> in.get(0).sum(1), random(TensorType.f32(30_011, 11))),
        work("columns", (g, in) -> in.get(0).sum(0), random(TensorType.f32(40_009, 13))),
        work("wide-columns", (g, in) -> in.get(0).sum(0), random(TensorType.f32(67, 5003))),
        work("product", (g, in) -> in.get(0).reduce(ReduceFn.PROD), random(TensorType.f32(90_001))),
        work("softmax", (g, in) -> in.get(0).softmax(1), random(TensorType.f32(5000, 10))),
        work("long-softmax", (g, in) -> in.get(0).softmax(1), random(TensorType.f32(301, 1009))),
        work("log-softmax", (g, in) -> in.get(0).logSoftmax(1), random(TensorType.f32(301, 1009))),
        work(
            "layer-norm",
            (g, in) ->
                g.call(new Normalization.LayerNorm(1, 1e-5), in.get(0), in.get(1), in.get(2)),
            random(TensorType.f32(301, 1009)),
            random(TensorType.f32(1009)),
            random(TensorType.f32(1009))),
        work(
            "loss-gradient",
            (g, in) ->
                g.call(new Composite.SparseCrossEntropyGrad(), in.get(0), in.get(1), in.get(2)),
            random(TensorType.f32(5000, 10)),
            labels,
            random(TensorType.f32(5000))),
        work("pool", (g, in) -> in.get(0).reduceWindow(ReduceFn.SUM, window), images),
        work(
            "pool-gradient",
            (g, in) -> g.add(new Op.WindowMaxGrad(window), in),
            images,
            random(TensorType.f32(8, 11, 11, 7))),
        work(
            "matmul",
            (g, in) -> in.get(0).matmul(in.get(1)),
            random(TensorType.f32(93, 301)),
            random(TensorType.f32(301, 89))),
        work(
            "convolution",
            (g, in) -> in.get(0).conv2d(in.get(1), 1, 1),
            random(TensorType.f32(3, 17, 15, 6)),
            random(TensorType.f32(3, 3, 6, 9))));
  }

  @Test
  void bitsDependOnNothingButTheInputs() {
    List<Work> all = all();
    List<List<Tensor>> first = new ArrayList<>();
    for (int threads : new int[] {1, 1, 2, 3, 7}) {
      try (Device device = RunOnDevice.withThreads(threads)) {
        for (int i = 0; i < all.size(); i++) {
          Work work = all.get(i);
          List<Tensor> got = RunOnDevice.run(device, work.graph(), work.inputs());
          if (first.size() == i) {
            first.add(got);
          }
          assertEquals(
              first.get(i),
              got,
              "%s with %d threads, seed %d".formatted(work.graph().name(), threads, SEED));
        }
      }
    }
  }

  /// Every operation and type, compiled anew and in other memory each time, the third time by
  /// another number of threads. There is no exception.
  @Test
  void everyCaseGivesTheSameBitsEachTime() {
    Map<String, List<Tensor>> first = new HashMap<>();
    for (int threads : new int[] {2, 2, 3}) {
      try (Device device = RunOnDevice.withThreads(threads)) {
        for (OpCase each : OpCases.all(SEED)) {
          boolean refused =
              each.graph().nodes().stream()
                  .anyMatch(node ->
                      device
                          .refusal(node.op(), node.inputs().stream().map(Node::type).toList())
                          .isPresent());
          if (!refused) {
            List<Tensor> got = RunOnDevice.run(device, each.graph(), each.inputs());
            List<Tensor> before = first.putIfAbsent(each.name(), got);
            assertEquals(before == null ? got : before, got, each.name() + ", seed " + SEED);
          }
        }
      }
    }
    assertTrue(first.size() > 500, "only %d cases".formatted(first.size()));
  }

  /// Ten million numbers of one sign: a plain loop in single precision would stop growing at 2^24
  /// and be off by a third or so.
  @Test
  void longSumsStayAccurate() {
    int size = 10_000_000;
    float[] x = new float[size];
    double want = 0;
    for (int i = 0; i < size; i++) {
      x[i] = (float) RANDOM.nextDouble(0, 10);
      want += x[i];
    }
    Work sum = work("sum", (g, in) -> in.get(0).sum(), Tensor.of(x));
    Work columns = work("columns", (g, in) -> in.get(0).sum(0), Tensor.of(x, size / 2, 2));
    try (Device device = CpuConformanceTest.open()) {
      double got = RunOnDevice.run(device, sum.graph(), sum.inputs()).get(0).at(0);
      assertEquals(want, got, want * 0x1p-22, "seed " + SEED);
      Tensor halves = RunOnDevice.run(device, columns.graph(), columns.inputs()).get(0);
      assertEquals(want, halves.at(0) + halves.at(1), want * 0x1p-22, "seed " + SEED);
      assertTrue(halves.at(0) > want / 3 && halves.at(1) > want / 3);
    }
  }
}
