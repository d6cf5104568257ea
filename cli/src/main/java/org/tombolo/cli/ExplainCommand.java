package org.tombolo.cli;

import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.DeviceInfo;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.Network;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.zoo.Architecture;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.State;
import org.tombolo.scheduler.report.PlanReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tombolo explain`: the plan of a training step. Needs no data.
@Command(
    name = "explain",
    description =
        "Show the plan of a training step: what runs where and why, what is moved, what memory and"
            + " time it takes.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tombolo explain clothing",
      "  tombolo explain resnet-18 --small --devices cpu,opencl --html plan.html",
      "  tombolo explain mlp --device cpu --measure 20 --trace trace.json"
    })
final class ExplainCommand implements Callable<Integer> {
  private static final String HTML = "--html";
  private static final String TRACE = "--trace";

  private final Console console;

  @Mixin private final ModelOption chosen = new ModelOption();

  @Mixin private final DeviceOption devices = new DeviceOption();

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N",
      converter = FromOne.class,
      description =
          "Examples in a step of digits (without it: 32) or clothing (128). The networks have their"
              + " own.")
  private @Nullable Integer batch;

  @Option(
      names = "--forward",
      description = "The plan of a network's forward pass instead of a training step.")
  private boolean forward;

  @Option(
      names = "--memory-limit",
      paramLabel = "BYTES",
      converter = MemoryLimits.FromText.class,
      description =
          "Most memory that the plan takes on each device, such as 512M or 1.5G, or on some, such as"
              + " opencl:0=2G. Without it: what the device has.")
  private MemoryLimits limits = new MemoryLimits(Optional.empty(), Map.of());

  @Option(
      names = "--measure",
      paramLabel = "N",
      converter = FromOne.class,
      description =
          "Run the plan N times as well, and show what it took beside what was predicted.")
  private @Nullable Integer measured;

  @Option(names = "--json", description = "Print JSON, for programs.")
  private boolean json;

  @Option(
      names = HTML,
      paramLabel = "FILE",
      description = "Write a page that draws the plan, for a browser.")
  private @Nullable Path page;

  @Option(
      names = TRACE,
      paramLabel = "FILE",
      description =
          "Write what happened while the plan was made and run, for ui.perfetto.dev. Takes"
              + " --measure.")
  private @Nullable Path traced;

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    requireSense();
    try (Engine engine = Engine.open(devices.names());
        Recorder recorder = new Recorder(traced)) {
      if (!json) {
        console.line(speeds(engine));
      }
      PlanOptions options = limits.options(engine.devices().stream().map(DeviceInfo::id).toList());
      switch (chosen.model()) {
        case NamedModel.OfTask(Task task) -> explain(task, engine, options);
        case NamedModel.OfArchitecture(Architecture architecture) ->
            explain(architecture, engine, options);
      }
      recorder.write();
    }
    return ExitStatus.OK;
  }

  /// What the times of the plan are worked out from.
  private static String speeds(Engine engine) {
    List<String> each = new ArrayList<>();
    for (int i = 0; i < engine.devices().size(); i++) {
      String id = engine.devices().get(i).id();
      each.add(
          engine
              .calibrations()
              .get(i)
              .measured()
              .map(when -> "%s measured %s".formatted(id, when.truncatedTo(ChronoUnit.SECONDS)))
              .orElse(id + " as its driver guesses (tombolo calibrate measures it)"));
    }
    return "speeds: " + String.join("; ", each);
  }

  private void requireSense() {
    boolean isTask = chosen.model() instanceof NamedModel.OfTask;
    if (isTask && (chosen.small() || forward)) {
      throw new MistakeException(
          "%s: is of networks such as mlp; digits and clothing have one size and a training step"
              .formatted(chosen.small() ? "--small" : "--forward"),
          "the command without it");
    }
    if (!isTask && batch != null) {
      throw new MistakeException(
          "--batch %d: the networks have their own; digits and clothing take one".formatted(batch),
          "the command without it");
    }
    if (traced != null && measured == null) {
      throw new MistakeException(
          "--trace %s: nothing runs that could be traced; need --measure N".formatted(traced),
          "--measure 10 with it");
    }
    if (traced != null) {
      OutputFile.requireWritable(TRACE, traced);
    }
    if (page != null) {
      OutputFile.requireWritable(HTML, page);
    }
  }

  private void explain(Task task, Engine engine, PlanOptions options) {
    int examples = batch == null ? task.batch() : batch;
    try (Trainer trainer = task.trainer(engine, task.rate(), 0).planned(options)) {
      Plan plan = trainer.trainingPlan(task.blank(examples), examples);
      Map<String, Tensor> feeds = new HashMap<>();
      plan.inputs().forEach((name, type) -> feeds.put(name, Tensor.full(type, 0)));
      if (!json) {
        console.line(trainer.model().summary());
      }
      print(report(plan, feeds));
    }
  }

  private void explain(Architecture architecture, Engine engine, PlanOptions options) {
    Network network =
        architecture.network(chosen.small() ? Architecture.Size.SMALL : Architecture.Size.FULL);
    Graph graph = forward ? network.forward() : network.training(architecture.optimizer(), 0);
    try (State state = engine.newState()) {
      network.initial(architecture.optimizer(), 0).forEach(state::set);
      try (Plan plan = engine.compile(graph, state, options)) {
        Map<String, Tensor> feeds = new HashMap<>(network.examples(0));
        feeds.keySet().retainAll(plan.inputs().keySet());
        print(report(plan, feeds));
      }
    }
  }

  private PlanReport report(Plan plan, Map<String, Tensor> feeds) {
    return measured == null ? plan.report() : plan.measure(feeds, measured);
  }

  private void print(PlanReport report) {
    if (page != null) {
      OutputFile.write(HTML, page, report.html());
    }
    if (json) {
      console.line(report.json());
    } else if (page == null) {
      console.line(report.text().strip());
    } else {
      console.line(report.text().lines().findFirst().orElse(""));
      console.line("the rest is in %s".formatted(page));
    }
  }
}
