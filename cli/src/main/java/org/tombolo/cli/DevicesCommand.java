package org.tombolo.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.scheduler.report.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tombolo devices`: everything that drivers find, and what they miss.
@Command(
    name = "devices",
    description = "List the devices that can compute, and what keeps others from being there.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n")
final class DevicesCommand implements Callable<Integer> {
  private final Console console;

  @Option(names = "--json", description = "Print JSON, for programs.")
  private boolean json;

  DevicesCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Probe> probes = Devices.probe();
    console.line(json ? json(probes) : text(probes));
    return ExitStatus.OK;
  }

  private static String text(List<Probe> probes) {
    StringBuilder text = new StringBuilder();
    for (Probe probe : probes) {
      switch (probe) {
        case Probe.Found(DeviceInfo info) -> text.append(describe(info)).append('\n');
        case Probe.Missing missing -> text.append(describe(missing)).append('\n');
      }
    }
    return text.toString().stripTrailing();
  }

  private static String describe(DeviceInfo info) {
    DeviceInfo.Speed speed = info.speed();
    return """
    %s: %s
      vendor   %s
      version  %s
      kind     %s, %d units
      memory   %s%s
      speed    about %s, %s, %.1f us to start a region
    """
        .formatted(
            info.id(),
            info.model(),
            info.vendor(),
            info.version(),
            name(info.kind()),
            info.units(),
            Quantities.bytes(info.memoryBytes()),
            info.sharesHostMemory() ? ", shared with the host" : "",
            Quantities.rate(speed.flopsPerSecond(), "flop/s"),
            Quantities.rate(speed.bytesPerSecond(), "B/s"),
            speed.launchSeconds() * 1e6);
  }

  /// What is missing, in two lines and the line break after them.
  static String describe(Probe.Missing missing) {
    return "%s: not here: %s\n  try: %s\n"
        .formatted(missing.driver(), missing.reason(), missing.remedy());
  }

  private static String name(DeviceInfo.Kind kind) {
    return switch (kind) {
      case CPU -> "processor";
      case GPU -> "graphics processor";
      case ACCELERATOR -> "accelerator";
    };
  }

  private static String json(List<Probe> probes) {
    List<Object> devices = new ArrayList<>();
    List<Object> missing = new ArrayList<>();
    for (Probe probe : probes) {
      switch (probe) {
        case Probe.Found(DeviceInfo info) -> devices.add(fields(info));
        case Probe.Missing(String driver, String reason, String remedy) -> {
          Map<String, Object> fields = new LinkedHashMap<>();
          fields.put("driver", driver);
          fields.put("reason", reason);
          fields.put("remedy", remedy);
          missing.add(fields);
        }
      }
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("devices", devices);
    all.put("missing", missing);
    return Json.indented(all);
  }

  private static Map<String, Object> fields(DeviceInfo info) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", info.id());
    fields.put("model", info.model());
    fields.put("vendor", info.vendor());
    fields.put("version", info.version());
    fields.put("kind", info.kind().name().toLowerCase(Locale.ROOT));
    fields.put("units", info.units());
    fields.put("memoryBytes", info.memoryBytes());
    fields.put("sharesHostMemory", info.sharesHostMemory());
    fields.put("flopsPerSecond", info.speed().flopsPerSecond());
    fields.put("bytesPerSecond", info.speed().bytesPerSecond());
    fields.put("launchSeconds", info.speed().launchSeconds());
    return fields;
  }
}
