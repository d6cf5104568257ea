package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tombolo tune` for a few seconds.
class TuneTest {
  private static final String FOLDER = "tombolo.cache";

  @TempDir private Path dir;

  @BeforeEach
  void ownFolder() {
    System.setProperty(FOLDER, dir.toString());
  }

  @AfterEach
  void noFolder() {
    System.clearProperty(FOLDER);
  }

  private List<Path> files() throws Exception {
    try (var files = Files.list(dir.resolve("tuning"))) {
      return files.toList();
    }
  }

  @Test
  void whatIsFoundIsKeptAndUsed() throws Exception {
    Cli.needsOpenCl();
    Cli.run("tune", "mlp", "--small", "--device", "opencl", "--seconds", "2")
        .ok()
        .prints("opencl:0: .*")
        .prints(" +[0-9.]+ +[0-9]+ +0 +[0-9.]+ ms  sim[dt] .*, dot .*")
        .prints("kept in .*json");
    assertEquals(1, files().size());
    Cli known = Cli.run("tune", "mlp", "--small", "--device", "opencl", "--seconds", "1").ok();
    assertTrue(known.out().contains("(known)"), known.out());
    Path copy = Files.copy(files().getFirst(), dir.resolve("copy.json"));
    Cli.run("tune", "--device", "opencl", "--merge", copy.toString())
        .ok()
        .prints("opencl:0: 0 findings are new or better; kept in .*");
    Cli.run("explain", "mlp", "--small", "--device", "opencl", "--measure", "1").ok();
  }

  @Test
  void aDeviceWithoutVariantsSaysSo() {
    Cli run = Cli.run("tune", "--device", "cpu").ok();
    run.prints("cpu:0: its kernels have no variants");
    assertFalse(Files.exists(dir.resolve("tuning")));
  }

  @Test
  void mistakesAreSaid() throws Exception {
    Cli.run("tune", "digits", "--device", "cpu").ok();
    Cli.needsOpenCl();
    Cli task = Cli.run("tune", "digits", "--device", "opencl");
    assertTrue(task.err().contains("digits: is a task; need a network"), task.err());
    Path broken = Files.writeString(dir.resolve("broken.json"), "{");
    Cli file = Cli.run("tune", "--device", "opencl", "--merge", broken.toString());
    assertTrue(file.err().contains("is not used: it is not what tuning writes"), file.err());
    assertTrue(task.status() != 0 && file.status() != 0);
  }
}
