package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tombolo calibrate` on real devices, for a second each.
class CalibrateTest {
  private static final String MODE = "tombolo.calibration";
  private static final String FOLDER = "tombolo.cache";

  /// Two seconds, and as much as compiling the first kernels takes on a busy machine.
  private static final Duration BOUND = Duration.ofMinutes(2);

  @TempDir private Path dir;
  private Optional<String> mode = Optional.empty();

  @BeforeEach
  void ownFolder() {
    mode = Optional.ofNullable(System.getProperty(MODE));
    System.setProperty(MODE, "auto");
    System.setProperty(FOLDER, dir.toString());
  }

  @AfterEach
  void noFolder() {
    mode.ifPresentOrElse(
        before -> System.setProperty(MODE, before), () -> System.clearProperty(MODE));
    System.clearProperty(FOLDER);
  }

  private List<Path> files() throws Exception {
    try (var files = Files.list(dir.resolve("calibration"))) {
      return files.toList();
    }
  }

  private Cli measured(String device) {
    Instant start = Instant.now();
    Cli run = Cli.run("calibrate", "--device", device, "--seconds", "1", "--again").ok();
    Duration took = Duration.between(start, Instant.now());
    assertTrue(took.compareTo(BOUND) < 0, () -> device + " took " + took);
    return run.prints("measuring " + device + ":0: .*")
        .prints("  launch +[0-9.]+ us")
        .prints("  memory +[0-9.]+ [kMGT]B/s")
        .prints("  compute +f32 [0-9.]+ [MGT]flop/s, .*")
        .prints("  arrays +up [0-9.]+ us \\+ [0-9.]+ [kMGT]B/s, down .*")
        .prints(" +elementwise .*");
  }

  @Test
  void theProcessorIsMeasuredOnce() throws Exception {
    Cli first = measured("cpu");
    assertEquals(1, files().size());
    first.prints("  kept in +.*" + files().getFirst().getFileName());
    Cli second = Cli.run("calibrate", "--device", "cpu").ok();
    assertFalse(second.out().contains("measuring"), second.out());
    assertTrue(first.out().endsWith(second.out()), () -> first.out() + second.out());
    Cli.run("explain", "mlp", "--small", "--device", "cpu")
        .ok()
        .prints("speeds: cpu:0 measured 2.*Z");
  }

  @Test
  void anOpenClDeviceIsMeasured() throws Exception {
    Cli.needsOpenCl();
    measured("opencl");
    assertEquals(1, files().size());
  }

  @Test
  void oneDeviceIsNotMeasuredByTheWay() {
    Cli.run("explain", "mlp", "--small", "--device", "cpu", "--measure", "1")
        .ok()
        .prints("speeds: cpu:0 as its driver guesses \\(tombolo calibrate measures it\\)");
    assertFalse(Files.exists(dir.resolve("calibration")), "nothing is kept");
  }

  @Test
  void mistakesAreSaid() {
    System.setProperty(MODE, "maybe");
    Cli run = Cli.run("calibrate", "--device", "cpu");
    assertTrue(
        run.err().startsWith("tombolo.calibration is \"maybe\"; need auto, frozen or off"),
        run.err());
    assertTrue(run.status() != 0);
  }
}
