package org.tombolo.examples.page;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.tombolo.graph.Tensor;

/// Pictures as the models want them: floats, channels first, blue before green before red.
final class Picture {
  private Picture() {}

  /// The same picture at another size.
  static BufferedImage resized(BufferedImage picture, int width, int height) {
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = out.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    pen.drawImage(picture, 0, 0, width, height, null);
    pen.dispose();
    return out;
  }

  /// The picture turned by half a turn.
  static BufferedImage upsideDown(BufferedImage picture) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        out.setRGB(width - 1 - x, height - 1 - y, picture.getRGB(x, y));
      }
    }
    return out;
  }

  /// A tensor `[1, 3, height, width]` of `(shade / 255 - mean) / deviation`; zeros to the right of
  /// the picture.
  ///
  /// @param width at least that of the picture
  /// @param mean of each channel
  /// @param deviation of each channel
  static Tensor tensor(
      BufferedImage picture, int width, List<Double> mean, List<Double> deviation) {
    int height = picture.getHeight();
    float[] values = new float[3 * height * width];
    for (int channel = 0; channel < 3; channel++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < picture.getWidth(); x++) {
          int shade = (picture.getRGB(x, y) >> (8 * channel)) & 255;
          values[(channel * height + y) * width + x] =
              (float) ((shade / 255.0 - mean.get(channel)) / deviation.get(channel));
        }
      }
    }
    return Tensor.of(values, 1, 3, height, width);
  }
}
