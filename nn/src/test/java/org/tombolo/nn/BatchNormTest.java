package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.DataSet;
import org.tombolo.scheduler.Engine;

/// Running means: what they become, where they are used, and that checkpoints hold them.
class BatchNormTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  @TempDir Path folder;

  @Test
  void trainingBlendsTheBatchInAndUseDoesNot() {
    SplittableRandom random = new SplittableRandom(SEED);
    Tensor x = Tensor.filled(TensorType.f32(5, 3, 2), i -> random.nextDouble(-1, 3));
    Model model = Model.sequential("m", Shape.of(3, 2), new BatchNorm(0.7, 1e-3));
    Optimizer sgd = Optimizer.Sgd.withRate(1e-3);
    Loss loss = Loss.meanSquaredError();
    Graph training = ModelGraph.training(model, loss, sgd, SEED, x.type(), x.type());
    Map<String, Tensor> variables = new HashMap<>(ModelGraph.initial(model, sgd, SEED));
    variables.putAll(
        Reference.run(training, Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, x), variables)
            .variables());

    double[] mean = new double[2];
    double[] variance = new double[2];
    for (int c = 0; c < 2; c++) {
      for (int i = 0; i < 15; i++) {
        mean[c] += x.at(i * 2L + c) / 15;
      }
      for (int i = 0; i < 15; i++) {
        variance[c] += Math.pow(x.at(i * 2L + c) - mean[c], 2) / 15;
      }
      assertEquals(0.3 * mean[c], variables.get("batch_norm1/mean").at(c), 1e-6);
      assertEquals(0.7 + 0.3 * variance[c], variables.get("batch_norm1/variance").at(c), 1e-6);
    }

    Graph use = ModelGraph.prediction(model, loss, x.type());
    Map<String, Tensor> values = new HashMap<>();
    model.values().forEach(value -> values.put(value.name(), variables.get(value.name())));
    Reference.Result result = Reference.run(use, Map.of(ModelGraph.FEATURES, x), values);
    double[] got = result.doubles(ModelGraph.PREDICTION);
    for (int i = 0; i < 30; i++) {
      int c = i % 2;
      double root = Math.sqrt(variables.get("batch_norm1/variance").at(c) + 1e-3);
      double normal = (x.at(i) - variables.get("batch_norm1/mean").at(c)) / root;
      double want =
          normal * variables.get("batch_norm1/scale").at(c)
              + variables.get("batch_norm1/shift").at(c);
      assertEquals(want, got[i], 2e-6, "element " + i);
    }
    assertEquals(Map.of(), result.variables(), "use assigns nothing");
  }

  private static Model model() {
    return Model.sequential(
        "spots",
        Shape.of(2),
        Dense.of(8),
        new BatchNorm(),
        Activation.SILU,
        Dense.of(6),
        new LayerNorm(),
        Dense.of(3));
  }

  @ParameterizedTest
  @MethodSource("engines")
  void learnsAndIsSavedWhole(String name) {
    DataSet train = Spots.data(90, 1);
    DataSet test = Spots.data(90, 2);
    Optimizer adam = Optimizer.Adam.withRate(0.02);
    Fit fit = Fit.epochs(6).batch(15);
    Path parameters = folder.resolve("parameters.safetensors");
    Path file = folder.resolve("stopped.safetensors");
    try (Engine engine = TestEngines.open(name)) {
      Map<String, Tensor> straight;
      try (Trainer trainer = model().on(engine).optimizer(adam).seed(7)) {
        trainer.fit(train, fit);
        straight = trainer.variables();
        double accuracy = trainer.evaluate(test).accuracy().orElseThrow();
        assertTrue(accuracy > 0.9, () -> "accuracy " + accuracy);
        trainer.save(parameters);
        try (Trainer other = model().on(engine).seed(8)) {
          other.load(parameters);
          assertEquals(trainer.predict(test.features()), other.predict(test.features()));
        }
      }
      try (Trainer trainer = model().on(engine).optimizer(adam).seed(7)) {
        trainer.fit(train, fit.checkpoint(file).stopWhen(() -> trainer.steps() == 11));
      }
      try (Trainer trainer = model().on(engine).optimizer(adam).seed(7)) {
        trainer.fit(train, fit.checkpoint(file).resume(true));
        assertEquals(straight, trainer.variables());
      }
    }
  }

  static Stream<String> engines() {
    return Stream.of("simulated", "cpu");
  }
}
