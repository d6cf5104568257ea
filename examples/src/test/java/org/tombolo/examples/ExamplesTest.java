package org.tombolo.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;

/// Runs every example as its reader would.
@ResourceLock(Resources.SYSTEM_OUT)
class ExamplesTest {
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void firstGraphFindsTheLine(String device) {
    assumeThere(device);
    assertEquals("y = 3.000 x -1.000\n", output(FirstGraph::main, device));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void trainDigitsLearnsAndShowsADigitWithAGuess(String device) {
    assumeThere(device);
    String out = output(TrainDigits::main, device);
    assertTrue(out.startsWith("digits, input [8,8,1]\n"), out);
    Matcher accuracy = Pattern.compile("after training: loss .*, accuracy (0\\.\\d+)").matcher(out);
    assertTrue(accuracy.find(), out);
    assertTrue(Double.parseDouble(accuracy.group(1)) > 0.9, out);
    assertEquals(10, out.lines().filter(line -> line.matches("\\d: .* %")).count(), out);
  }

  @Test
  void fineTuneTellsNewDigitsApart() {
    String out = output(FineTune::main, "cpu");
    Matcher accuracy = Pattern.compile("0\\.\\d+").matcher(out);
    for (int i = 0; i < 2; i++) {
      assertTrue(accuracy.find(), out);
      assertTrue(Double.parseDouble(accuracy.group()) > 0.7, out);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void listDevicesListsAndOpens(String device) {
    assumeThere(device);
    String out = output(ListDevices::main, device);
    assertTrue(out.contains(device + ":0 "), out);
    assertTrue(out.endsWith("opened     " + device + ":0\n"), out);
  }

  private static String output(Consumer<String[]> main, String device) {
    PrintStream before = System.out;
    Locale locale = Locale.getDefault();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      Locale.setDefault(Locale.ROOT);
      System.setOut(new PrintStream(bytes, true, UTF_8));
      main.accept(new String[] {device});
    } finally {
      System.setOut(before);
      Locale.setDefault(locale);
    }
    return bytes.toString(UTF_8).replace(System.lineSeparator(), "\n");
  }

  /// Where OpenCL is required, its absence is a failure of the test that follows.
  private static void assumeThere(String driver) {
    boolean there =
        Devices.probe().stream()
            .anyMatch(
                probe -> probe instanceof Probe.Found(var info) && info.driver().equals(driver));
    boolean required =
        driver.equals("cpu") || System.getProperty("tombolo.opencl", "").equals("required");
    assumeTrue(there || required, "no " + driver + " device here");
  }
}
