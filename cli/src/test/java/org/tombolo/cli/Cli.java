package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;

/// Runs the command in this process.
///
/// @param status exit status
/// @param out what it printed
/// @param err mistakes and failures that it printed
record Cli(int status, String out, String err) {

  static Cli run(String... arguments) {
    return run(false, arguments);
  }

  static Cli run(boolean terminal, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Main.run(new Console(new PrintWriter(out), new PrintWriter(err), terminal), arguments);
    return new Cli(status, out.toString(), err.toString());
  }

  /// Asserts success and silence on `err`.
  Cli ok() {
    assertEquals(0, status, this::toString);
    assertEquals("", err);
    return this;
  }

  /// Asserts a mistake whose message is exactly this.
  void isMistake(String message) {
    assertEquals(message + "\n", err.replace(System.lineSeparator(), "\n"));
    assertEquals(2, status);
  }

  /// Asserts that a line of `out` matches a pattern.
  Cli prints(String pattern) {
    assertTrue(out.lines().anyMatch(line -> line.matches(pattern)), () -> pattern + " in " + this);
    return this;
  }

  /// Losses printed by `--losses`, in order.
  List<Double> losses() {
    return out.lines()
        .filter(line -> line.matches("step \\d+ loss .*"))
        .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .toList();
  }

  /// Goes on if there is an OpenCL device; where one is required, its absence is a failure.
  static void needsOpenCl() {
    List<Probe> probes = Devices.probe();
    boolean there =
        probes.stream()
            .anyMatch(
                probe -> probe instanceof Probe.Found(var info) && info.driver().equals("opencl"));
    if (System.getProperty("tombolo.opencl", "").equals("required")) {
      assertTrue(there, () -> "OpenCL is required: " + probes);
    }
    assumeTrue(there, "no OpenCL device here");
  }
}
