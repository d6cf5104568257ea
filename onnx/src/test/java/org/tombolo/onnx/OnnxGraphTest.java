package org.tombolo.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Fit;
import org.tombolo.nn.Grafted;
import org.tombolo.nn.Model;
import org.tombolo.nn.Optimizer.Adam;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataSet;
import org.tombolo.onnx.export.OnnxExport;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.scheduler.Engine;

/// Parts of models, to build on.
class OnnxGraphTest {
  private static final Map<String, Tensor> VALUES =
      Map.of(
          "w", Tensor.filled(TensorType.f32(3, 4), i -> i - 5),
          "b", Tensor.filled(TensorType.f32(4), i -> i),
          "v", Tensor.filled(TensorType.f32(4, 2), i -> 1));

  /// `hidden = max(x * w + b, 0); y = hidden * v`, for any number of examples.
  private static OnnxModel model(Path dir) {
    Path file = dir.resolve("two.onnx");
    OnnxExport.writeForAnyBatch(
        n -> {
          GraphBuilder g = new GraphBuilder("two");
          Node x = g.input("x", TensorType.f32(n, 3));
          Node w = g.variable("w", TensorType.f32(3, 4));
          Node b = g.variable("b", TensorType.f32(4));
          Node v = g.variable("v", TensorType.f32(4, 2));
          Node sum = x.matmul(w).add(b.broadcastTo(Shape.of(n, 4)));
          Node hidden = sum.relu();
          g.output("hidden", hidden);
          g.output("y", hidden.matmul(v));
          return g.build();
        },
        VALUES,
        file);
    return OnnxModel.read(file);
  }

  /// However small they are, parameters stay parameters.
  @Test
  void aPartHasItsOwnParametersAsVariables(@TempDir Path dir) {
    OnnxGraph part = model(dir).upTo("hidden").graph(Map.of("x", TensorType.f32(2, 3)));
    assertEquals(Set.of("w", "b"), part.variables().keySet());
    Graph graph = part.graph();
    assertEquals(2, graph.variables().size());
    assertEquals(Set.of("hidden"), graph.outputs().keySet());
    Map<String, Tensor> changed = new HashMap<>(part.variables());
    changed.put("b", Tensor.full(TensorType.f32(4), 100));
    Tensor zero = Tensor.full(TensorType.f32(2, 3), 0);
    assertEquals(100, Reference.run(graph, Map.of("x", zero), changed).output("hidden").at(7), 0);
    assertEquals(
        3, Reference.run(graph, Map.of("x", zero), part.variables()).output("hidden").at(7), 0);
  }

  @Test
  void aValueThatIsNotThereIsRefused(@TempDir Path dir) {
    OnnxModel model = model(dir);
    String message = assertThrows(OnnxException.class, () -> model.upTo("middle")).getMessage();
    assertTrue(message.contains("no node computes \"middle\"; need one of ["), message);
    assertTrue(message.contains("hidden, y]"), message);
    String type =
        assertThrows(
                OnnxException.class, () -> model.graph(Map.of("x", TensorType.of(DType.I32, 2, 3))))
            .getMessage();
    assertTrue(type.contains("type for input \"x\" is i32[2,3]; need one that carries"), type);
  }

  /// Frozen parameters are as they were after training, others are not; both are in checkpoints.
  @Test
  void aPartIsTrainedOrFrozen(@TempDir Path dir) {
    OnnxModel body = model(dir).upTo("hidden");
    Grafted.Source source =
        features -> {
          OnnxGraph part = body.graph(Map.of("x", features));
          return new Grafted.Part(part.graph(), part.variables());
        };
    DataSet data =
        new DataSet(
            "parity",
            Tensor.filled(TensorType.f32(10, 3), i -> (i * 7 % 5) / 4.0),
            Tensor.filled(TensorType.of(DType.I32, 10), i -> i % 2),
            List.of("even", "odd"));
    try (Engine engine = Engine.open("cpu")) {
      for (boolean trained : new boolean[] {false, true}) {
        Model model =
            Model.sequential(
                "grafted",
                Shape.of(3),
                trained ? Grafted.trained("two", source) : Grafted.frozen("two", source),
                Dense.of(2));
        try (Trainer trainer = model.on(engine).optimizer(Adam.withRate(0.01)).seed(3)) {
          Tensor head = trainer.variables().get("dense1/kernel");
          assertEquals(VALUES.get("w"), trainer.variables().get("grafted1/w"));
          trainer.fit(data, Fit.epochs(2).batch(5));
          Tensor w = trainer.variables().get("grafted1/w");
          assertNotEquals(head, trainer.variables().get("dense1/kernel"));
          assertEquals(!trained, VALUES.get("w").equals(w));
        }
      }
    }
  }
}
