package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.simulated.FaultPlan;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.DataException;
import org.tombolo.nn.data.DataSet;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.RunException;

/// Training on the simulated device, which computes by the reference.
class TrainerTest {
  private final Engine engine = Engine.of(List.of(SimulatedDevice.of("simulated:0", 1 << 26)));
  private final DataSet train = Spots.data(90, 1);
  private final DataSet test = Spots.data(31, 2);

  @TempDir Path folder;

  @AfterEach
  void close() {
    engine.close();
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().startsWith("tombolo-batches")),
        "a batch thread is left");
  }

  private Trainer trainer() {
    return Spots.model().on(engine).optimizer(Optimizer.Adam.withRate(0.02)).seed(7);
  }

  private static Fit fit(int epochs) {
    return Fit.epochs(epochs).batch(16);
  }

  @Test
  void learnsAndTellsAboutIt() {
    List<Progress> steps = new ArrayList<>();
    List<EpochResult> ends = new ArrayList<>();
    AtomicInteger starts = new AtomicInteger();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void started(int first, int epochs, int batches) {
            assertEquals(List.of(1, 12, 5), List.of(first, epochs, batches));
            starts.incrementAndGet();
          }

          @Override
          public void stepped(Progress progress) {
            steps.add(progress);
          }

          @Override
          public void epochEnded(EpochResult result) {
            ends.add(result);
          }
        };
    try (Trainer trainer = trainer()) {
      History history = trainer.fit(train, fit(12).validate(test).listen(listener));

      assertEquals(new Outcome.Completed(), history.outcome());
      assertEquals(7, history.seed());
      assertEquals(60, history.steps());
      assertEquals(60, trainer.steps());
      assertEquals(60, trainer.variables().get(ModelGraph.STEP).longAt(0));
      assertEquals(ends, history.epochs());
      assertEquals(1, starts.get());
      assertEquals(60, steps.size());
      for (int i = 0; i < 60; i++) {
        Progress progress = steps.get(i);
        assertEquals(i + 1, progress.step());
        assertEquals(i / 5 + 1, progress.epoch());
        assertEquals(12, progress.epochs());
        assertEquals(i % 5 + 1, progress.batch());
        assertEquals(5, progress.batches());
        assertTrue(progress.stepsPerSecond() > 0);
        assertTrue(progress.stallShare() >= 0 && progress.stallShare() <= 1);
      }
      double mean =
          steps.subList(55, 60).stream().mapToDouble(Progress::loss).average().orElseThrow();
      assertEquals(mean, history.last().loss(), 1e-9);
      assertTrue(history.last().loss() < steps.getFirst().loss() / 2, history.toString());
      Evaluation evaluation = trainer.evaluate(test);
      assertEquals(history.last().validation().orElseThrow(), evaluation);
      assertTrue(evaluation.accuracy().orElseThrow() > 0.9, evaluation.toString());
    }
  }

  @Test
  void evaluationCoversEveryExampleOnceWithTheRest() {
    DataSet many = Spots.data(256 + 31, 3);
    try (Trainer trainer = trainer()) {
      Tensor predicted = trainer.predict(many.features());
      assertEquals(TensorType.f32(287, 3), predicted.type());
      double loss = 0;
      int right = 0;
      for (int i = 0; i < 287; i++) {
        double sum = 0;
        int best = 0;
        for (int c = 0; c < 3; c++) {
          sum += predicted.at(i * 3 + c);
          best = predicted.at(i * 3 + c) > predicted.at(i * 3 + best) ? c : best;
        }
        assertEquals(1, sum, 1e-6);
        int label = (int) many.labels().longAt(i);
        loss -= Math.log(predicted.at(i * 3 + label)) / 287;
        right += best == label ? 1 : 0;
      }
      Evaluation evaluation = trainer.evaluate(many);
      assertEquals(287, evaluation.examples());
      assertEquals(loss, evaluation.loss(), 1e-5 * loss);
      assertEquals(OptionalDouble.of(right / 287.0), evaluation.accuracy());
      assertEquals(TensorType.f32(0, 3), trainer.predict(Spots.data(0, 1).features()).type());
    }
  }

  @Test
  void predictionIsThatOfTheReference() {
    try (Trainer trainer = trainer()) {
      trainer.fit(train, fit(1));
      Tensor x = test.features();
      Tensor want =
          Reference.run(
                  ModelGraph.prediction(trainer.model(), Loss.sparseCrossEntropy(), x.type()),
                  Map.of(ModelGraph.FEATURES, x),
                  trainer.variables())
              .output(ModelGraph.PREDICTION);
      assertArrayEquals(want.toFloats(), trainer.predict(x).toFloats(), 1e-6f);
    }
  }

  @Test
  void learnsNumbersToo() {
    Tensor x = Tensor.filled(TensorType.f32(40, 2), i -> Math.sin(i));
    Tensor y = Tensor.filled(TensorType.f32(40, 1), i -> 2 * x.at(2 * i) - 3 * x.at(2 * i + 1) + 1);
    DataSet line = new DataSet("line", x, y, List.of());
    try (Trainer trainer =
        Model.sequential("line", Shape.of(2), Dense.of(1))
            .on(engine)
            .loss(Loss.meanSquaredError())
            .optimizer(Optimizer.Sgd.withRate(0.2).momentum(0.5))) {
      trainer.fit(line, Fit.epochs(30).batch(10));
      assertTrue(trainer.evaluate(line).loss() < 1e-4, trainer.evaluate(line).toString());
      assertEquals(OptionalDouble.empty(), trainer.evaluate(line).accuracy());
      assertEquals(2, trainer.variables().get("dense1/kernel").at(0), 0.02);
      assertEquals(TensorType.f32(40, 1), trainer.predict(x).type());
    }
  }

  @Test
  void theSeedDecidesEverything() {
    List<Map<String, Tensor>> results = new ArrayList<>();
    for (long seed : new long[] {7, 7, 8}) {
      try (Trainer trainer = trainer().seed(seed)) {
        trainer.fit(train, fit(2));
        results.add(trainer.variables());
      }
    }
    assertEquals(results.get(0), results.get(1));
    assertNotEquals(results.get(0), results.get(2));
  }

  @Test
  void aSecondCallGoesOn() {
    Map<String, Tensor> atOnce;
    try (Trainer trainer = trainer()) {
      trainer.fit(train, fit(4));
      atOnce = trainer.variables();
    }
    try (Trainer trainer = trainer()) {
      assertEquals(15, trainer.fit(train, fit(3)).steps());
      History second = trainer.fit(train, fit(1));
      assertEquals(4, second.last().epoch());
      assertEquals(atOnce, trainer.variables());
    }
  }

  @Test
  void stopsAfterTheStepInWhichItIsAsked() {
    AtomicInteger steps = new AtomicInteger();
    Path file = folder.resolve("stopped.safetensors");
    try (Trainer trainer = trainer()) {
      History history =
          trainer.fit(train, fit(3).checkpoint(file).stopWhen(() -> steps.incrementAndGet() == 8));
      assertEquals(new Outcome.Interrupted(8), history.outcome());
      assertEquals(1, history.epochs().size());
      Checkpoint saved = Checkpoint.read(file);
      assertEquals(8, saved.position().steps());
      assertEquals(1, saved.position().epoch());
      assertEquals(3, saved.position().batch());
      assertEquals(trainer.variables(), saved.variables());
    }
  }

  @Test
  void anInterruptedThreadStopsTooAndStaysInterrupted() {
    TrainingListener interrupting =
        new TrainingListener() {
          @Override
          public void stepped(Progress progress) {
            if (progress.step() == 3) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (Trainer trainer = trainer()) {
      History history = trainer.fit(train, fit(3).listen(interrupting));
      assertEquals(new Outcome.Interrupted(3), history.outcome());
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void aRequestDuringTheLastStepComesTooLate() {
    try (Trainer trainer = trainer()) {
      History history = trainer.fit(train, fit(1).stopWhen(() -> trainer.steps() == 5));
      assertEquals(new Outcome.Completed(), history.outcome());
    }
  }

  @Test
  void namesTheStepAndTheTensorThatDiverged() {
    Path file = folder.resolve("diverged.safetensors");
    // Steps of this length overflow the scores while parameters are still finite.
    try (Trainer trainer = trainer().optimizer(Optimizer.Sgd.withRate(3e38))) {
      History history = trainer.fit(train, fit(3).checkpoint(file));
      assertTrue(history.outcome() instanceof Outcome.Diverged, history.toString());
      Outcome.Diverged diverged = (Outcome.Diverged) history.outcome();
      assertEquals(diverged.step() - 1, trainer.steps());
      assertTrue(diverged.step() <= 3, diverged.toString());
      assertTrue(
          List.of("dense1", "dense2", "loss", "dense1/kernel", "dense2/kernel", "dense2/bias")
              .contains(diverged.tensor()),
          diverged.toString());
      assertFalse(file.toFile().exists());
    }
  }

  @Test
  void divergenceIsTracedToWhereItStarted() {
    // A label that names no class makes the loss NaN and nothing before it.
    DataSet unknownClass =
        new DataSet(
            "bad labels", train.features(), Tensor.full(train.labels().type(), 200), List.of());
    try (Trainer trainer = trainer()) {
      assertEquals(new Outcome.Diverged(1, "loss"), trainer.fit(unknownClass, fit(1)).outcome());
    }
    Tensor infinite = Tensor.full(TensorType.f32(32, 2), Double.POSITIVE_INFINITY);
    DataSet badFeatures = new DataSet("bad", infinite, train.range(0, 32).labels(), List.of());
    try (Trainer trainer = trainer()) {
      assertEquals(new Outcome.Diverged(1, "features"), trainer.fit(badFeatures, fit(1)).outcome());
    }
    Tensor large = Tensor.full(TensorType.f32(32, 2), 3e38);
    DataSet tooLarge = new DataSet("large", large, train.range(0, 32).labels(), List.of());
    Model overflowing =
        Model.sequential("over", Shape.of(2), Scale.by(0.5), Scale.by(100), Dense.of(3));
    try (Trainer trainer = overflowing.on(engine)) {
      Map<String, Tensor> before = trainer.variables();
      assertEquals(new Outcome.Diverged(1, "scale2"), trainer.fit(tooLarge, fit(1)).outcome());
      assertEquals(before, trainer.variables());
    }
  }

  @Test
  void parametersThatOverflowInTheLastStepAreNotSaved() {
    Tensor x = Tensor.full(TensorType.f32(8, 1), 10);
    Tensor y = Tensor.full(TensorType.f32(8, 1), 30);
    DataSet line = new DataSet("line", x, y, List.of());
    Path file = folder.resolve("overflow.safetensors");
    for (boolean saves : new boolean[] {true, false}) {
      try (Trainer trainer =
          Model.sequential("line", Shape.of(1), Dense.of(1))
              .on(engine)
              .loss(Loss.meanSquaredError())
              .optimizer(Optimizer.Sgd.withRate(3e38))) {
        Fit fit = Fit.epochs(2).batch(8);
        // The loss of the first step is finite, what the step makes of the kernel is not.
        long step = saves ? 1 : 2;
        assertEquals(
            new Outcome.Diverged(step, "dense1/kernel"),
            trainer.fit(line, saves ? fit.checkpoint(file) : fit).outcome());
        assertFalse(file.toFile().exists());
      }
    }
  }

  @Test
  void manySizesOfPredictionsDoNotDisturbTraining() {
    try (Trainer trainer = trainer()) {
      TrainingListener predicting =
          new TrainingListener() {
            @Override
            public void stepped(Progress progress) {
              int count = (int) progress.step();
              trainer.predict(test.range(0, count).features());
            }
          };
      History history = trainer.fit(train, fit(4).listen(predicting));
      assertEquals(new Outcome.Completed(), history.outcome());
      assertEquals(20, trainer.steps());
    }
  }

  @Test
  void aLostDeviceIsReplacedFromTheLastCheckpoint() {
    Path file = folder.resolve("spots.safetensors");
    History undisturbed;
    int launches;
    try (Trainer trainer = trainer()) {
      undisturbed = trainer.fit(train, fit(4));
      launches = trainer.trainingPlan(train, 16).statistics().launches();
    }
    FaultPlan loss = FaultPlan.at(FaultPlan.Kind.LOSE_DEVICE, 12L * launches); // of 20 steps
    List<SimulatedDevice> devices =
        List.of(
            SimulatedDevice.of("simulated:0", 1 << 26).withFaults(loss),
            SimulatedDevice.of("simulated:1", 1 << 26)
                .withSpeed(new DeviceInfo.Speed(1e10, 1e10, 1e-4)));
    try (Engine pair = Engine.of(devices);
        Trainer trainer = Spots.model().on(pair).optimizer(Optimizer.Adam.withRate(0.02)).seed(7)) {
      Fit fit = fit(4).checkpoint(file);
      RunException e = assertThrows(RunException.class, () -> trainer.fit(train, fit));
      assertEquals("simulated:0", e.device());
      assertTrue(file.toFile().exists());
      History resumed = trainer.fit(train, fit.resume(true));
      assertEquals(new Outcome.Completed(), resumed.outcome());
      assertTrue(resumed.epochs().size() < 4, resumed.epochs().size() + " epochs anew");
      assertEquals(undisturbed.last().loss(), resumed.last().loss());
    }
    devices.forEach(device -> assertEquals(0, device.allocatedBytes()));
  }

  @Test
  void aStepMovesItsBatchUpAndItsLossDown() {
    try (Trainer trainer = trainer()) {
      ByteMeter meter = engine.meter();
      List<long[]> marks = new ArrayList<>();
      TrainingListener reading =
          new TrainingListener() {
            @Override
            public void stepped(Progress progress) {
              marks.add(new long[] {meter.up(), meter.down()});
            }
          };
      trainer.fit(train, fit(2).listen(reading));
      long batch = 16 * 2 + 16;
      assertEquals(10, marks.size());
      for (int i = 1; i < marks.size(); i++) {
        long ahead = i == marks.size() - 1 ? 0 : batch; // what the next step needs comes up
        assertEquals(ahead, marks.get(i)[0] - marks.get(i - 1)[0], "bytes up, step " + (i + 1));
        assertEquals(4, marks.get(i)[1] - marks.get(i - 1)[1], "bytes down, step " + (i + 1));
      }
      assertEquals(batch, trainer.trainingPlan(train, 16).statistics().bytesUp());
      assertEquals(4, trainer.trainingPlan(train, 16).statistics().bytesDown());
    }
  }

  @Test
  void errorsComeBeforeTheFirstStep() {
    try (Trainer trainer = trainer()) {
      assertEquals(
          "data spots: 90 examples, batches of 91; need batches of 1 to 90\n"
              + "  try: a batch size within that range",
          assertThrows(DataException.class, () -> trainer.fit(train, fit(1).batch(91)))
              .getMessage());
      DataSet wide =
          new DataSet(
              "wide", Tensor.full(TensorType.f32(4, 3), 0), Tensor.of(new int[4]), List.of());
      assertEquals(
          "model spots: takes examples [2], data wide has [3]; need the same\n"
              + "  try: Model.sequential(name, Shape.of(3), ...)",
          assertThrows(ShapeException.class, () -> trainer.fit(wide, fit(1))).getMessage());
      assertThrows(ShapeException.class, () -> trainer.evaluate(wide));
      assertThrows(ShapeException.class, () -> trainer.predict(wide.features()));
      DataSet fourClasses =
          new DataSet("four", train.features(), train.labels(), List.of("a", "b", "c", "d"));
      assertEquals(
          "model spots: gives 3 classes, data four has 4; need as many\n"
              + "  try: Dense.of(4) as last layer",
          assertThrows(ShapeException.class, () -> trainer.fit(fourClasses, fit(1))).getMessage());
      assertEquals(0, trainer.steps());
      trainer.evaluate(test);
      assertTrue(
          assertThrows(IllegalStateException.class, () -> trainer.seed(1))
              .getMessage()
              .startsWith("model spots: settings changed after the first use"));
    }
  }

  @Test
  void aFailingDeviceEndsTrainingWithItsError() {
    SimulatedDevice faulty =
        SimulatedDevice.of("simulated:0", 1 << 26)
            .withFaults(FaultPlan.at(FaultPlan.Kind.LOSE_DEVICE, 40));
    try (Engine lossy = Engine.of(List.of(faulty));
        Trainer trainer = Spots.model().on(lossy)) {
      assertThrows(DeviceException.class, () -> trainer.fit(train, fit(10)));
    }
  }
}
