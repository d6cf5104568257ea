package org.tombolo.examples.page;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Where a line of text has room between its words. The model that reads was trained on a script
/// without such gaps and leaves many of them out.
///
/// @param centers of the gaps, in pixels from the start of the line
record Gaps(List<Double> centers) {
  /// A column is empty if its shades differ by less than this part of what those of full ones do.
  private static final double EMPTY = 0.3;

  /// Least width, as a part of the height, and in widths of the usual gap, which is that between
  /// letters.
  private static final double WIDE = 0.2;

  private static final double UNUSUAL = 3;

  /// Looks for gaps in a line.
  static Gaps of(BufferedImage strip) {
    int width = strip.getWidth();
    int height = strip.getHeight();
    double[] contrast = new double[width];
    for (int x = 0; x < width; x++) {
      int darkest = 255;
      int lightest = 0;
      // Not the edges, where the lines above and below begin.
      for (int y = height / 4; y < height - height / 4; y++) {
        int shade = (strip.getRGB(x, y) >> 8) & 255;
        darkest = Math.min(darkest, shade);
        lightest = Math.max(lightest, shade);
      }
      contrast[x] = lightest - darkest;
    }
    double[] sorted = contrast.clone();
    Arrays.sort(sorted);
    double full = sorted[(int) (0.8 * (width - 1))];
    List<int[]> empty = new ArrayList<>();
    int start = 0;
    for (int x = 0; x < width; x++) {
      if (contrast[x] >= EMPTY * full) {
        if (x > start) {
          empty.add(new int[] {start, x});
        }
        start = x + 1;
      }
    }
    int[] widths = empty.stream().mapToInt(gap -> gap[1] - gap[0]).sorted().toArray();
    double usual = widths.length == 0 ? 0 : widths[widths.length / 2];
    double least = Math.max(WIDE * height, UNUSUAL * usual);
    return new Gaps(
        empty.stream()
            .filter(gap -> gap[1] - gap[0] >= least)
            .map(gap -> (gap[0] + gap[1]) / 2.0)
            .toList());
  }

  /// Whether there is a gap between two places.
  boolean between(double from, double to) {
    return centers.stream().anyMatch(center -> from < center && center < to);
  }
}
