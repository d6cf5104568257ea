package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.data.Batch;
import org.tombolo.nn.data.Batches;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.DataSets;
import org.tombolo.nn.data.Seeds;
import org.tombolo.nn.data.Split;
import org.tombolo.scheduler.Engine;

/// Training on every device that there is.
class DeviceTrainingTest {
  private static final long SEED = 42;

  @TempDir Path folder;

  /// Bytes up and down, and the loss, after each step.
  private record Mark(long up, long down, float loss) {}

  private static List<Mark> train(Trainer trainer, DataSet data, Fit fit) {
    List<Mark> marks = new ArrayList<>();
    ByteMeter meter = trainer.engine().meter();
    trainer.fit(
        data,
        fit.listen(
            new TrainingListener() {
              @Override
              public void stepped(Progress progress) {
                marks.add(new Mark(meter.up(), meter.down(), progress.loss()));
              }
            }));
    return marks;
  }

  @ParameterizedTest
  @MethodSource("org.tombolo.nn.TestEngines#names")
  void aStepMovesItsBatchUpAndItsLossDown(String name) {
    int batch = 16;
    DataSet data = DataSets.digits().train().range(0, 5 * batch);
    try (Engine engine = TestEngines.open(name);
        Trainer trainer = Models.digits().on(engine).seed(SEED)) {
      List<Mark> marks = train(trainer, data, Fit.epochs(1).batch(batch));
      assertEquals(5, marks.size());
      for (int i = 1; i < marks.size(); i++) {
        String step = "step " + (i + 1);
        long ahead = i == 4 ? 0 : batch * 65L; // the next step's batch comes up during this one
        assertEquals(ahead, marks.get(i).up() - marks.get(i - 1).up(), step);
        assertEquals(4, marks.get(i).down() - marks.get(i - 1).down(), step);
      }
    }
  }

  /// The reference goes through the same batches with its own variables, in double precision within
  /// each step.
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void lossesAreThoseOfTheReference(String name) throws InterruptedException {
    int batch = 8;
    DataSet data = DataSets.digits().train();
    Model model = Models.digits();
    Optimizer adam = Optimizer.Adam.withRate(1e-3);
    Loss loss = Loss.sparseCrossEntropy();
    int steps = 20;
    List<Float> want = new ArrayList<>();
    Graph graph =
        ModelGraph.training(model, loss, adam, SEED, data.features(batch), data.labels(batch));
    Map<String, Tensor> variables = new HashMap<>(ModelGraph.initial(model, adam, SEED));
    try (Batches batches =
        Batches.shuffled(data, batch, Seeds.derive(SEED, "order"), Batches.Span.epochs(1))) {
      for (int i = 0; i < steps; i++) {
        Batch next = batches.next().orElseThrow();
        Reference.Result result =
            Reference.run(
                graph,
                Map.of(ModelGraph.FEATURES, next.features(), ModelGraph.LABELS, next.labels()),
                variables);
        variables.putAll(result.variables());
        want.add(result.output(ModelGraph.LOSS).toFloats()[0]);
      }
    }
    try (Engine engine = TestEngines.open(name);
        Trainer trainer = model.on(engine).optimizer(adam).seed(SEED)) {
      Fit fit = Fit.epochs(1).batch(batch).stopWhen(() -> trainer.steps() == steps);
      List<Mark> marks = train(trainer, data, fit);
      for (int i = 0; i < steps; i++) {
        assertEquals(want.get(i), marks.get(i).loss(), 1e-3 * want.get(i), "step " + (i + 1));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void goesOnBitForBit(String name) {
    DataSet data = DataSets.digits().train().range(0, 120);
    Fit fit = Fit.epochs(2).batch(16);
    Path file = folder.resolve("digits.safetensors");
    try (Engine engine = TestEngines.open(name)) {
      List<Mark> straight;
      Map<String, Tensor> end;
      try (Trainer trainer = Models.digits().on(engine).seed(SEED)) {
        straight = train(trainer, data, fit);
        end = trainer.variables();
      }
      try (Trainer trainer = Models.digits().on(engine).seed(SEED)) {
        History history =
            trainer.fit(data, fit.checkpoint(file).stopWhen(() -> trainer.steps() == 9));
        assertEquals(new Outcome.Interrupted(9), history.outcome());
      }
      try (Trainer trainer = Models.digits().on(engine).seed(SEED)) {
        List<Mark> rest = train(trainer, data, fit.checkpoint(file).resume(true));
        assertEquals(
            straight.subList(9, 14).stream().map(Mark::loss).toList(),
            rest.stream().map(Mark::loss).toList());
        assertEquals(end, trainer.variables());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void learnsDigits(String name) {
    Split digits = DataSets.digits();
    try (Engine engine = TestEngines.open(name);
        Trainer trainer = Models.digits().on(engine).seed(SEED)) {
      History history = trainer.fit(digits.train(), Fit.epochs(20).batch(32));
      assertEquals(new Outcome.Completed(), history.outcome());
      Evaluation evaluation = trainer.evaluate(digits.test());
      assertTrue(evaluation.accuracy().orElseThrow() >= 0.97, evaluation.toString());
    }
  }

  /// Convolutions of each channel by itself, then of all channels at each pixel.
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void separableConvolutionsLearn(String name) {
    Model model =
        Model.sequential(
            "separable",
            Shape.of(8, 8, 1),
            new Scale(1.0 / 16, 0),
            Conv2d.of(8, 3).same().activation(Activation.RELU),
            Conv2d.of(16, 3).same().groups(8),
            Conv2d.of(16, 1).activation(Activation.RELU),
            MaxPool2d.of(2),
            new Flatten(),
            Dense.of(10));
    try (Engine engine = TestEngines.open(name);
        Trainer trainer = model.on(engine).optimizer(Optimizer.Adam.withRate(3e-3)).seed(SEED)) {
      trainer.fit(DataSets.digits().train(), Fit.epochs(2).batch(32));
      double accuracy = trainer.evaluate(DataSets.digits().test()).accuracy().orElseThrow();
      assertTrue(accuracy > 0.85, () -> "accuracy " + accuracy);
    }
  }
}
