package org.tombolo.examples.page;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.tombolo.scheduler.Engine;

/// A photographed page, read: prints its lines, and writes a picture with a box around each of them
/// and what was read beside it. Models and page are those that `scripts/models` fetches.
public final class ReadPage {
  private ReadPage() {}

  /// Reads a page.
  ///
  /// @param arguments devices (`auto` without any), a picture (the page of `scripts/models`), and
  ///   the PNG file to write (`page-read.png`)
  public static void main(String[] arguments) throws IOException {
    String devices = arguments.length > 0 ? arguments[0] : "auto";
    Path picture = arguments.length > 1 ? Path.of(arguments[1]) : folder().resolve("page.png");
    Path out = Path.of(arguments.length > 2 ? arguments[2] : "page-read.png");
    BufferedImage page = ImageIO.read(picture.toFile());
    if (page == null) {
      throw new IOException(picture + " is no picture that ImageIO reads; need PNG or JPEG");
    }
    try (Engine engine = Engine.open(devices);
        PageReader reader = PageReader.on(engine, folder())) {
      List<PageReader.Line> lines = reader.read(page);
      for (PageReader.Line line : lines) {
        System.out.printf(Locale.ROOT, "%3.0f %%  %s%n", 100 * line.sureness(), line.text());
      }
      ImageIO.write(annotated(page, lines), "png", out.toFile());
      System.out.printf("%d lines, drawn in %s%n", lines.size(), out);
    }
  }

  /// The page with its boxes, at twice its size where it is small, and what was read beside it.
  private static BufferedImage annotated(BufferedImage page, List<PageReader.Line> lines) {
    int scale = page.getWidth() < 800 ? 2 : 1;
    int width = page.getWidth() * scale;
    int height = page.getHeight() * scale;
    BufferedImage out = new BufferedImage(2 * width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = out.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, 2 * width, height);
    pen.drawImage(page, 0, 0, width, height, null);
    pen.setStroke(new BasicStroke(2));
    for (PageReader.Line line : lines) {
      Polygon outline = new Polygon();
      for (double[] corner : line.box().corners()) {
        outline.addPoint((int) (corner[0] * scale), (int) (corner[1] * scale));
      }
      pen.setColor(new Color(200, 30, 30));
      pen.drawPolygon(outline);
      pen.setColor(Color.BLACK);
      write(pen, line, scale, width);
    }
    pen.dispose();
    return out;
  }

  /// Writes a line as long as its box, where the box is, on the other half.
  private static void write(Graphics2D pen, PageReader.Line line, int scale, int width) {
    Box box = line.box();
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 24);
    double length = font.getStringBounds(line.text(), pen.getFontRenderContext()).getWidth();
    double size = Math.min(0.97 * box.width() * scale * 24 / length, box.height() * scale);
    pen.setFont(font.deriveFont((float) size));
    var upright = pen.getTransform();
    double[] start = box.at(0, 0.75);
    pen.translate(width + start[0] * scale, start[1] * scale);
    pen.rotate(Math.atan2(box.dy(), box.dx()));
    pen.drawString(line.text(), 0, 0);
    pen.setTransform(upright);
  }

  /// Where `scripts/models` puts what it fetches, or `-Dtombolo.models=DIR`.
  static Path folder() {
    String caches = Objects.requireNonNullElse(System.getenv("XDG_CACHE_HOME"), "");
    Path cache =
        caches.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(caches);
    return Path.of(
        System.getProperty("tombolo.models", cache.resolve("tombolo/models").toString()));
  }

  // How to run it, from the root of the repository:
  //
  //   scripts/models         (fetches models and page where that has not been done yet)
  //   ./tombolo --version    (builds the libraries where that has not been done yet)
  //   java --add-modules jdk.incubator.vector -cp 'cli/target/tombolo/lib/*' \
  //     examples/src/main/java/org/tombolo/examples/page/ReadPage.java cpu
}
