package org.tombolo.examples.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.examples.kernels.KernelExample.Outcome;
import org.tombolo.scheduler.Engine;

/// Every example of kernels, at its smallest, on each device: near a known answer, and its data
/// stays where it is.
class KernelExamplesTest {
  static Stream<Arguments> cases() {
    return KernelExample.all().stream()
        .flatMap(example ->
            Stream.of("cpu", "opencl").map(device -> Arguments.of(example.name(), device)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cases")
  void isNearTheKnownAnswer(String name, String device) {
    assumeThere(device);
    Outcome outcome = run(name, device).outcome();
    assertTrue(outcome.passed(), outcome::toString);
    outcome.picture().ifPresent(KernelExamplesTest::assertShowsSomething);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void theStateOfAStencilStaysOnItsDevice(String device) {
    assumeThere(device);
    Measured heat = run("heat", device);
    assertTrue(heat.up() <= 65 * 65 * 4, heat.up() + " bytes up in all steps");
    assertEquals(0, heat.down(), "bytes down in all steps");
    Measured bodies = run("nbody", device);
    assertTrue(bodies.up() <= 2 * 128 * 4 * 4, bodies.up() + " bytes up in all steps");
    assertEquals(0, bodies.down(), "bytes down in all steps");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mandelbrot", "nbody", "black-scholes", "heat", "histogram", "matmul"})
  void plainJavaIsNearTheKnownAnswer(String name) {
    Outcome outcome = Measured.plain(example(name), 1).orElseThrow().outcome();
    assertTrue(outcome.passed(), outcome::toString);
  }

  @Test
  void wrongAnswersAreFoundOut() {
    int side = HeatStencil.side(1);
    float[][] bodies = NBody.start(128);
    float[] tooFast = bodies[1].clone();
    for (int i = 0; i < tooFast.length; i++) {
      tooFast[i] *= 1.01f;
    }
    int points = Mandelbrot.height(1) * Mandelbrot.width(1);
    int product = MatrixProduct.side(1);
    List<Outcome> wrong =
        List.of(
            Mandelbrot.judged(1, new int[points]),
            NBody.judged(300, bodies[0], tooFast),
            BlackScholes.judged(new float[100], new float[100]),
            HeatStencil.judged(500, side, HeatStencil.start(side)),
            Histogram.judged(1000, new int[Histogram.BINS]),
            MatrixProduct.judged(product, MatrixProduct.left(product)));
    wrong.forEach(outcome -> assertFalse(outcome.passed(), outcome::toString));
  }

  private static KernelExample example(String name) {
    List<KernelExample> found =
        KernelExample.all().stream().filter(each -> each.name().equals(name)).toList();
    assertEquals(1, found.size(), name);
    return found.getFirst();
  }

  private static Measured run(String name, String device) {
    try (Engine engine = Engine.open(device)) {
      return Measured.of(example(name), engine, 1);
    }
  }

  private static void assertShowsSomething(BufferedImage picture) {
    long colors =
        Stream.iterate(0, i -> i < picture.getWidth() * picture.getHeight(), i -> i + 1)
            .map(i -> picture.getRGB(i % picture.getWidth(), i / picture.getWidth()))
            .distinct()
            .count();
    assertTrue(colors > 10, colors + " colors");
  }

  /// Where OpenCL is required, its absence is a failure of the test that follows.
  static void assumeThere(String driver) {
    boolean there =
        Devices.probe().stream()
            .anyMatch(
                probe -> probe instanceof Probe.Found(var info) && info.driver().equals(driver));
    boolean required =
        driver.equals("cpu") || System.getProperty("tombolo.opencl", "").equals("required");
    assumeTrue(there || required, "no " + driver + " device here");
  }
}
