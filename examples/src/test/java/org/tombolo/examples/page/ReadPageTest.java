package org.tombolo.examples.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.tombolo.scheduler.Engine;

/// Reads a photographed page, whose text is known.
@ResourceLock(Resources.SYSTEM_OUT)
class ReadPageTest {
  private static final String TEXT =
      """
      Region-based segmentation
      Let us first determine markers of the coins and the
      background. These markers are pixels that we can label
      unambiguously as either object or background. Here,
      the markers are found at the two extreme parts of the
      histogram of grey values:
      >>> markers = np.zeros_like(coins)
      """;

  /// What is allowed to be wrong: spaces, which the model often leaves out.
  private static final int WRONG_WORDS = 6;

  @TempDir private Path folder;

  /// With `-Dtombolo.trained=required` the test fails where they are not.
  @BeforeEach
  void modelsAreHere() {
    boolean here =
        Stream.of(
                "ch_PP-OCRv4_det_infer.onnx",
                "ch_ppocr_mobile_v2.0_cls_infer.onnx",
                "ch_PP-OCRv4_rec_infer.onnx",
                "ppocr_keys_v1.txt",
                "page.png")
            .allMatch(file -> Files.exists(ReadPage.folder().resolve(file)));
    boolean required = System.getProperty("tombolo.trained", "").equals("required");
    assumeTrue(
        here || required,
        () -> "not all of PP-OCR in " + ReadPage.folder() + "; scripts/models fetches it");
  }

  @Test
  void thePageIsReadAndDrawn() throws IOException {
    Path page = ReadPage.folder().resolve("page.png");
    Path drawn = folder.resolve("read.png");
    String out = output("cpu", page.toString(), drawn.toString());
    List<String> lines =
        out.lines()
            .filter(line -> line.matches(" *\\d+ %  .*"))
            .map(line -> line.replaceFirst(" *\\d+ %  ", ""))
            .toList();
    assertEquals(TEXT.lines().count(), lines.size(), out);
    assertEquals(letters(TEXT), letters(String.join("\n", lines)), out);
    List<String> missing = new ArrayList<>(List.of(TEXT.split("\\s+")));
    Stream.of(String.join(" ", lines).split("\\s+")).forEach(missing::remove);
    assertTrue(missing.size() <= WRONG_WORDS, "not read: " + missing);

    BufferedImage before = ImageIO.read(page.toFile());
    BufferedImage after = ImageIO.read(drawn.toFile());
    assertEquals(4 * before.getWidth(), after.getWidth());
    assertEquals(2 * before.getHeight(), after.getHeight());
    assertTrue(reddish(after) > 1000, "boxes are drawn in red");
  }

  /// The direction of each line is found, too.
  @Test
  void aPageUpsideDownIsReadAllTheSame() throws IOException {
    BufferedImage page = ImageIO.read(ReadPage.folder().resolve("page.png").toFile());
    try (Engine engine = Engine.open("cpu");
        PageReader reader = PageReader.on(engine, ReadPage.folder())) {
      List<String> lines =
          reader.read(Picture.upsideDown(page)).reversed().stream()
              .map(PageReader.Line::text)
              .collect(Collectors.toList());
      int read = 0;
      for (String line : TEXT.lines().toList()) {
        read += lines.stream().anyMatch(each -> letters(each).equals(letters(line))) ? 1 : 0;
      }
      assertTrue(read >= 4, "read of 7: " + lines);
    }
  }

  private static String letters(String text) {
    return text.replaceAll("\\s", "");
  }

  private static int reddish(BufferedImage picture) {
    int count = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int color = picture.getRGB(x, y);
        count += ((color >> 16) & 255) > ((color >> 8) & 255) + 100 ? 1 : 0;
      }
    }
    return count;
  }

  private static String output(String... arguments) throws IOException {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(bytes, true, UTF_8));
      ReadPage.main(arguments);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(UTF_8).replace(System.lineSeparator(), "\n");
  }
}
