package org.tombolo.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Devices;
import org.tombolo.device.Link;
import org.tombolo.device.Probe;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.calibration.Calibrations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tombolo calibrate`: measures what work takes on devices, for the choice of where to run it.
@Command(
    name = "calibrate",
    header = "Measure how fast devices and the ways to them are, and keep the result.",
    description = {
      "What is measured decides where operations run, and what runs are expected to take. Commands on"
          + " several devices measure by themselves what is not known yet; one device is measured by"
          + " this command alone. The machine should have nothing else to do meanwhile.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "-Dtombolo.calibration=off in TOMBOLO_JAVA_OPTS leaves speeds to the guesses of drivers; frozen",
      "uses what is known and changes nothing, so that plans stay the same.",
    })
final class CalibrateCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = {"-d", "--device", "--devices"},
      paramLabel = "DEVICE",
      description =
          "What to measure: cpu, opencl, opencl:1, several with commas. Without it: all that are"
              + " found.")
  private Optional<String> names = Optional.empty();

  @Option(names = "--again", description = "Measure also what is known already.")
  private boolean again;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      converter = FromOne.class,
      description =
          "How long preparing takes at most, and how long measuring, for each device. More helps where"
              + " the machine is busy. Without it: 8.")
  private int seconds = 8;

  CalibrateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Calibrations calibrations = Calibrations.system();
    boolean failed = false;
    List<Device> devices = Devices.open(names.orElseGet(CalibrateCommand::all));
    try {
      for (Device device : devices) {
        try {
          console.line(text(device, calibrations));
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

  private static String all() {
    List<String> ids = new ArrayList<>();
    for (Probe probe : Devices.probe()) {
      if (probe instanceof Probe.Found(DeviceInfo info)) {
        ids.add(info.id());
      }
    }
    if (ids.isEmpty()) {
      throw new MistakeException(
          "no driver finds a device", "tombolo devices, which says what is missing");
    }
    return String.join(",", ids);
  }

  private String text(Device device, Calibrations calibrations) {
    DeviceInfo info = device.info();
    Optional<Calibration> known = again ? Optional.empty() : calibrations.known(device);
    if (known.isEmpty()) {
      console.line("measuring %s: %s ...".formatted(info.id(), info.model()));
    }
    Calibration calibration =
        known.orElseGet(() -> calibrations.measure(device, Duration.ofSeconds(seconds)));
    String file = calibrations.file(device).toString();
    String kept =
        calibrations.known(device).isPresent()
            ? file
            : "nowhere: %s cannot be written".formatted(file);
    return """
    %s: %s
      measured  %s
      kept in   %s
      launch    %.1f us
      memory    %s
      compute   %s
      arrays    %s
      off heap  %s
      overlap   %.0f %% of a copy behind a computation that takes as long
      operations      start  compute   memory  correction (shares of these rates; by what runs took)
    %s
    """
        .formatted(
            info.id(),
            info.model(),
            calibration.measured().map(Object::toString).orElse("never"),
            kept,
            calibration.launchSeconds() * 1e6,
            Quantities.rate(calibration.bytesPerSecond(), "B/s"),
            new TreeMap<>(calibration.flopsPerSecond())
                .entrySet().stream()
                    .map(rate ->
                        "%s %s"
                            .formatted(rate.getKey(), Quantities.rate(rate.getValue(), "flop/s")))
                    .collect(Collectors.joining(", ")),
            text(calibration.link()),
            text(calibration.offHeap()),
            calibration.overlap() * 100,
            shares(calibration))
        .stripTrailing();
  }

  private static String text(Link link) {
    return "up %.1f us + %s, down %.1f us + %s"
        .formatted(
            link.upLatencySeconds() * 1e6,
            Quantities.rate(link.upBytesPerSecond(), "B/s"),
            link.downLatencySeconds() * 1e6,
            Quantities.rate(link.downBytesPerSecond(), "B/s"));
  }

  private static String shares(Calibration calibration) {
    List<String> lines = new ArrayList<>();
    new TreeMap<>(calibration.reached())
        .forEach((family, share) ->
            lines.add(
                "    %-12s %7.1f us %8.3f %8.3f %8.2f"
                    .formatted(
                        family.name().toLowerCase(Locale.ROOT),
                        share.startSeconds() * 1e6,
                        share.arithmetic(),
                        share.memory(),
                        calibration.corrections().getOrDefault(family, 1.0))));
    return String.join("\n", lines);
  }
}
