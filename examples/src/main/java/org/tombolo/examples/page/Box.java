package org.tombolo.examples.page;

import java.awt.image.BufferedImage;
import java.util.List;

/// A rectangle around a line of text, in any direction: its center, a unit vector along the line,
/// and its length along it and across. Lengths are in pixels.
///
/// @param x center, from the left
/// @param y center, from the top
/// @param dx first part of the unit vector along the line
/// @param dy second part
/// @param width along the line
/// @param height across the line
record Box(double x, double y, double dx, double dy, double width, double height) {

  /// The box grown on all sides.
  Box grown(double by) {
    return new Box(x, y, dx, dy, width + 2 * by, height + 2 * by);
  }

  /// The box in a picture of another size.
  Box scaled(double horizontally, double vertically) {
    double alongX = dx * horizontally;
    double alongY = dy * vertically;
    double along = Math.hypot(alongX, alongY);
    double across = Math.hypot(-dy * horizontally, dx * vertically);
    return new Box(
        x * horizontally,
        y * vertically,
        alongX / along,
        alongY / along,
        width * along,
        height * across);
  }

  /// A point of the box, from the corner where the line begins.
  ///
  /// @param along part of the width, from 0 to 1
  /// @param across part of the height, from 0 to 1
  double[] at(double along, double across) {
    double a = (along - 0.5) * width;
    double b = (across - 0.5) * height;
    return new double[] {x + a * dx - b * dy, y + a * dy + b * dx};
  }

  /// Where the line begins, clockwise.
  List<double[]> corners() {
    return List.of(at(0, 0), at(1, 0), at(1, 1), at(0, 1));
  }

  /// The box lying on its other side: a line that runs downwards, where this one runs to the right.
  Box turned() {
    return new Box(x, y, -dy, dx, /* width= */ height, /* height= */ width);
  }

  /// What is in the box, upright. Each pixel is the mean of as many points as it takes from the
  /// page.
  ///
  /// @param lines height of the result; its width follows from the box
  BufferedImage cut(BufferedImage page, int lines) {
    int columns = Math.max(1, (int) Math.ceil(lines * width / height));
    BufferedImage out = new BufferedImage(columns, lines, BufferedImage.TYPE_INT_RGB);
    int points = (int) Math.max(1, Math.ceil(height / lines));
    for (int row = 0; row < lines; row++) {
      for (int column = 0; column < columns; column++) {
        double[] sum = new double[3];
        for (int i = 0; i < points * points; i++) {
          double along = (column + (i % points + 0.5) / points) / columns;
          double across = (row + (Math.floorDiv(i, points) + 0.5) / points) / lines;
          double[] point = at(along, across);
          addShades(page, point[0] - 0.5, point[1] - 0.5, sum);
        }
        int color = 0;
        for (double shade : sum) {
          color = color << 8 | (int) Math.round(shade / (points * points));
        }
        out.setRGB(column, row, color);
      }
    }
    return out;
  }

  /// Adds the red, green and blue between four pixels; outside, the page goes on as at its edge.
  private static void addShades(BufferedImage page, double px, double py, double[] sum) {
    int left = (int) Math.floor(px);
    int top = (int) Math.floor(py);
    for (int i = 0; i < 4; i++) {
      int column = left + i % 2;
      int row = top + i / 2;
      double part = (1 - Math.abs(px - column)) * (1 - Math.abs(py - row));
      int color =
          page.getRGB(
              Math.clamp(column, 0, page.getWidth() - 1), Math.clamp(row, 0, page.getHeight() - 1));
      sum[0] += part * ((color >> 16) & 255);
      sum[1] += part * ((color >> 8) & 255);
      sum[2] += part * (color & 255);
    }
  }
}
