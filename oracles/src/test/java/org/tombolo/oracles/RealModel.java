package org.tombolo.oracles;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.zip.ZipFile;
import org.tombolo.graph.Tensor;

/// Models that others made and trained, with something to feed them.
enum RealModel {
  /// PP-OCRv4: where there is text in a picture; 256x256 pixels.
  TEXT_DETECTION("ch_PP-OCRv4_det_infer.onnx", 1e-4) {
    @Override
    Map<String, Tensor> inputs(long seed) {
      return Map.of("x", picture("Sand joins the island", 256, 256, seed));
    }
  },
  /// PP-OCRv4: what the text in a strip is.
  TEXT_RECOGNITION("ch_PP-OCRv4_rec_infer.onnx", 1e-4) {
    @Override
    Map<String, Tensor> inputs(long seed) {
      return Map.of("x", picture("tombolo 42", 48, 160, seed));
    }
  },
  /// PP-OCR 2.0: whether a strip is upside down.
  TEXT_DIRECTION("ch_ppocr_mobile_v2.0_cls_infer.onnx", 1e-4) {
    @Override
    Map<String, Tensor> inputs(long seed) {
      return Map.of("x", picture("tombolo 42", 48, 192, seed));
    }
  },
  /// all-MiniLM-L6-v2: what sentences mean.
  SENTENCES("all-minilm-l6-v2.onnx", 1e-5) {
    @Override
    Map<String, Tensor> inputs(long seed) {
      return tokens(seed);
    }
  },
  /// The same in integers of 8 bits; a sum that rounds otherwise becomes another integer here and
  /// there.
  SENTENCES_INT8("all-minilm-l6-v2-q.onnx", 1e-2) {
    @Override
    Map<String, Tensor> inputs(long seed) {
      return tokens(seed);
    }
  },
  /// Architectures whose weights are all alike, from ONNX's conformance tests.
  INCEPTION("light/test_light_inception_v1/model.onnx", 1e-5) {
    @Override
    Map<String, Tensor> inputs(long seed) {
      return Map.of("data_0", noise(seed));
    }
  },
  RESNET("light/test_light_resnet50/model.onnx", 1e-5),
  SHUFFLENET("light/test_light_shufflenet/model.onnx", 1e-5),
  SQUEEZENET("light/test_light_squeezenet/model.onnx", 1e-5) {
    @Override
    Map<String, Tensor> inputs(long seed) {
      return Map.of("data_0", noise(seed));
    }
  },
  ZFNET("light/test_light_zfnet512/model.onnx", 1e-5);

  private final String file;
  private final double bound;

  RealModel(String file, double bound) {
    this.file = file;
    this.bound = bound;
  }

  /// The largest error that is rounding, as a part of the largest element.
  double bound() {
    return bound;
  }

  /// The model's file: a resource of a library, an entry of the conformance tests, or a file of
  /// `scripts/models`. Where it is not here, the test is skipped, or fails with
  /// `-Dtombolo.trained=required`.
  byte[] bytes() {
    try {
      if (file.startsWith("light/")) {
        Path zip =
            Path.of(System.getProperty("tombolo.onnx.tests", "../../shared/onnx-node-tests"))
                .resolve("onnx-tests-main-visible.zip");
        assumeTrue(Files.exists(zip), () -> "no conformance tests of ONNX in " + zip);
        try (ZipFile tests = new ZipFile(zip.toFile());
            InputStream in = tests.getInputStream(tests.getEntry(file))) {
          return in.readAllBytes();
        }
      }
      try (InputStream resource = RealModel.class.getResourceAsStream("/" + file)) {
        if (resource != null) {
          return resource.readAllBytes();
        }
      }
      Path found = folder().resolve(file);
      boolean required = System.getProperty("tombolo.trained", "").equals("required");
      assumeTrue(
          Files.exists(found) || required, () -> "no " + found + "; scripts/models fetches it");
      return Files.readAllBytes(found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// `-Dtombolo.models=DIR`, or where `scripts/models` puts them.
  private static Path folder() {
    String caches = Objects.requireNonNullElse(System.getenv("XDG_CACHE_HOME"), "");
    Path cache =
        caches.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(caches);
    return Path.of(
        System.getProperty("tombolo.models", cache.resolve("tombolo/models").toString()));
  }

  /// Something to feed the model, the same for the same seed.
  Map<String, Tensor> inputs(long seed) {
    return Map.of("gpu_0/data_0", noise(seed));
  }

  private static Tensor noise(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] pixels = new float[3 * 224 * 224];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextDouble();
    }
    return Tensor.of(pixels, 1, 3, 224, 224);
  }

  private static Map<String, Tensor> tokens(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] ids = random.longs(2 * 24, 1000, 28000).toArray();
    // The second sentence is shorter.
    long[] mask = LongStream.range(0, ids.length).map(i -> i < 24 + 17 ? 1 : 0).toArray();
    return Map.of(
        "input_ids", Tensor.of(ids, 2, 24),
        "attention_mask", Tensor.of(mask, 2, 24),
        "token_type_ids", Tensor.of(new long[ids.length], 2, 24));
  }

  /// Dark text on light paper with some noise, channels first, from -1 to 1.
  private static Tensor picture(String text, int height, int width, long seed) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, width, height);
    pen.setColor(Color.BLACK);
    pen.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 24));
    pen.drawString(text, 8, height / 2 + 8);
    pen.dispose();
    SplittableRandom random = new SplittableRandom(seed);
    float[] pixels = new float[3 * height * width];
    for (int i = 0; i < pixels.length; i++) {
      int place = i % (height * width);
      int color = image.getRGB(place % width, place / width);
      int shade = (color >> (16 - 8 * (i / (height * width)))) & 255;
      pixels[i] = (float) (shade / 127.5 - 1 + 0.05 * random.nextDouble());
    }
    return Tensor.of(pixels, 1, 3, height, width);
  }
}
