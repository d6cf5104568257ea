package org.tombolo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tombolo.conformance.AccuracyPage;
import org.tombolo.conformance.CheckResult;
import org.tombolo.conformance.Conformance;
import org.tombolo.conformance.HtmlPage;
import org.tombolo.conformance.Options;
import org.tombolo.conformance.Report;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Devices;
import org.tombolo.device.Driver;
import org.tombolo.device.Probe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tombolo conformance`: whether devices do what every driver must.
@Command(
    name = "conformance",
    header = "Check that devices compute, copy and wait as every driver must.",
    description = {
      "Runs the kit that drivers are held to: buffers, copies, the order of work, every operation and"
          + " element type against the reference, gradients, threads, errors. Says for each check that"
          + " fails what was seen and which command repeats it.",
      "",
      "For authors of drivers, and for whoever doubts a device. Exit status 0 if all devices pass, 1 if"
          + " a check fails.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tombolo conformance --quick                      seconds: one case for each operation",
      "  tombolo conformance --device opencl:0            minutes: everything",
      "  tombolo conformance --only copies                one suite",
      "  tombolo conformance --report conformance.html    a page to look at or to send",
    })
final class ConformanceCommand implements Callable<Integer> {
  private static final long SEED = 42;

  private final Console console;

  @Option(
      names = "--driver",
      paramLabel = "ID",
      description = "Check all devices of this driver, such as opencl.")
  private @Nullable String driver;

  @Option(
      names = "--device",
      paramLabel = "NAMES",
      split = ",",
      description =
          "Check these devices, such as cpu or opencl:1, several with commas. Without it and"
              + " --driver: all that are found.")
  private List<String> devices = new ArrayList<>();

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write a page with all results, errors and times.")
  private @Nullable Path report;

  @Option(
      names = "--accuracy",
      paramLabel = "FILE.md",
      description = "Write a table with the largest error of each operation and type.")
  private @Nullable Path accuracy;

  @Option(
      names = "--quick",
      description = "Run a part that takes seconds: one case for each operation and type.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Run only checks with this text in their name, such as copies/ or dot/.")
  private String only = "";

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "" + SEED,
      description = "Decides all data; a failure names it. Default: ${DEFAULT-VALUE}.")
  private long seed = SEED;

  private boolean driversFailed;

  ConformanceCommand(Console console) {
    this.console = console;
  }

  /// A device and the driver that found it.
  private record Chosen(Driver driver, Probe.Found found) {}

  @Override
  public Integer call() {
    Options options = (quick ? Options.quick() : Options.all()).seed(seed).only(only);
    List<Chosen> all = found();
    List<Report> reports = new ArrayList<>();
    for (Chosen chosen : chosen(all)) {
      reports.add(run(chosen, options));
    }
    if (report != null) {
      OutputFile.write("--report", report, HtmlPage.of(reports));
    }
    if (accuracy != null) {
      OutputFile.write("--accuracy", accuracy, AccuracyPage.of(commandLine(), reports));
    }
    boolean passed = !driversFailed && reports.stream().allMatch(Report::passed);
    return passed ? ExitStatus.OK : ExitStatus.FAILED;
  }

  private Report run(Chosen chosen, Options options) {
    String id = chosen.found().info().id();
    console.line("checking %s, seed %d ...".formatted(id, seed));
    try {
      Report result =
          Conformance.of(chosen.driver(), chosen.found())
              .with(options)
              .listening(this::announce)
              .run();
      console.line(result.text().stripTrailing());
      return result;
    } catch (IllegalArgumentException e) {
      throw new MistakeException(
          "--only %s: names no check".formatted(only),
          "a suite, such as copies, or a part of a check's name from a report");
    }
  }

  /// Failures are told at once: what follows may take minutes.
  private void announce(CheckResult result) {
    if (result.failed()) {
      console.line("failed: " + result.path());
    }
  }

  private List<Chosen> found() {
    List<Chosen> all = new ArrayList<>();
    for (Driver each : Devices.drivers()) {
      try {
        for (Probe probe : each.probe()) {
          if (probe instanceof Probe.Found found) {
            all.add(new Chosen(each, found));
          }
        }
      } catch (RuntimeException | LinkageError e) { // against the contract
        console.line("failed: driver %s: its probe() threw %s".formatted(each.id(), e));
        driversFailed = true;
      }
    }
    return all;
  }

  private List<Chosen> chosen(List<Chosen> all) {
    if (driver != null && !devices.isEmpty()) {
      throw new MistakeException("--driver and --device are given; need one of them", "--device");
    }
    if (driver != null) {
      List<Chosen> own = all.stream().filter(each -> each.driver().id().equals(driver)).toList();
      if (own.isEmpty()) {
        throw new MistakeException(
            "--driver %s: finds no device; there are %s".formatted(driver, ids(all)),
            "tombolo devices, which says what is missing");
      }
      return own;
    }
    if (devices.isEmpty()) {
      if (all.isEmpty()) {
        throw new MistakeException(
            "no driver finds a device", "tombolo devices, which says what is missing");
      }
      return all;
    }
    return devices.stream().map(name -> named(name.strip(), all)).toList();
  }

  /// The device with an id, or the first one of a driver.
  private static Chosen named(String name, List<Chosen> all) {
    for (Chosen each : all) {
      DeviceInfo info = each.found().info();
      if (info.id().equals(name) || info.driver().equals(name)) {
        return each;
      }
    }
    throw new MistakeException(
        "--device %s: no such device; there are %s".formatted(name, ids(all)),
        "one of those names");
  }

  private static String ids(List<Chosen> all) {
    return all.isEmpty()
        ? "none"
        : String.join(", ", all.stream().map(each -> each.found().info().id()).toList());
  }

  /// The command that writes the same table.
  private String commandLine() {
    List<String> words = new ArrayList<>(List.of("./tombolo conformance"));
    if (driver != null) {
      words.add("--driver " + driver);
    }
    if (!devices.isEmpty()) {
      words.add("--device " + String.join(",", devices));
    }
    words.add(quick ? "--quick" : "");
    words.add(only.isEmpty() ? "" : "--only \"" + only + "\"");
    words.add("--seed " + seed);
    words.add("--accuracy " + accuracy);
    words.removeIf(String::isEmpty);
    return String.join(" ", words);
  }
}
