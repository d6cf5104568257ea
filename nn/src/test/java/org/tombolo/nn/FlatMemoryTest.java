package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.nn.data.DataSet;
import org.tombolo.scheduler.Engine;

/// Training takes no more memory the longer it runs.
class FlatMemoryTest {
  private static final int WARM = 3_000;
  private static final int STEPS = 10_000;

  /// 100 bytes a step: less than any buffer, event or batch that could be forgotten takes; the
  /// compiler and the collector need about a tenth of it in the meantime.
  private static final long ALLOWED = 100L * STEPS;

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void tenThousandStepsLeaveTheProcessAsLargeAsItWas(String name)
      throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "needs /proc/self/status");
    TestEngines.open(name).close();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xms96m",
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:+AlwaysPreTouch",
            "-XX:TieredStopAtLevel=1",
            "-Dtombolo.cpu.loops=interpreted", // code that is made once, some time later, is no
            // leak
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            FlatMemory.class.getName(),
            name,
            Integer.toString(WARM),
            Integer.toString(STEPS)));
    Path output = Files.createTempFile("flat-memory", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      boolean ended = process.waitFor(5, TimeUnit.MINUTES);
      String text = Files.readString(output, StandardCharsets.UTF_8);
      assertTrue(ended, "no end after five minutes: " + text);
      assertEquals(0, process.exitValue(), text);
      long grew = Long.parseLong(text.replaceAll("(?s).*grew (-?\\d+).*", "$1"));
      assertTrue(grew < ALLOWED, "grew by %d bytes in %d steps".formatted(grew, STEPS));
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }

  @Test
  void stepsAllocateNothingOnTheDevice() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 26);
    DataSet data = Spots.data(64, 1);
    List<Long> allocated = new ArrayList<>();
    try (Engine engine = Engine.of(List.of(device))) {
      try (Trainer trainer = Spots.model().on(engine)) {
        trainer.fit(
            data,
            Fit.epochs(20)
                .batch(16)
                .listen(
                    new TrainingListener() {
                      @Override
                      public void stepped(Progress progress) {
                        allocated.add(device.allocatedBytes());
                      }
                    }));
      }
      assertEquals(80, allocated.size());
      assertEquals(1, allocated.stream().distinct().count(), allocated.toString());
      assertEquals(0, device.allocatedBytes());
    }
  }
}
