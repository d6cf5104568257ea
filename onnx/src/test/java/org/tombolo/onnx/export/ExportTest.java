package org.tombolo.onnx.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Fit;
import org.tombolo.nn.Loss;
import org.tombolo.nn.Model;
import org.tombolo.nn.ModelGraph;
import org.tombolo.nn.Models;
import org.tombolo.nn.Network;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataSets;
import org.tombolo.nn.zoo.Architecture;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.proto.Splitting;
import org.tombolo.scheduler.Engine;

class ExportTest {
  private static final long SEED = Long.getLong("test.seed", 7);

  /// Exports, and compares others' runtime and our import with the reference.
  private static void compare(
      Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables, Path file)
      throws OrtException {
    Map<String, Tensor> want = Reference.run(graph, inputs, variables).outputs();
    OnnxExport.write(graph, variables, file);
    assertEquals(Optional.empty(), Closeness.difference(want, Others.run(file, inputs)));
    try (OnnxSession session = OnnxSession.onReference(OnnxModel.read(file))) {
      assertEquals(Optional.empty(), Closeness.difference(want, session.run(inputs)));
    }
  }

  @Test
  void wellKnownNetworksGiveTheSameScores(@TempDir Path dir) throws Exception {
    System.out.println("test.seed=" + SEED);
    for (Architecture each : Architecture.values()) {
      Network network = each.network(Architecture.Size.SMALL);
      Map<String, Tensor> inputs = new LinkedHashMap<>(network.examples(SEED));
      inputs.remove(ModelGraph.LABELS);
      compare(
          network.forward(),
          inputs,
          network.initial(each.optimizer(), SEED),
          dir.resolve(each + ".onnx"));
    }
    Checker.check(dir, Architecture.values().length);
  }

  @Test
  void branchesAndLoopsRun(@TempDir Path dir) throws Exception {
    GraphBuilder g = new GraphBuilder("flows");
    Node x = g.input("x", TensorType.f32(3));
    Node big = x.sum().compare(CompareFn.GT, 10);
    List<Node> chosen =
        g.ifElse(big, List.of(x), in -> List.of(in.get(0).neg()), in -> List.of(in.get(0).exp()));
    List<Node> doubled =
        g.whileLoop(
            OptionalLong.of(6),
            List.of(x),
            List.of(g.scalar(DType.F32, 100)),
            in -> in.get(0).sum().compare(CompareFn.LT, in.get(1)),
            in -> List.of(in.get(0).mul(2), in.get(0).sum()));
    g.output("chosen", chosen.get(0));
    g.output("doubled", doubled.get(0));
    g.output("sums", doubled.get(1));
    g.output("again", chosen.get(0));
    g.output("input", x);
    for (float first : new float[] {1, 20, 200}) {
      compare(
          g.build(),
          Map.of("x", Tensor.of(new float[] {first, -2, 3})),
          Map.of(),
          dir.resolve("flows.onnx"));
    }
    Checker.check(dir, 1);
  }

  @Test
  void whatOnnxCannotSayIsListed() {
    GraphBuilder g = new GraphBuilder("step");
    Node x = g.input("x", TensorType.f32(2));
    Node w = g.variable("w", TensorType.f32(2));
    Node v = g.variable("v", TensorType.f32(2));
    g.assign("w", w.add(x));
    g.assign("v", v.mul(x));
    g.output("x", x.add(v));
    String message =
        assertThrows(
                OnnxException.class,
                () -> OnnxExport.model(g.build(), Map.of("w", Tensor.of(new double[] {1, 2}))))
            .getMessage();
    List<String> lines = message.lines().toList();
    assertEquals("graph step: 5 things that ONNX cannot say; need none", lines.getFirst());
    assertTrue(message.contains("output \"x\": the name is empty, or another"), message);
    assertTrue(
        message.contains("variable \"w\": given is f64[2]; need a value of type f32[2]"), message);
    assertTrue(
        message.contains("variable \"v\": no value is given; need a value of type f32[2]"),
        message);
    assertTrue(message.contains("assigns no variable \"w\""), message);
    assertTrue(message.contains("assigns no variable \"v\""), message);
    assertTrue(message.contains("assign: f32[2] at org.tombolo.onnx.export.ExportTest:"), message);
  }

  /// Readers of the file see what was meant: ONNX's own operators, and biases that are not repeated
  /// by a node.
  @Test
  void compositesAndRepetitionBecomeOneNode() {
    GraphBuilder g = new GraphBuilder("dense");
    Node x = g.input("x", TensorType.f32(2, 3));
    Node w = g.variable("w", TensorType.f32(3, 5));
    Node b = g.variable("b", TensorType.f32(5));
    g.output("y", x.matmul(w).add(b.broadcastTo(Shape.of(2, 5))).softmax(1));
    ModelDef model =
        OnnxExport.model(
            g.build(),
            Map.of(
                "w", Tensor.full(TensorType.f32(3, 5), 1),
                "b", Tensor.full(TensorType.f32(5), 1)));
    assertEquals(
        List.of("MatMul", "Add", "Softmax"),
        model.graph().nodes().stream().map(NodeDef::operator).toList());
    assertEquals(Map.of("", 17L), model.opsets());
  }

