package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.tombolo.nn.EpochResult;
import org.tombolo.nn.Evaluation;
import org.tombolo.nn.Progress;

class ProgressReportTest {
  private static final EpochResult EPOCH =
      new EpochResult(
          2, 0.25, Optional.of(new Evaluation(10, 0.3, OptionalDouble.of(0.9))), 1.5, 40, 0);

  private final StringWriter out = new StringWriter();

  private ProgressReport report(boolean terminal, int losses) {
    PrintWriter writer = new PrintWriter(out);
    ProgressReport report = new ProgressReport(new Console(writer, writer, terminal), losses);
    report.started(1, 3, 60);
    return report;
  }

  private static Progress step(int batch, float loss) {
    return new Progress(60 + batch, 2, 3, batch, 60, loss, 40, 0);
  }

  private String printed() {
    return out.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void aTerminalSeesABarThatGoesAwayBeforeTheNextLine() {
    ProgressReport report = report(true, 0);
    report.stepped(step(60, 0.125f));
    String bar = "epoch 2/3 [####################] 60/60 loss 0.1250 40.0 steps/s 0:00 left";
    assertEquals("\r" + bar, printed());
    report.epochEnded(EPOCH);
    assertEquals(
        "\r"
            + bar
            + "\r"
            + " ".repeat(bar.length())
            + "\r"
            + "epoch 2/3: loss 0.2500, test accuracy 0.900, 1.5 s\n",
        printed());
  }

  @Test
  void theBarIsNotDrawnForEveryStep() {
    ProgressReport report = report(true, 0);
    for (int batch = 1; batch < 60; batch++) {
      report.stepped(step(batch, 0.5f));
    }
    long drawn = printed().chars().filter(c -> c == '\r').count();
    assertTrue(drawn < 59, () -> "drawn " + drawn + " times");
  }

  @Test
  void elsewhereLinesAreWhole() {
    ProgressReport report = report(false, 0);
    for (int batch = 1; batch <= 60; batch++) {
      report.stepped(step(batch, 0.5f));
    }
    report.epochEnded(EPOCH);
    assertTrue(printed().endsWith("epoch 2/3: loss 0.2500, test accuracy 0.900, 1.5 s\n"));
    assertEquals(-1, printed().indexOf('\r'));
  }

  @Test
  void lossesHaveEveryDigit() {
    ProgressReport report = report(false, 2);
    float loss = Math.nextUp(2.3f);
    for (int batch = 1; batch <= 3; batch++) {
      report.stepped(step(batch, loss));
    }
    assertEquals("step 61 loss 2.3000002\nstep 62 loss 2.3000002\n", printed());
  }
}
