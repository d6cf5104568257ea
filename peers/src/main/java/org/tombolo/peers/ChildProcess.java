package org.tombolo.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program with this class path in a JVM of its own, so that engines do not disturb each other
/// and one that crashes is a missing number and not the end.
public final class ChildProcess {
  private static final long LIMIT_SECONDS = 300;

  private ChildProcess() {}

  /// Runs a program to its end, or for five minutes at most.
  ///
  /// @param main the program
  /// @param options for java
  /// @param environment variables on top of ours
  /// @param arguments for the program
  /// @return the last line that it printed
  /// @throws UnsupportedOperationException with the reason, if it failed or printed nothing
  public static String lastLine(
      Class<?> main, List<String> options, Map<String, String> environment, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    Path log = Files.createTempFile("peers", ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().putAll(environment);
    Process child = builder.start();
    Thread end =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                if (!child.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                  child.destroyForcibly();
                }
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
    String last = "";
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        last = line;
      }
    }
    int status = child.waitFor();
    end.interrupt();
    if (status != 0 || last.isEmpty()) {
      throw new UnsupportedOperationException(
          "ended with %d after \"%s\", see %s".formatted(status, last, log));
    }
    Files.delete(log);
    return last;
  }
}
