package org.tombolo.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Devices;
import org.tombolo.device.Region;
import org.tombolo.device.Tuner;
import org.tombolo.nn.Network;
import org.tombolo.nn.zoo.Architecture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tombolo tune`: finds the fastest kernels by trial.
@Command(
    name = "tune",
    header = "Find the fastest kernels for products and convolutions by trial, and keep them.",
    description = {
      "Variants that give other bits are rejected, so that results stay what they are. The machine"
          + " should have nothing else to do meanwhile.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "-Dtombolo.tuning=off in TOMBOLO_JAVA_OPTS leaves what was found aside.",
      "",
      "Examples:",
      "  tombolo tune --device opencl",
      "  tombolo tune resnet-18 --device opencl --seconds 120",
    })
final class TuneCommand implements Callable<Integer> {
  private static final Duration LONGEST_EACH = Duration.ofSeconds(60);

  private final Console console;

  @Parameters(
      arity = "0..1",
      paramLabel = "NETWORK",
      converter = NamedModel.FromName.class,
      description =
          "A network such as resnet-18, to tune for what its training step computes. Without it:"
              + " common sizes.")
  private @Nullable NamedModel model;

  @Option(
      names = "--small",
      description = "The network at its smallest: the same structure with the fewest channels.")
  private boolean small;

  @Option(
      names = {"-d", "--device", "--devices"},
      paramLabel = "DEVICE",
      description =
          "What to tune: opencl, opencl:1, several with commas. Without it: opencl, the first that is"
              + " found.")
  private String names = "opencl";

  @Option(
      names = "--seconds",
      paramLabel = "N",
      converter = FromOne.class,
      description = "How long it takes at most, about, for each device. Without it: 10.")
  private int seconds = 10;

  @Option(
      names = "--full",
      description = "Try many sizes and variants. Takes minutes: --seconds 600 with it.")
  private boolean full;

  @Option(names = "--again", description = "Try also what was tuned before.")
  private boolean again;

  @Option(
      names = "--merge",
      paramLabel = "FILE",
      description =
          "Take over what a file holds that another machine with the same processor and device has"
              + " found, and try nothing.")
  private @Nullable Path merged;

  TuneCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    boolean failed = false;
    List<Device> devices = Devices.open(names);
    try {
      for (Device device : devices) {
        Optional<Tuner> tuner = device.extension(Tuner.class);
        if (tuner.isEmpty()) {
          console.line(device.info().id() + ": its kernels have no variants");
          continue;
        }
        try {
          if (merged != null) {
            failed |= !merge(device, tuner.get(), merged);
          } else {
            tune(device, tuner.get());
          }
        } catch (DeviceException e) {
          console.error(Failures.text(e));
          failed = true;
        }
      }
    } finally {
      devices.forEach(Device::close);
    }
    return failed ? ExitStatus.FAILED : ExitStatus.OK;
  }

  /// Whether a device took the file over.
  private boolean merge(Device device, Tuner tuner, Path file) {
    try {
      int better = tuner.merge(file);
      console.line(
          "%s: %d findings are new or better; kept in %s"
              .formatted(device.info().id(), better, tuner.file()));
      return true;
    } catch (NoSuchFileException e) {
      throw new MistakeException(
          "--merge %s: there is no such file".formatted(file), "a file that tombolo tune wrote");
    } catch (IOException e) {
      console.error(
          "%s: %s\n  try: a file that tombolo tune wrote for such a device"
              .formatted(device.info().id(), e.getMessage()));
      return false;
    }
  }

  private void tune(Device device, Tuner tuner) {
    List<Region> work = work();
    console.line("%s: %s".formatted(device.info().id(), device.info().model()));
    console.line("    gain  tried  wrong        time  kept, for what");
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    int left = work.size();
    int late = 0;
    for (Region region : work) {
      Optional<Tuner.Finding> known = again ? Optional.empty() : tuner.known(region);
      long rest = end - System.nanoTime();
      if (known.isPresent()) {
        line(known.get(), region, " (known)");
      } else if (rest <= 0) {
        late++;
      } else {
        Duration budget = Duration.ofNanos(Math.min(rest / left, LONGEST_EACH.toNanos()));
        tuner.tune(region, budget, full).ifPresent(found -> line(found, region, ""));
      }
      left--;
    }
    if (late > 0) {
      console.line(
          "%d of %d were left out when the time was over; again, or --seconds %d, tries them"
              .formatted(late, work.size(), 2 * seconds));
    }
    console.line("kept in " + tuner.file());
  }

  private void line(Tuner.Finding found, Region region, String note) {
    console.line(
        "%8.2f %6d %6d %8.3f ms  %s, %s%s"
            .formatted(
                found.gain(),
                found.tried(),
                found.rejected(),
                found.seconds() * 1e3,
                found.variant(),
                region.name(),
                note));
  }

  private List<Region> work() {
    return switch (model) {
      case null -> TuningWork.common(full);
      case NamedModel.OfTask(Task task) ->
          throw new MistakeException(
              "%s: is a task; need a network".formatted(task), "one such as lenet or resnet-18");
      case NamedModel.OfArchitecture(Architecture architecture) -> {
        Network network =
            architecture.network(small ? Architecture.Size.SMALL : Architecture.Size.FULL);
        yield TuningWork.of(List.of(network.training(architecture.optimizer(), 0)));
      }
    };
  }
}
