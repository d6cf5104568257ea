package org.tombolo.opencl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs a main class in a Java process of its own, with another environment.
final class ChildJvm {
  private static final int MINUTES = 10;

  /// What a Java process that crashed in native code ends with: SIGABRT, as shells give it.
  private static final int ABORTED = 134;

  /// @param exitCode as the process gave it
  /// @param output all that it printed, and where it crashed if it did
  record Result(int exitCode, String output) {
    boolean crashed() {
      return exitCode == ABORTED;
    }
  }

  private ChildJvm() {}

  static Result run(Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-D%s=off".formatted(ProgramCache.PROPERTY));
    // A heap of fixed size, so that resident memory grows by native memory alone.
    command.addAll(List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("child", ".log");
    Path crash = output.resolveSibling(output.getFileName() + ".crash");
    command.add(1, "-XX:ErrorFile=" + crash);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly().waitFor();
        return new Result(-1, "no end after %d minutes: %s".formatted(MINUTES, text(output)));
      }
      return new Result(process.exitValue(), text(output) + stacks(crash));
    } finally {
      Files.delete(output);
      Files.deleteIfExists(crash);
    }
  }

  /// The stacks of the thread that crashed, from the report of the Java machine if there is one.
  private static String stacks(Path crash) throws IOException {
    if (!Files.exists(crash)) {
      return "";
    }
    String report = text(crash);
    int start = Math.max(0, report.indexOf("Native frames:"));
    int end = report.indexOf("\n\n", Math.max(start, report.indexOf("Java frames:")));
    return report.substring(start, end < 0 ? report.length() : end);
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }
}
