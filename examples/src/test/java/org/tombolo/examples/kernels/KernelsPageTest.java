package org.tombolo.examples.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.graph.Tensor;

/// The code of `docs/kernels.md` is that of [KernelsPage], and gives what it should.
class KernelsPageTest {
  @Test
  void thePageShowsTheCode() throws IOException {
    String code =
        code(
            Files.readString(
                Path.of("src/main/java/org/tombolo/examples/kernels/KernelsPage.java")));
    String[] parts = Files.readString(Path.of("../docs/kernels.md")).split("```java\n", -1);
    assertEquals(7, parts.length);
    for (int i = 1; i < parts.length; i++) {
      String shown = code(parts[i].split("```", -1)[0]);
      assertTrue(code.contains(shown), shown);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void theCodeGivesWhatItShould(String device) {
    KernelExamplesTest.assumeThere(device);
    int n = 2 * KernelsPage.GroupSum.GROUP;
    Map<String, Tensor> got = KernelsPage.run(device, n);
    for (int i = 0; i < n; i++) {
      assertEquals(2 * i + 1, got.get("sum").at(i));
      assertEquals(2 * 2 * (2 * i + 1), got.get("dx").at(i));
      if (device.equals("opencl")) {
        assertEquals(3 * i, got.get("fast").at(i));
      }
    }
    assertEquals(64 * 63 / 2, got.get("sums").at(0));
    assertEquals(64 * 63 / 2 + 64 * 64, got.get("sums").at(1));
  }

  /// Lines of code without their indentation; no empty lines.
  private static String code(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }
}
