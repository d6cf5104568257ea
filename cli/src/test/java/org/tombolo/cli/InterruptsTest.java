package org.tombolo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.nn.Checkpoint;

/// Ctrl-C, sent to a process of its own.
class InterruptsTest {
  private static final long PATIENCE_SECONDS = 120;

  @TempDir private Path dir;

  @Test
  void theSecondSignalEndsAtOnce() {
    StringWriter err = new StringWriter();
    List<Integer> exits = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    Interrupts interrupts =
        new Interrupts(
            new Console(new PrintWriter(new StringWriter()), new PrintWriter(err), false),
            exits::add,
            ends::add);
    assertFalse(interrupts.requested());
    interrupts.arrived(2);
    assertTrue(interrupts.requested());
    assertEquals(List.of(), ends);
    assertEquals(1, err.toString().split("interrupted: finishing this step", -1).length - 1);
    interrupts.arrived(2);
    assertEquals(List.of(130), ends);
    assertEquals(130, interrupts.status());
    assertEquals(List.of(), exits);
  }

  @Test
  void afterTheWorkASignalEndsTheProcessAsUsual() {
    List<Integer> exits = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    Interrupts interrupts =
        new Interrupts(new Console(nowhere, nowhere, false), exits::add, ends::add);
    interrupts.close();
    interrupts.arrived(15);
    assertEquals(List.of(143), exits);
    assertEquals(List.of(), ends);
  }

  /// Under OpenCL with nothing in the caches, since its compiler may do things to signals.
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs the kill of POSIX")
  void aTrainingSavesAndCanGoOnBitForBit(String device) throws Exception {
    if (device.equals("opencl")) {
      Cli.needsOpenCl();
    }
    Path stopped = dir.resolve("stopped");
    List<String> endless = train(device, stopped, 100_000);
    endless.addAll(List.of("--losses", "3"));
    Process process = start(endless);
    String out = signalAfter(process, "step 3 loss ", "INT");
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertEquals(130, process.exitValue(), out + err);
    Path file = stopped.resolve("digits.safetensors");
    Checkpoint checkpoint = Checkpoint.read(file);
    long step = checkpoint.position().steps();
    assertTrue(step >= 3, () -> "stopped after step " + step);
    assertTrue(err.contains("stopped after step %,d, saved in %s".formatted(step, file)), err);

    int epochs = checkpoint.position().epoch() + 1;
    List<String> on = train(device, stopped, epochs);
    on.add("--resume");
    Cli.run(on.toArray(String[]::new)).ok();
    Path whole = dir.resolve("whole");
    Cli.run(train(device, whole, epochs).toArray(String[]::new)).ok();
    assertArrayEquals(
        Files.readAllBytes(whole.resolve("digits.safetensors")), Files.readAllBytes(file));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs the kill of POSIX")
  void withoutACheckpointNothingIsSaved() throws Exception {
    Process process =
        start(List.of("train", "digits", "--device", "cpu", "--epochs", "100000", "--losses", "1"));
    String out = signalAfter(process, "step 1 loss ", "TERM");
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertEquals(143, process.exitValue(), out + err);
    assertTrue(err.contains(", nothing saved\n  try: --checkpoint DIR"), err);
    assertTrue(out.contains("\nsteps "), out);
  }

  private static List<String> train(String device, Path folder, int epochs) {
    return new ArrayList<>(
        List.of(
            "train",
            "digits",
            "--device",
            device,
            "--checkpoint",
            folder.toString(),
            "--epochs",
            Integer.toString(epochs)));
  }

  private Process start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (undoesIgnoredSignals()) {
      command.addAll(List.of("env", "--default-signal=INT"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Dtombolo.calibration=off"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("POCL_CACHE_DIR", dir.resolve("pocl").toString());
    return builder.start();
  }

  /// Whether `env` can give SIGINT back its meaning: a shell that runs these tests in the
  /// background makes every process below it ignore the signal.
  private static boolean undoesIgnoredSignals() {
    try {
      return new ProcessBuilder("env", "--default-signal=INT", "true").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Reads what a process prints; sends it a signal after a line that begins in a certain way;
  /// waits for its end.
  private static String signalAfter(Process process, String beginning, String signal)
      throws Exception {
    StringBuilder out = new StringBuilder();
    try (BufferedReader lines = process.inputReader()) {
      boolean sent = false;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        out.append(line).append('\n');
        if (!sent && line.startsWith(beginning)) {
          sent = true;
          int killed =
              new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(signal, process.pid()))
                  .start()
                  .waitFor();
          assertEquals(0, killed);
        }
      }
    }
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("does not end: " + out);
    }
    return out.toString();
  }
}
