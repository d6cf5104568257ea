package org.tombolo.cli;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import javax.management.JMException;
import javax.management.ObjectName;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.nn.data.DataSets;
import org.tombolo.nn.data.Split;
import org.tombolo.scheduler.Engine;
import picocli.CommandLine.Command;

/// `tombolo doctor`: what is here, whether it works, and what to do about the rest.
@Command(
    name = "doctor",
    header = "Say what is here, whether it works, and what to do about the rest.",
    description =
        "Looks at Java, memory, data and devices. Trains something very small on each device and"
            + " compares every number with the reference. Exit status 0 if at least one device"
            + " works.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n")
final class DoctorCommand implements Callable<Integer> {
  private static final String VECTOR = "jdk.incubator.vector";

  private final Console console;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<String> remedies = new ArrayList<>();
    for (String line : new Version().getVersion()) {
      item("version", line);
    }
    item("java home", System.getProperty("java.home"));
    vector(remedies);
    item("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    item(
        "memory",
        "%s, of which %s are free; Java's heap may take %s"
            .formatted(
                system("TotalMemorySize"),
                system("FreeMemorySize"),
                Quantities.bytes(Runtime.getRuntime().maxMemory())));
    data("digits", DataSets::digits, remedies);
    data("clothing", DataSets::clothing, remedies);
    int working = devices(remedies);
    if (!remedies.isEmpty()) {
      console.line("");
      console.line("To have more:");
      remedies.forEach(remedy -> console.line("  " + remedy));
    }
    console.line("");
    console.line(
        switch (working) {
          case 0 -> "No device works: nothing can be trained here.";
          case 1 -> "One device works.";
          default -> working + " devices work.";
        });
    return working > 0 ? ExitStatus.OK : ExitStatus.FAILED;
  }

  private void item(String what, String found) {
    console.line("%-12s %s".formatted(what, found));
  }

  private void vector(List<String> remedies) {
    boolean present = ModuleLayer.boot().findModule(VECTOR).isPresent();
    item("vector unit", VECTOR + (present ? " is there" : " is not there: the cpu device is slow"));
    if (!present) {
      remedies.add("./tombolo, or java with --add-modules " + VECTOR);
    }
  }

  /// A size that Java's management interface knows.
  private static String system(String attribute) {
    try {
      Object bytes =
          ManagementFactory.getPlatformMBeanServer()
              .getAttribute(new ObjectName("java.lang:type=OperatingSystem"), attribute);
      return Quantities.bytes((Long) bytes);
    } catch (JMException e) {
      return "unknown";
    }
  }

  private void data(String name, Supplier<Split> source, List<String> remedies) {
    try {
      Split split = source.get();
      item(
          name,
          "%,d images to learn from, %,d to be tested on"
              .formatted(split.train().size(), split.test().size()));
    } catch (RuntimeException e) {
      refused(name, Failures.text(e), remedies);
    }
  }

  /// Prints the first part of a message of two parts, and keeps what to try for the end.
  private void refused(String what, String message, List<String> remedies) {
    String[] parts = message.split("\n  try: ", 2);
    item(what, "NOT USABLE: " + parts[0].replace("\n", "\n" + " ".repeat(13)));
    if (parts.length == 2) {
      remedies.add(what + ": " + parts[1]);
    }
  }

  /// @return how many devices work
  private int devices(List<String> remedies) {
    int working = 0;
    for (Probe probe : Devices.probe()) {
      switch (probe) {
        case Probe.Found(DeviceInfo info) -> working += works(info, remedies) ? 1 : 0;
        case Probe.Missing(String driver, String reason, String remedy) -> {
          item(driver, "not here: " + reason);
          remedies.add(driver + ": " + remedy);
        }
      }
    }
    return working;
  }

  private boolean works(DeviceInfo info, List<String> remedies) {
    String about = "%s (%s, %s)".formatted(info.model(), info.vendor(), info.version());
    long start = System.nanoTime();
    try (Engine engine = Engine.open(info.id())) {
      Optional<String> error = SelfTest.firstError(engine);
      double seconds = (System.nanoTime() - start) * 1e-9;
      item(
          info.id(),
          "%s: self-test %s"
              .formatted(
                  about,
                  error.map(wrong -> "WRONG: " + wrong).orElse("ok, %.2f s".formatted(seconds))));
      if (error.isPresent()) {
        remedies.add(info.id() + ": another driver version; do not trust results of this device");
      }
      return error.isEmpty();
    } catch (RuntimeException e) {
      refused(info.id(), about + ": self-test failed: " + Failures.text(e), remedies);
      return false;
    }
  }
}
