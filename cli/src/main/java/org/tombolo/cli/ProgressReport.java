package org.tombolo.cli;

import org.tombolo.nn.EpochResult;
import org.tombolo.nn.Evaluation;
import org.tombolo.nn.Progress;
import org.tombolo.nn.TrainingListener;

/// Shows how training goes: on a terminal a bar that is drawn over and over, elsewhere a line now
/// and then; and one line for each epoch.
final class ProgressReport implements TrainingListener {
  private static final int BAR_CELLS = 20;
  private static final long REDRAW_NANOS = 100_000_000L;
  private static final long LINE_NANOS = 10_000_000_000L;

  private final Console console;
  private final long losses;
  private int epochs;
  private long printed;
  private long lastShown;
  private int drawn;

  /// @param losses number of steps whose losses are printed, each on a line, in full precision
  ProgressReport(Console console, long losses) {
    this.console = console;
    this.losses = losses;
  }

  @Override
  public void started(int first, int last, int batches) {
    epochs = last;
    lastShown = System.nanoTime();
  }

  @Override
  public void stepped(Progress progress) {
    if (printed < losses) {
      printed++;
      erase();
      console.line("step %d loss %s".formatted(progress.step(), progress.loss()));
    }
    long now = System.nanoTime();
    boolean last = progress.batch() == progress.batches();
    if (console.terminal()) {
      if (last || now - lastShown >= REDRAW_NANOS) {
        lastShown = now;
        draw(progress);
      }
    } else if (!last && now - lastShown >= LINE_NANOS) {
      lastShown = now;
      console.line(
          "epoch %d/%d: step %,d of %,d, loss %.4f, %.1f steps/s"
              .formatted(
                  progress.epoch(),
                  progress.epochs(),
                  progress.batch(),
                  progress.batches(),
                  progress.loss(),
                  progress.stepsPerSecond()));
    }
  }

  private void draw(Progress progress) {
    int full = (int) ((long) BAR_CELLS * progress.batch() / progress.batches());
    double left = (progress.batches() - progress.batch()) / progress.stepsPerSecond();
    String bar =
        "epoch %d/%d [%s%s] %d/%d loss %.4f %.1f steps/s %s left"
            .formatted(
                progress.epoch(),
                progress.epochs(),
                "#".repeat(full),
                ".".repeat(BAR_CELLS - full),
                progress.batch(),
                progress.batches(),
                progress.loss(),
                progress.stepsPerSecond(),
                Quantities.clock(left));
    console.out().print("\r" + bar + " ".repeat(Math.max(0, drawn - bar.length())));
    console.out().flush();
    drawn = bar.length();
  }

  /// Takes the bar away, so that other lines can follow.
  void erase() {
    if (drawn > 0) {
      console.out().print("\r" + " ".repeat(drawn) + "\r");
      console.out().flush();
      drawn = 0;
    }
  }

  @Override
  public void epochEnded(EpochResult result) {
    erase();
    lastShown = System.nanoTime();
    console.line(
        "epoch %d/%d: loss %.4f%s, %.1f s"
            .formatted(
                result.epoch(),
                epochs,
                result.loss(),
                result.validation().map(ProgressReport::accuracy).orElse(""),
                result.seconds()));
  }

  private static String accuracy(Evaluation test) {
    return test.accuracy().isEmpty()
        ? ""
        : ", test accuracy %.3f".formatted(test.accuracy().getAsDouble());
  }
}
