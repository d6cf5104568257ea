package org.tombolo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.tombolo.nn.Evaluation;
import org.tombolo.nn.Fit;
import org.tombolo.nn.History;
import org.tombolo.nn.Outcome;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.Split;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.PlanStatistics;

/// One training from the command line: shows how it goes, then how good the result is and what it
/// took.
final class Training {
  /// What is asked for.
  ///
  /// @param task what is learned
  /// @param epochs passes through the training set
  /// @param batch examples of a step
  /// @param file checkpoint
  /// @param resume whether to go on from it
  /// @param losses steps whose losses are printed
  record Settings(
      Task task, int epochs, int batch, Optional<Path> file, boolean resume, int losses) {}

  private final Console console;
  private final Settings settings;
  private final Split split;
  private final Engine engine;
  private final Trainer trainer;
  private final StepMeter meter;
  private final ProgressReport report;

  Training(Console console, Settings settings, Split split, Engine engine, Trainer trainer) {
    this.console = console;
    this.settings = settings;
    this.split = split;
    this.engine = engine;
    this.trainer = trainer;
    this.meter = new StepMeter(engine.meter());
    this.report = new ProgressReport(console, settings.losses());
  }

  /// Trains.
  ///
  /// @return the exit status
  int run() {
    console.line(
        "%s: %,d images to learn from, %,d to be tested on; %s"
            .formatted(settings.task(), split.train().size(), split.test().size(), devices()));
    try (Interrupts interrupts = Interrupts.watch(console)) {
      History history = fit(interrupts);
      report.erase();
      return switch (history.outcome()) {
        case Outcome.Completed() -> {
          console.line("test accuracy %.3f".formatted(test(history).accuracy().orElseThrow()));
          summary();
          yield ExitStatus.OK;
        }
        case Outcome.Interrupted(long step) -> {
          summary();
          console.error(stopped(step));
          yield interrupts.status();
        }
        case Outcome.Diverged(long step, String tensor) -> {
          console.error(diverged(step, tensor));
          yield ExitStatus.FAILED;
        }
      };
    }
  }

  private History fit(Interrupts interrupts) {
    Fit fit =
        Fit.epochs(settings.epochs())
            .batch(settings.batch())
            .validate(split.test())
            .stopWhen(interrupts::requested)
            .listen(meter)
            .listen(report);
    if (settings.file().isPresent()) {
      Path file = settings.file().get();
      if (settings.resume()) {
        console.line(
            (Files.exists(file) ? "going on from %s" : "no %s yet: from the start")
                .formatted(file));
      }
      fit = fit.checkpoint(file).resume(settings.resume());
    }
    return trainer.fit(split.train(), fit);
  }

  /// The test after the last epoch; made now if all epochs had been done before.
  private Evaluation test(History history) {
    return history.epochs().isEmpty()
        ? trainer.evaluate(split.test())
        : history.last().validation().orElseThrow();
  }

  private String stopped(long step) {
    return settings
        .file()
        .map(file ->
            "stopped after step %,d, saved in %s\n  try: the same command with --resume to go on"
                .formatted(step, file))
        .orElse(
            "stopped after step %,d, nothing saved\n  try: --checkpoint DIR to be able to go on"
                .formatted(step));
  }

  private String diverged(long step, String tensor) {
    String kept =
        settings.file().filter(Files::exists).map("; %s is as it was before"::formatted).orElse("");
    return "step %,d: the loss is not a finite number; first of all %s was not%s\n  try: %s"
        .formatted(
            step,
            tensor.equals("features") ? "the batch itself" : tensor,
            kept,
            "a lower --rate; or look for such numbers in the data");
  }

  private void summary() {
    PlanStatistics plan = trainer.trainingPlan(split.train(), settings.batch()).statistics();
    item("device", devices());
    item(
        "steps",
        "%,d%s"
            .formatted(
                trainer.steps(),
                meter.steps() == 0 ? "" : ", %.1f steps/s".formatted(meter.stepsPerSecond())));
    item("launches", "%,d per step".formatted(plan.launches()));
    item("bytes up", bytes(meter.bytesUp(), plan.bytesUp()));
    item("bytes down", bytes(meter.bytesDown(), plan.bytesDown()));
    item(
        "peak memory",
        plan.memory().stream()
            .map(memory ->
                "%,d bytes on %s: %,d variables, %,d constants, %,d inputs, %,d values"
                    .formatted(
                        memory.peakBytes(),
                        memory.device(),
                        memory.stateBytes(),
                        memory.constantBytes(),
                        memory.inputBytes(),
                        memory.arenaBytes()))
            .collect(Collectors.joining("; ")));
  }

  private static String bytes(OptionalLong metered, long planned) {
    return metered.isEmpty()
        ? "%,d per step, planned".formatted(planned)
        : "%,d per step, metered%s"
            .formatted(
                metered.getAsLong(),
                metered.getAsLong() == planned ? "" : "; planned %,d".formatted(planned));
  }

  private void item(String name, String value) {
    console.line("%-13s %s".formatted(name, value));
  }

  private String devices() {
    return engine.devices().stream()
        .map(info -> "%s (%s)".formatted(info.id(), info.model()))
        .collect(Collectors.joining(", "));
  }
}
