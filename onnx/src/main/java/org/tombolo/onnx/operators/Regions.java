package org.tombolo.onnx.operators;

import java.util.List;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Regions of images brought to one size.
final class Regions {
  /// Samples along one axis of a part of a region that the model does not number.
  private static final int MOST_SAMPLES = 1 << 12;

  private Regions() {}

  static void define(Registry to) {
    to.add("RoiAlign", Regions::align, 10, 16, 22).onHost();
    to.add("MaxRoiPool", Regions::maxPool, 1, 22).onHost();
  }

  /// How regions are cut up.
  private record Settings(
      int height, int width, int samples, double scale, boolean half, boolean max) {}

  private static List<Value.Dense> align(Call c) {
    boolean half =
        c.opset() >= 16
            && c.text("coordinate_transformation_mode", "half_pixel").equals("half_pixel");
    Settings settings =
        new Settings(
            (int) c.integer("output_height", 1),
            (int) c.integer("output_width", 1),
            (int) c.integer("sampling_ratio", 0),
            c.real("spatial_scale", 1),
            half,
            c.text("mode", "avg").equals("max"));
    return c.onHost(
        List.of(c.in(0), c.in(1), c.in(2)),
        List.of(c.type(0)),
        in -> List.of(align(settings, in.get(0), in.get(1), in.get(2))));
  }

  private static Tensor align(Settings s, Tensor x, Tensor rois, Tensor batches) {
    long channels = x.type().dim(1);
    int high = (int) x.type().dim(2);
    int wide = (int) x.type().dim(3);
    long count = rois.type().dim(0);
    Shape shape = Shape.of(count, channels, s.height, s.width);
    return Tensor.filled(
        new TensorType(x.type().dtype(), shape),
        i -> {
          int column = (int) (i % s.width);
          int row = (int) (i / s.width % s.height);
          long channel = i / s.width / s.height % channels;
          long roi = i / s.width / s.height / channels;
          double shift = s.half ? 0.5 : 0;
          double left = scaled(rois, roi * 4, s) - shift;
          double top = scaled(rois, roi * 4 + 1, s) - shift;
          double width = scaled(rois, roi * 4 + 2, s) - shift - left;
          double height = scaled(rois, roi * 4 + 3, s) - shift - top;
          if (!s.half) {
            width = Math.max(width, 1);
            height = Math.max(height, 1);
          }
          int down = s.samples > 0 ? s.samples : samples(height / s.height);
          int across = s.samples > 0 ? s.samples : samples(width / s.width);
          long plane = (batches.longAt(roi) * channels + channel) * high * wide;
          double best = Double.NEGATIVE_INFINITY;
          double sum = 0;
          for (int a = 0; a < down; a++) {
            double y = top + (row + (a + 0.5) / down) * height / s.height;
            for (int b = 0; b < across; b++) {
              double at = left + (column + (b + 0.5) / across) * width / s.width;
              double[] parts = bilinear(x, plane, high, wide, y, at);
              for (double part : parts) {
                best = Math.max(best, part);
                sum += part;
              }
            }
          }
          int all = Math.max(1, down * across);
          return s.max ? (down * across == 0 ? 0 : best) : sum / all;
        });
  }

  /// In single precision, whose rounding decides how many samples there are.
  private static double scaled(Tensor rois, long at, Settings s) {
    return (float) rois.at(at) * (float) s.scale;
  }

  /// As many as there are elements in a part of a region.
  private static int samples(double elements) {
    if (!(elements <= MOST_SAMPLES)) {
      throw new IllegalArgumentException(
          "a region has %s elements for one of its results; need at most %d"
              .formatted(elements, MOST_SAMPLES));
    }
    return (int) Math.ceil(elements);
  }

  /// What the four elements around a place add to its value; nothing for a place outside.
  private static double[] bilinear(Tensor x, long plane, int high, int wide, double y, double at) {
    if (y < -1 || y > high || at < -1 || at > wide) {
      return new double[4];
    }
    double top = Math.max(0, y);
    double left = Math.max(0, at);
    int row = (int) Math.min(top, high - 1);
    int column = (int) Math.min(left, wide - 1);
    int below = Math.min(row + 1, high - 1);
    int right = Math.min(column + 1, wide - 1);
    double v = row == high - 1 ? 0 : top - row;
    double h = column == wide - 1 ? 0 : left - column;
    return new double[] {
      (1 - v) * (1 - h) * x.at(plane + (long) row * wide + column),
      (1 - v) * h * x.at(plane + (long) row * wide + right),
      v * (1 - h) * x.at(plane + (long) below * wide + column),
      v * h * x.at(plane + (long) below * wide + right)
    };
  }

  private static List<Value.Dense> maxPool(Call c) {
    long[] size = c.wholes("pooled_shape", 1, 1);
    double scale = c.real("spatial_scale", 1);
    return c.onHost(
        List.of(c.in(0), c.in(1)),
        List.of(c.type(0)),
        in -> List.of(maxPool(in.get(0), in.get(1), (int) size[0], (int) size[1], scale)));
  }

  private static Tensor maxPool(Tensor x, Tensor rois, int height, int width, double scale) {
    long channels = x.type().dim(1);
    int high = (int) x.type().dim(2);
    int wide = (int) x.type().dim(3);
    Shape shape = Shape.of(rois.type().dim(0), channels, height, width);
    return Tensor.filled(
        new TensorType(x.type().dtype(), shape),
        i -> {
          int column = (int) (i % width);
          int row = (int) (i / width % height);
          long channel = i / width / height % channels;
          long roi = i / width / height / channels;
          long left = Math.round(rois.at(roi * 5 + 1) * scale);
          long top = Math.round(rois.at(roi * 5 + 2) * scale);
          double across = Math.max(1, Math.round(rois.at(roi * 5 + 3) * scale) - left + 1);
          double down = Math.max(1, Math.round(rois.at(roi * 5 + 4) * scale) - top + 1);
          long firstRow = Math.clamp((long) Math.floor(row * down / height) + top, 0, high);
          long lastRow = Math.clamp((long) Math.ceil((row + 1) * down / height) + top, 0, high);
          long first = Math.clamp((long) Math.floor(column * across / width) + left, 0, wide);
          long last = Math.clamp((long) Math.ceil((column + 1) * across / width) + left, 0, wide);
          double best = Double.NEGATIVE_INFINITY;
          long image = rois.longAt(roi * 5);
          long plane = (image * channels + channel) * high * wide;
          for (long r = firstRow; r < lastRow; r++) {
            for (long k = first; k < last; k++) {
              best = Math.max(best, x.at(plane + r * wide + k));
            }
          }
          return best == Double.NEGATIVE_INFINITY ? 0 : best;
        });
  }
}
