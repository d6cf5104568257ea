package org.tombolo.opencl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tombolo.device.Probe;

/// Prints what the driver finds, and which OpenCL libraries the process has loaded before and
/// after.
final class ProbeMain {
  private ProbeMain() {}

  public static void main(String[] args) throws IOException {
    OpenClDriver driver = new OpenClDriver();
    System.out.println("loaded before: " + libraries());
    for (Probe probe : driver.probe()) {
      System.out.println(
          switch (probe) {
            case Probe.Found found -> "found: " + found.info();
            case Probe.Missing missing ->
                "missing: %s; try: %s".formatted(missing.reason(), missing.remedy());
          });
    }
    System.out.println("loaded after: " + libraries());
  }

  private static List<String> libraries() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .filter(line -> line.contains("OpenCL") || line.contains("JOCL"))
          .map(line -> line.substring(line.lastIndexOf('/') + 1))
          .distinct()
          .toList();
    }
  }
}
