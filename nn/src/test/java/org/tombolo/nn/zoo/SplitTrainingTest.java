package org.tombolo.nn.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;

/// Training split over the processor and an OpenCL device, and over two OpenCL devices at once.
class SplitTrainingTest {
  private static final int MINUTES = 5;

  @TempDir private Path folder;

  /// Goes on if OpenCL offers a device; where one is required, its absence is a failure.
  private static List<String> models() {
    List<String> models = new ArrayList<>();
    for (Probe probe : Devices.probe()) {
      if (probe instanceof Probe.Found(var info) && info.driver().equals("opencl")) {
        models.add(info.model());
      }
    }
    if (models.isEmpty() && "required".equals(System.getProperty("tombolo.opencl"))) {
      Assertions.fail("OpenCL is required here; " + Devices.probe());
    }
    Assumptions.assumeFalse(models.isEmpty(), "no OpenCL device");
    return models;
  }

  private static void requireAllNetworks(String output) {
    System.out.print(output);
    assertEquals(5, output.lines().filter(line -> line.contains("cross between them")).count());
  }

  @Test
  void overTheProcessorAndAnOpenClDevice() {
    models();
    requireAllNetworks(SplitTraining.run("cpu,opencl"));
  }

  /// PoCL offers as many devices as its environment says, which is read when a process starts.
  @Test
  void overTwoOpenClDevices() throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        models().stream().anyMatch(model -> model.contains("pthread") || model.contains("cpu")),
        "the OpenCL device is not PoCL's");
    Path output = folder.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dtombolo.calibration=off",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                SplitTraining.class.getName(),
                "opencl:0,opencl:1")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("POCL_DEVICES", "pthread pthread");
    Process process = builder.start();
    boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    String text = Files.readString(output, StandardCharsets.ISO_8859_1);
    assertTrue(ended, "no end after %d minutes: %s".formatted(MINUTES, text));
    assertEquals(0, process.exitValue(), text);
    requireAllNetworks(text);
    assertTrue(text.contains("opencl:0 and opencl:1"), text);
  }
}
