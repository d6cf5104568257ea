package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.data.DataSet;
import org.tombolo.scheduler.Engine;

/// Every optimizer learns a small task, and goes on from a checkpoint bit for bit.
class OptimizerTrainingTest {
  @TempDir Path folder;

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        Optimizer.Sgd.withRate(0.1).momentum(0.9),
        Optimizer.Sgd.withRate(0.1).momentum(0.9).lookingAhead(),
        Optimizer.RmsProp.withRate(0.01).momentum(0.5),
        Optimizer.Adagrad.withRate(0.1),
        Optimizer.Adam.withRate(0.02),
        Optimizer.Adam.withRate(0.02).weightDecay(0.01),
        Optimizer.Lion.withRate(0.01),
        Adafactor.withRate(0.05),
        Optimizer.Adam.withRate(0.02).clippedByGlobalNorm(0.5),
        new LossScaling(Optimizer.Sgd.withRate(0.1).momentum(0.9).clippedByNorm(1), 0x1p20, 3));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void learnsAndGoesOnBitForBit(Optimizer optimizer) {
    DataSet train = Spots.data(90, 1);
    Fit fit = Fit.epochs(8).batch(10);
    Path file = folder.resolve("stopped.safetensors");
    try (Engine engine = Engine.open("cpu")) {
      Map<String, Tensor> straight;
      try (Trainer trainer = Spots.model().on(engine).optimizer(optimizer).seed(7)) {
        trainer.fit(train, fit);
        straight = trainer.variables();
        double accuracy = trainer.evaluate(Spots.data(90, 2)).accuracy().orElseThrow();
        assertTrue(accuracy > 0.9, () -> "accuracy " + accuracy);
      }
      try (Trainer trainer = Spots.model().on(engine).optimizer(optimizer).seed(7)) {
        trainer.fit(train, fit.checkpoint(file).stopWhen(() -> trainer.steps() == 31));
      }
      try (Trainer trainer = Spots.model().on(engine).optimizer(optimizer).seed(7)) {
        trainer.fit(train, fit.checkpoint(file).resume(true));
        assertEquals(straight, trainer.variables());
      }
    }
  }
}