  @Test
  void bitwiseOperatorsTakeALaterVersion() {
    GraphBuilder g = new GraphBuilder("bits");
    Node x = g.input("x", TensorType.of(DType.I32, 2, 3));
    g.output("y", x.and(x.max(3)).reduce(ReduceFn.MAX, 1));
    assertEquals(Map.of("", 18L), OnnxExport.model(g.build(), Map.of()).opsets());
  }

  /// Exported once, run with as many examples as there are.
  @Test
  void aModelTakesAnyNumberOfExamples(@TempDir Path dir) throws Exception {
    Model model = Models.digits();
    Map<String, Tensor> variables;
    try (Engine engine = Engine.open("cpu");
        Trainer trainer = model.on(engine).seed(SEED)) {
      trainer.fit(DataSets.digits().train().range(0, 96), Fit.epochs(1));
      variables = trainer.variables();
    }
    LongFunction<Graph> graphs =
        n ->
            ModelGraph.prediction(
                model, Loss.sparseCrossEntropy(), TensorType.of(DType.U8, n, 8, 8, 1));
    Path file = dir.resolve("digits.onnx");
    OnnxExport.writeForAnyBatch(graphs, variables, file);
    Checker.check(dir, 1);
    for (int examples : new int[] {1, 5}) {
      Map<String, Tensor> inputs =
          Map.of(ModelGraph.FEATURES, DataSets.digits().test().range(0, examples).features());
      Map<String, Tensor> want = Reference.run(graphs.apply(examples), inputs, variables).outputs();
      assertEquals(Optional.empty(), Closeness.difference(want, Others.run(file, inputs)));
      try (OnnxSession session = OnnxSession.onReference(OnnxModel.read(file))) {
        assertEquals(Optional.empty(), Closeness.difference(want, session.run(inputs)));
      }
    }
  }

  /// What is repeated for each example needs their number at run time.
  @Test
  void extentsAreComputedFromTheNumberOfExamples(@TempDir Path dir) throws Exception {
    LongFunction<Graph> graphs =
        n -> {
          GraphBuilder g = new GraphBuilder("repeated");
          Node x = g.input("x", TensorType.f32(n, 3));
          Node row = g.constant(Tensor.of(new float[] {1, 2})).broadcastTo(Shape.of(n, 2));
          Node padded = x.slice(0, 0, n).reshape(3 * n).reverse(0).slice(0, 1, 2 * n);
          g.output("y", g.concat(1, x, row));
          g.output("z", padded);
          return g.build();
        };
    Path file = dir.resolve("repeated.onnx");
    OnnxExport.writeForAnyBatch(graphs, Map.of(), file);
    Checker.check(dir, 1);
    Map<String, Tensor> inputs = Map.of("x", Tensor.filled(TensorType.f32(4, 3), i -> i));
    Map<String, Tensor> want = Reference.run(graphs.apply(4), inputs, Map.of()).outputs();
    assertEquals(Optional.empty(), Closeness.difference(want, Others.run(file, inputs)));
    String message =
        assertThrows(
                OnnxException.class,
                () ->
                    OnnxExport.writeForAnyBatch(
                        n -> {
                          GraphBuilder g = new GraphBuilder("mean");
                          g.output("y", g.input("x", TensorType.f32(n)).mean());
                          return g.build();
                        },
                        Map.of(),
                        file))
            .getMessage();
    assertTrue(message.contains("constant float[] of [Div \"y\"]: depends on the number"), message);
  }

  /// Where a file cannot hold all tensors, they go beside it.
  @Test
  void largeTensorsGoToASecondFile(@TempDir Path dir) throws Exception {
    GraphBuilder g = new GraphBuilder("large");
    Node x = g.input("x", TensorType.f32(2, 301));
    Node w = g.variable("w", TensorType.f32(301, 257));
    Node v = g.variable("v", TensorType.f32(257, 7));
    g.output("y", x.matmul(w).matmul(v));
    Map<String, Tensor> variables =
        Map.of(
            "w", Tensor.filled(TensorType.f32(301, 257), i -> i % 5),
            "v", Tensor.filled(TensorType.f32(257, 7), i -> i % 3));
    Path file = dir.resolve("large.onnx");
    Splitting.write(OnnxExport.model(g.build(), variables), file, 1000);
    assertTrue(Files.size(file) < 2000);
    assertEquals(76 * 4096 + 257 * 7 * 4, Files.size(dir.resolve("large.onnx.data")));
    Map<String, Tensor> inputs = Map.of("x", Tensor.filled(TensorType.f32(2, 301), i -> i % 7));
    Map<String, Tensor> want = Reference.run(g.build(), inputs, variables).outputs();
    assertEquals(Optional.empty(), Closeness.difference(want, Others.run(file, inputs)));
    try (OnnxSession session = OnnxSession.onReference(OnnxModel.read(file))) {
      assertEquals(Optional.empty(), Closeness.difference(want, session.run(inputs)));
    }
    Checker.check(dir, 1);
  }

  @Test
  void aFolderThatIsNotThereIsNamed(@TempDir Path dir) throws IOException {
    GraphBuilder g = new GraphBuilder("small");
    g.output("y", g.input("x", TensorType.f32(2)).neg());
    Path file = dir.resolve("nowhere/model.onnx");
    String message =
        assertThrows(OnnxException.class, () -> OnnxExport.write(g.build(), Map.of(), file))
            .getMessage();
    assertTrue(message.startsWith(file + ": cannot be written: "), message);
  }
}
