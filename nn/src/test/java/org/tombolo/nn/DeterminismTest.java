package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.DataSets;
import org.tombolo.scheduler.Engine;

/// Whole training steps give the same bits each time: the losses, the parameters and the
/// optimizer's state, without exception.
class DeterminismTest {
  private static final int STEPS = 3;

  /// What a training leaves behind.
  private record Trace(List<Float> losses, Map<String, Tensor> variables) {}

  private static Trace train(String name) {
    DataSet data = DataSets.digits().train();
    List<Float> losses = new ArrayList<>();
    try (Engine engine = TestEngines.open(name);
        Trainer trainer = Models.digits().on(engine).seed(42)) {
      trainer.fit(
          data,
          Fit.epochs(1)
              .batch(17)
              .stopWhen(() -> trainer.steps() == STEPS)
              .listen(
                  new TrainingListener() {
                    @Override
                    public void stepped(Progress progress) {
                      losses.add(progress.loss());
                    }
                  }));
      return new Trace(losses, trainer.variables());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void aTrainingGivesTheSameBitsEachTime(String name) {
    Trace first = train(name);
    assertEquals(STEPS, first.losses().size());
    for (int run = 2; run <= 3; run++) {
      Trace again = train(name);
      assertEquals(first.losses(), again.losses(), "run " + run);
      assertEquals(first.variables(), again.variables(), "run " + run);
    }
  }
}
