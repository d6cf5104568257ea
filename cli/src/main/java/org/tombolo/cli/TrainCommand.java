package org.tombolo.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.Split;
import org.tombolo.scheduler.Engine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tombolo train`: learns, says how it goes, and what it took.
@Command(
    name = "train",
    description = "Train a small network on images, and test it on images that it never saw.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Ctrl-C finishes the step, saves the checkpoint if there is one, and exits with 130; pressed",
      "again it ends at once.",
      "",
      "Examples:",
      "  tombolo train digits",
      "  tombolo train clothing --device opencl --checkpoint runs",
      "  tombolo train clothing --device opencl --checkpoint runs --resume"
    })
final class TrainCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "TASK",
      converter = Task.FromName.class,
      description =
          "What to learn: digits (1,797 handwritten digits, part of this program) or clothing"
              + " (Fashion-MNIST, 70,000 pictures of clothes).")
  private Task task = Task.DIGITS;

  @Mixin private final DeviceOption devices = new DeviceOption();

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N",
      converter = FromOne.class,
      description = "Examples in a step. Without it: 32 for digits, 128 for clothing.")
  private @Nullable Integer batch;

  @Option(
      names = {"-e", "--epochs"},
      paramLabel = "N",
      converter = FromOne.class,
      description =
          "Passes through the training images, counted from the very start. Without it: 20 for"
              + " digits, 5 for clothing.")
  private @Nullable Integer epochs;

  @Option(
      names = "--rate",
      paramLabel = "R",
      converter = Rate.class,
      description = "Learning rate of Adam. Without it: 0.001.")
  private @Nullable Double rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Decides everything random: one seed on one device gives one result, bit for bit."
              + " Without it: 0.")
  private long seed;

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Save the training as DIR/TASK.safetensors after each epoch and on Ctrl-C.")
  private @Nullable Path checkpoint;

  @Option(
      names = "--resume",
      description = "Go on from the checkpoint; from the start if there is none yet.")
  private boolean resume;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Folder with the four idx files of Fashion-MNIST, plain or .gz. Without it:"
              + " /usr/share/datasets/fashion-mnist, the place of Debian's dataset-fashion-mnist.")
  private @Nullable Path data;

  @Option(
      names = "--losses",
      paramLabel = "N",
      converter = FromOne.class,
      description = "Print the losses of the first N steps in full precision, to compare devices.")
  private @Nullable Integer losses;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description =
          "Write what devices and host did when, for ui.perfetto.dev. Meant for short trainings:"
              + " each step has as many entries as tasks.")
  private @Nullable Path traced;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (resume && checkpoint == null) {
      throw new MistakeException(
          "--resume: nothing to go on from; need --checkpoint DIR",
          "--checkpoint with the folder that the training was saved in");
    }
    if (traced != null) {
      OutputFile.requireWritable("--trace", traced);
    }
    Optional<Path> file =
        Optional.ofNullable(checkpoint).map(folder -> CheckpointFolder.file(folder, task, resume));
    Training.Settings settings =
        new Training.Settings(
            task,
            epochs == null ? task.epochs() : epochs,
            batch == null ? task.batch() : batch,
            file,
            resume,
            losses == null ? 0 : losses);
    Split split = task.load(Optional.ofNullable(data));
    try (Engine engine = Engine.open(devices.names());
        Recorder recorder = new Recorder(traced);
        Trainer trainer = task.trainer(engine, rate == null ? task.rate() : rate, seed)) {
      int status = new Training(console, settings, split, engine, trainer).run();
      recorder.write();
      return status;
    }
  }
}
