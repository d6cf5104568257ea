package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tombolo example`.
class ExampleTest {
  @Test
  void withoutANameTheExamplesAreListed() {
    Cli run = Cli.run("example").ok();
    run.prints("mandelbrot +.+").prints("custom-layers +.+");
    assertEquals(7, run.out().lines().count());
  }

  @Test
  void anExampleSaysHowGoodItsAnswerIsAndPaints(@TempDir Path folder) throws IOException {
    Path picture = folder.resolve("m.png");
    Cli.run("example", "mandelbrot", "--device", "cpu", "--scale", "1", "--picture", "" + picture)
        .ok()
        .prints("a round on cpu:0: .* ms")
        .prints("a round in plain Java on one thread: .* ms")
        .prints("1 rounds moved 0 bytes up and 72,000 bytes down")
        .prints("points that differ from plain Java, of all: 0.00, at most 0.0100");
    assertEquals(150, ImageIO.read(picture.toFile()).getWidth());
  }

  @Test
  void anExampleWithoutAPictureSaysSo(@TempDir Path folder) {
    Path picture = folder.resolve("h.png");
    Cli.run("example", "histogram", "--device", "cpu", "--scale", "1", "--picture", "" + picture)
        .ok()
        .prints("there is no picture to write");
    assertTrue(!picture.toFile().exists());
  }

  @Test
  void anUnknownNameIsAMistake() {
    Cli.run("example", "mandelbrod")
        .isMistake(
            "mandelbrod: no such example; there are mandelbrot, nbody, black-scholes, heat,"
                + " histogram, matmul, custom-layers\n"
                + "  try: tombolo example, which says what they are");
  }
}
