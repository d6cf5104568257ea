package org.tombolo.examples.page;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.scheduler.Engine;

/// Three models in a row: where there is text (PP-OCRv4), which way up each line is (PP-OCR 2.0),
/// and what it says (PP-OCRv4).
final class PageReader implements AutoCloseable {
  private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);
  private static final List<Double> MEAN = List.of(0.485, 0.456, 0.406);
  private static final List<Double> DEVIATION = List.of(0.229, 0.224, 0.225);

  /// Longer side of what is searched for text, in pixels.
  private static final int LONGER = 960;

  /// Sides of what is searched are multiples of this.
  private static final int UNIT = 32;

  /// Height of a line that is read.
  private static final int LINE = 48;

  /// Widths of lines that are read are multiples of this, so that few shapes occur: each has graphs
  /// and kernels of its own.
  private static final int WIDTH = 320;

  /// Width of what the direction is told from.
  private static final int GLANCE = 192;

  /// A line is turned if its direction is this sure.
  private static final double SURE = 0.9;

  /// Lines that are less sure than this are none.
  private static final double LEAST = 0.5;

  private final OnnxSession detection;
  private final OnnxSession direction;
  private final OnnxSession recognition;

  /// Sign of each class: none, those of the dictionary, the space.
  private final List<String> signs;

  /// A line of text.
  ///
  /// @param box where it is on the page
  /// @param text what it says
  /// @param sureness mean probability of its signs
  record Line(Box box, String text, double sureness) {}

  private PageReader(
      OnnxSession detection, OnnxSession direction, OnnxSession recognition, List<String> signs) {
    this.detection = detection;
    this.direction = direction;
    this.recognition = recognition;
    this.signs = signs;
  }

  /// Reads the models.
  ///
  /// @param folder where `scripts/models` put them
  static PageReader on(Engine engine, Path folder) throws IOException {
    List<String> signs = new ArrayList<>(List.of(""));
    signs.addAll(Files.readAllLines(folder.resolve("ppocr_keys_v1.txt")));
    signs.add(" ");
    return new PageReader(
        session(engine, folder.resolve("ch_PP-OCRv4_det_infer.onnx")),
        session(engine, folder.resolve("ch_ppocr_mobile_v2.0_cls_infer.onnx")),
        session(engine, folder.resolve("ch_PP-OCRv4_rec_infer.onnx")),
        signs);
  }

  private static OnnxSession session(Engine engine, Path file) {
    return OnnxSession.on(engine, OnnxModel.read(file));
  }

  /// The lines of a page, from top to bottom.
  List<Line> read(BufferedImage page) {
    List<Line> lines = new ArrayList<>();
    for (Box box : find(page)) {
      Line line = read(page, box);
      if (!line.text().isBlank() && line.sureness() >= LEAST) {
        lines.add(line);
      }
    }
    lines.sort(Comparator.comparingDouble(line -> line.box().y()));
    return lines;
  }

  /// Boxes around lines of text.
  List<Box> find(BufferedImage page) {
    double scale = (double) LONGER / Math.max(page.getWidth(), page.getHeight());
    int width = whole(page.getWidth() * scale);
    int height = whole(page.getHeight() * scale);
    Tensor pixels = Picture.tensor(Picture.resized(page, width, height), width, MEAN, DEVIATION);
    float[] map = only(detection, pixels).toFloats();
    double horizontally = (double) page.getWidth() / width;
    double vertically = (double) page.getHeight() / height;
    return new Blobs(map, width, height)
        .boxes().stream().map(box -> box.scaled(horizontally, vertically)).toList();
  }

  private static int whole(double extent) {
    return Math.max(1, (int) Math.round(extent / UNIT)) * UNIT;
  }

  /// What a line says.
  Line read(BufferedImage page, Box box) {
    BufferedImage strip = box.cut(page, LINE);
    BufferedImage glance = strip;
    if (strip.getWidth() > GLANCE) {
      glance = Picture.resized(strip, GLANCE, LINE);
    }
    Tensor ways = only(direction, Picture.tensor(glance, GLANCE, HALF, HALF));
    if (ways.at(1) > SURE) {
      strip = Picture.upsideDown(strip);
    }
    int width = Math.ceilDiv(strip.getWidth(), WIDTH) * WIDTH;
    Tensor probabilities = only(recognition, Picture.tensor(strip, width, HALF, HALF));
    return spell(box, probabilities, width, Gaps.of(strip));
  }

  /// The most probable sign at each place, where it is another than before: what a network says
  /// that was trained by connectionist temporal classification (Graves et al., ICML 2006).
  ///
  /// @param probabilities `[1, places, signs]`
  /// @param width of what was read, in pixels
  /// @param gaps between words in it
  private Line spell(Box box, Tensor probabilities, double width, Gaps gaps) {
    int places = Math.toIntExact(probabilities.type().shape().dim(1));
    int classes = Math.toIntExact(probabilities.type().shape().dim(2));
    if (classes != signs.size()) {
      throw new IllegalStateException(
          "the model knows %d signs, the dictionary %d; need as many\n  try: scripts/models in an empty folder"
              .formatted(classes, signs.size()));
    }
    float[] values = probabilities.toFloats();
    StringBuilder text = new StringBuilder();
    double sure = 0;
    int read = 0;
    int before = 0;
    double last = 0;
    for (int place = 0; place < places; place++) {
      int best = 0;
      for (int sign = 1; sign < classes; sign++) {
        best = values[place * classes + sign] > values[place * classes + best] ? sign : best;
      }
      if (best != 0 && best != before) {
        String sign = signs.get(best);
        double at = (place + 0.5) * width / places;
        if (separable(text, sign) && gaps.between(last, at)) {
          text.append(' ');
        }
        last = at;
        text.append(sign);
        sure += values[place * classes + best];
        read++;
      }
      before = best;
    }
    return new Line(box, text.toString(), read == 0 ? 0 : sure / read);
  }

  /// Whether a gap before the next sign means something: not after or before a space, and not in
  /// scripts without spaces.
  private static boolean separable(StringBuilder text, String next) {
    if (text.isEmpty()) {
      return false;
    }
    char last = text.charAt(text.length() - 1);
    return last > ' ' && last < 128 && next.charAt(0) > ' ' && next.charAt(0) < 128;
  }

  private static Tensor only(OnnxSession session, Tensor pixels) {
    return session.run(Map.of("x", pixels)).firstEntry().getValue();
  }

  @Override
  public void close() {
    detection.close();
    direction.close();
    recognition.close();
  }
}
