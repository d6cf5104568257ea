package org.tombolo.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tombolo.conformance.DriverCheck;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.conformance.Outcome;
import org.tombolo.device.Device;

/// The device in a JVM that was started without the Vector API.
class WithoutVectorsTest {

  /// Runs some cases of each kind; prints what differs and a count.
  public static final class Program {
    private Program() {}

    /// Runs every tenth case.
    public static void main(String[] arguments) {
      List<OpCase> cases = OpCases.all(1);
      int agree = 0;
      try (Device device = CpuConformanceTest.open()) {
        DriverCheck check = new DriverCheck(device);
        for (int i = 0; i < cases.size(); i += 10) {
          switch (check.run(cases.get(i))) {
            case Outcome.Agrees() -> agree++;
            case Outcome.Refused _ -> {}
            case Outcome.Differs(String problem) -> System.out.println(problem);
          }
        }
        System.out.println(device.info().version().endsWith("+vector"));
      }
      System.out.println(agree > cases.size() / 12);
    }
  }

  @Test
  @Timeout(300)
  void runsAndNamesTheFlag() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process process =
        new ProcessBuilder(java, "-cp", classPath, Program.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains("java --add-modules jdk.incubator.vector"), output);
    assertTrue(output.strip().endsWith("false" + System.lineSeparator() + "true"), output);
    List<String> unexpected =
        output
            .lines()
            .filter(line -> line.contains(": output ") || line.contains("not refused"))
            .toList();
    assertEquals(List.of(), unexpected);
  }
}
