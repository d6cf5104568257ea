package org.tombolo.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Device;
import org.tombolo.graph.Composite;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Row kernels against the reference, at lengths around vectors and blocks of them.
class RowsTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private static final List<Composite> KERNELS =
      List.of(
          new Composite.Softmax(1),
          new Composite.LogSoftmax(1),
          new Normalization.LayerNorm(1, 1e-5),
          new Normalization.RmsNorm(1, 1e-5));

  private static Graph graph(Composite kernel, int rows, int length) {
    GraphBuilder g = new GraphBuilder(kernel.name());
    List<Node> in = new ArrayList<>(List.of(g.input("x", TensorType.f32(rows, length))));
    int learned =
        kernel instanceof Normalization.LayerNorm ? 2 : kernel instanceof Normalization ? 1 : 0;
    for (int i = 0; i < learned; i++) {
      in.add(g.input("p" + i, TensorType.f32(length)));
    }
    g.output("y", g.call(kernel, in.toArray(Node[]::new)));
    return g.build();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 127, 1009, 4095, 4096, 4097, 9001})
  void agreeWithTheReference(int length) {
    SplittableRandom random = new SplittableRandom(SEED);
    int rows = Math.max(2, 3000 / length);
    try (Device device = CpuConformanceTest.open()) {
      for (Composite kernel : KERNELS) {
        Graph graph = graph(kernel, rows, length);
        List<Tensor> inputs =
            graph.inputs().stream()
                .map(in -> Tensor.filled(in.type(), i -> 3 + random.nextDouble(-30, 30)))
                .toList();
        Tensor want = Reference.run(graph, inputs).get(0);
        Tensor got = RunOnDevice.run(device, graph, inputs).get(0);
        for (int i = 0; i < want.type().size(); i++) {
          assertEquals(
              want.at(i),
              got.at(i),
              1e-5 * Math.max(kernel instanceof Composite.Softmax ? 0.2 : 1, Math.abs(want.at(i))),
              "%s of %d at %d, seed %d".formatted(kernel.name(), length, i, SEED));
        }
      }
    }
  }

  /// One element decides each row, so what is said of it must not touch the next.
  @Test
  void keepSpecialNumbersInTheirRow() {
    int length = 37;
    float[] specials = {
      Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -1e38f, 1e-40f
    };
    float[] x = new float[2 * specials.length * length];
    for (int i = 0; i < specials.length; i++) {
      x[2 * i * length + 5 * i] = specials[i];
    }
    Tensor rows = Tensor.of(x, 2L * specials.length, length);
    try (Device device = CpuConformanceTest.open()) {
      for (Composite kernel : List.of(new Composite.Softmax(1), new Composite.LogSoftmax(1))) {
        Graph graph = graph(kernel, 2 * specials.length, length);
        Tensor want = Reference.run(graph, List.of(rows)).get(0);
        Tensor got = RunOnDevice.run(device, graph, List.of(rows)).get(0);
        for (int i = 0; i < x.length; i++) {
          double w = (float) want.at(i);
          double y = got.at(i);
          assertTrue(
              Double.compare(w, y) == 0 || Math.abs(w - y) <= 4e-6 * Math.max(1, Math.abs(w)),
              "%s at %d: %s, need %s".formatted(kernel.name(), i, y, w));
        }
      }
    }
  }
}
