package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.nn.Fit;
import org.tombolo.nn.Progress;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.TrainingListener;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.DataSets;
import org.tombolo.scheduler.Engine;

/// `tombolo train` where all goes well.
class TrainTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void anEpochOfDigitsMovesBatchesUpAndLossesDown(String device) {
    if (device.equals("opencl")) {
      Cli.needsOpenCl();
    }
    Cli run = Cli.run("train", "digits", "--device", device, "--epochs", "1").ok();
    run.prints("digits: 1,438 images to learn from, 359 to be tested on; " + device + ":0 .*")
        .prints("epoch 1/1: loss \\d\\.\\d{4}, test accuracy 0\\.\\d{3}, .* s")
        .prints("device +" + device + ":0 .*")
        .prints("steps +44, .* steps/s")
        .prints("launches +\\d+ per step")
        // 32 images of 64 bytes with a label of one byte each; one f32
        .prints("bytes up +2,080 per step, metered")
        .prints("bytes down +4 per step, metered")
        .prints("peak memory +[0-9,]+ bytes on " + device + ":0: .*");
    Matcher accuracy =
        Pattern.compile("^test accuracy (0\\.\\d{3})$", Pattern.MULTILINE).matcher(run.out());
    assertTrue(accuracy.find(), run.out());
    assertTrue(Double.parseDouble(accuracy.group(1)) > 0.5, run.out());
  }

  /// What OpenCL compiled for the first start is there for the second.
  @Test
  void theSecondStartCompilesNothing() {
    Cli.needsOpenCl();
    AtomicInteger compiled = new AtomicInteger();
    Handler counter =
        new Handler() {
          @Override
          public void publish(LogRecord log) {
            compiled.addAndGet(log.getMessage().contains(" compiled ") ? 1 : 0);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger programs = Logger.getLogger("org.tombolo.opencl.Programs");
    Level before = programs.getLevel();
    String kept = System.setProperty("tombolo.programs", "on");
    System.setProperty("tombolo.cache", dir.toString());
    programs.setLevel(Level.FINE);
    programs.addHandler(counter);
    try {
      String[] train = {"train", "digits", "--device", "opencl", "--epochs", "1", "--losses", "50"};
      Cli first = Cli.run(train).ok();
      assertTrue(compiled.getAndSet(0) > 5, "the first start compiles");
      Cli second = Cli.run(train).ok();
      assertEquals(0, compiled.get(), "programs of the second start");
      assertEquals(first.losses(), second.losses());
    } finally {
      programs.removeHandler(counter);
      programs.setLevel(before);
      System.clearProperty("tombolo.cache");
      System.setProperty("tombolo.programs", kept == null ? "on" : kept);
    }
  }

  @Test
  void devicesAgreeOnTheFirstLosses() {
    Cli.needsOpenCl();
    List<Double> cpu = losses("cpu");
    List<Double> opencl = losses("opencl");
    assertEquals(20, cpu.size());
    assertEquals(20, opencl.size());
    for (int i = 0; i < 20; i++) {
      assertEquals(cpu.get(i), opencl.get(i), 1e-3 * cpu.get(i), "step " + (i + 1));
    }
  }

  /// Rounding errors grow from step to step where training is restless: of 35 seeds that were
  /// tried, 31 stayed below 1e-3 after twenty steps and four reached up to 2.1e-3. The seed here is
  /// that of the command.
  @Test
  void devicesAgreeOnTheFirstLossesOfTheRealPictures() {
    Cli.needsOpenCl();
    assumeTrue(
        Files.isDirectory(DataSets.DEBIAN_FASHION_MNIST), "dataset-fashion-mnist is not installed");
    DataSet pictures = DataSets.clothing().train();
    double[] cpu = losses("cpu", pictures);
    double[] opencl = losses("opencl", pictures);
    for (int i = 0; i < cpu.length; i++) {
      assertEquals(cpu[i], opencl[i], 1e-3 * cpu[i], "step " + (i + 1));
    }
  }

  private static double[] losses(String device, DataSet pictures) {
    double[] losses = new double[20];
    int[] count = {0};
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(Progress progress) {
            losses[count[0]++] = progress.loss();
          }
        };
    try (Engine engine = Engine.open(device);
        Trainer trainer = Task.CLOTHING.trainer(engine, Task.CLOTHING.rate(), 0)) {
      trainer.fit(
          pictures,
          Fit.epochs(1)
              .batch(Task.CLOTHING.batch())
              .stopWhen(() -> count[0] == losses.length)
              .listen(listener));
    }
    return losses;
  }

  private static List<Double> losses(String device) {
    return Cli.run("train", "digits", "-d", device, "-e", "1", "--losses", "20").ok().losses();
  }

  @Test
  void oneSeedGivesOneResult() throws Exception {
    IdxFolder.bytes(dir);
    List<Double> first = tiny("7");
    assertEquals(4, first.size());
    assertEquals(first, tiny("7"));
    assertNotEquals(first, tiny("8"));
  }

  /// Four steps on a few pictures.
  private List<Double> tiny(String seed) {
    List<String> arguments =
        new ArrayList<>(List.of("train", "clothing", "-d", "cpu", "--data", dir.toString()));
    arguments.addAll(List.of("-b", "10", "-e", "1", "--losses", "9", "--seed", seed));
    return Cli.run(arguments.toArray(String[]::new)).ok().losses();
  }

  @Test
  void goingOnGivesTheSameFileAsNeverHavingStopped() throws Exception {
    String whole = dir.resolve("whole").toString();
    String parts = dir.resolve("parts").toString();
    digits(whole, "2").ok();
    digits(parts, "1", "--resume").ok().prints("no .*digits\\.safetensors yet: from the start");
    digits(parts, "2", "--resume").ok().prints("going on from .*digits\\.safetensors");
    assertArrayEquals(
        Files.readAllBytes(Path.of(whole, "digits.safetensors")),
        Files.readAllBytes(Path.of(parts, "digits.safetensors")));
    // All epochs are done: nothing is left but to say how good it is.
    digits(parts, "2", "--resume").ok().prints("test accuracy 0\\.\\d{3}").prints("steps +22");
  }

  /// Batches of 128: 11 steps in an epoch.
  private static Cli digits(String folder, String epochs, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "digits", "-d", "cpu", "-b", "128"));
    arguments.addAll(List.of("--checkpoint", folder, "-e", epochs));
    arguments.addAll(List.of(more));
    return Cli.run(arguments.toArray(String[]::new));
  }
}
