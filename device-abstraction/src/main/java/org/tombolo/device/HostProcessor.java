package org.tombolo.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The processor that the JVM runs on.
public final class HostProcessor {
  private HostProcessor() {}

  /// Its name where Linux tells it, else that of its architecture.
  public static String model() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name") && line.contains(":"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseGet(HostProcessor::architecture);
    } catch (IOException | RuntimeException e) {
      return architecture(); // not Linux, or not allowed: a normal machine too
    }
  }

  private static String architecture() {
    return System.getProperty("os.arch", "unknown") + " processor";
  }
}
