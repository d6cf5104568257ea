package org.tombolo.cli;

import java.util.concurrent.Callable;
import org.tombolo.nn.Trainer;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `tombolo explain`: the plan of a training step. Needs no data.
@Command(
    name = "explain",
    description =
        "Show the plan of a training step: what runs where, what is moved, what memory it takes.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n")
final class ExplainCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private final TaskOptions options = new TaskOptions();

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Task task = options.task();
    try (Engine engine = Engine.open(options.device());
        Trainer trainer = task.trainer(engine, task.rate(), 0)) {
      Plan plan = trainer.trainingPlan(task.blank(options.batch()), options.batch());
      console.line(trainer.model().summary());
      console.line(plan.explain().strip());
    }
    return ExitStatus.OK;
  }
}
