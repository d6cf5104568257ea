package org.tombolo.examples.page;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Boxes around what a map of probabilities marks as text: differentiable binarization (Liao et
/// al., AAAI 2020), the part that is no network. The map marks the inner part of each line, shrunk
/// so that neighbours do not touch; what hangs together becomes the smallest rectangle around it,
/// and is grown back.
final class Blobs {
  /// A pixel is text from here on.
  private static final float TEXT = 0.3f;

  /// Pixels are text if they are this sure on average.
  private static final double SURE = 0.6;

  /// Boxes with a shorter side, in pixels of the map, are noise.
  private static final double NOISE = 3;

  /// How far a box grows: this times the area of its text, by its circumference.
  private static final double GROWTH = 2;

  private final float[] probabilities;
  private final int width;
  private final int height;

  /// @param probabilities row by row
  /// @param width of the map
  /// @param height of the map
  Blobs(float[] probabilities, int width, int height) {
    this.probabilities = probabilities;
    this.width = width;
    this.height = height;
  }

  /// Pixels that hang together.
  ///
  /// @param edge corners of those at the edge
  /// @param pixels how many they are
  /// @param sureness mean probability
  private record Blob(List<double[]> edge, int pixels, double sureness) {}

  /// The boxes, in the order of their uppermost pixels.
  List<Box> boxes() {
    boolean[] seen = new boolean[width * height];
    List<Box> found = new ArrayList<>();
    for (int i = 0; i < seen.length; i++) {
      if (!seen[i] && probabilities[i] > TEXT) {
        Blob blob = blob(i, seen);
        Box box = smallest(hull(blob.edge()));
        if (Math.min(box.width(), box.height()) >= NOISE && blob.sureness() >= SURE) {
          found.add(box.grown(GROWTH * blob.pixels() / (2 * (box.width() + box.height()))));
        }
      }
    }
    return found;
  }

  /// The pixels that hang together with one, at a side or a corner.
  private Blob blob(int first, boolean[] seen) {
    List<double[]> edge = new ArrayList<>();
    Deque<Integer> open = new ArrayDeque<>(List.of(first));
    seen[first] = true;
    int pixels = 0;
    double sum = 0;
    while (!open.isEmpty()) {
      int at = open.pop();
      int x = at % width;
      int y = at / width;
      pixels++;
      sum += probabilities[at];
      boolean inner = true;
      for (int i = 0; i < 9; i++) {
        int nx = x + i % 3 - 1;
        int ny = y + i / 3 - 1;
        boolean inside = nx >= 0 && ny >= 0 && nx < width && ny < height;
        int next = ny * width + nx;
        boolean text = inside && probabilities[next] > TEXT;
        inner &= text;
        if (text && !seen[next]) {
          seen[next] = true;
          open.push(next);
        }
      }
      if (!inner) {
        edge.add(new double[] {x, y});
        edge.add(new double[] {x + 1, y});
        edge.add(new double[] {x, y + 1});
        edge.add(new double[] {x + 1, y + 1});
      }
    }
    return new Blob(edge, pixels, sum / pixels);
  }

  /// The convex hull, by the monotone chain of Andrew (Information Processing Letters 9(5), 1979).
  private static List<double[]> hull(List<double[]> points) {
    points.sort((p, q) -> p[0] != q[0] ? Double.compare(p[0], q[0]) : Double.compare(p[1], q[1]));
    List<double[]> hull = new ArrayList<>();
    for (int way = 0; way < 2; way++) {
      int start = hull.size();
      for (double[] point : way == 0 ? points : points.reversed()) {
        while (hull.size() >= start + 2
            && turn(hull.get(hull.size() - 2), hull.getLast(), point) <= 0) {
          hull.removeLast();
        }
        hull.add(point);
      }
      hull.removeLast();
    }
    return hull;
  }

  private static double turn(double[] o, double[] p, double[] q) {
    return (p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0]);
  }

  /// The rectangle of least area around a convex hull: one of its sides lies on the hull.
  private static Box smallest(List<double[]> hull) {
    Box best = around(hull, 1, 0);
    for (int i = 0; i < hull.size(); i++) {
      double[] from = hull.get(i);
      double[] to = hull.get((i + 1) % hull.size());
      double length = Math.hypot(to[0] - from[0], to[1] - from[1]);
      Box box = around(hull, (to[0] - from[0]) / length, (to[1] - from[1]) / length);
      if (box.width() * box.height() < best.width() * best.height()) {
        best = box;
      }
    }
    return reading(best);
  }

  private static Box around(List<double[]> hull, double dx, double dy) {
    double left = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double top = Double.POSITIVE_INFINITY;
    double bottom = Double.NEGATIVE_INFINITY;
    for (double[] point : hull) {
      double along = point[0] * dx + point[1] * dy;
      double across = point[1] * dx - point[0] * dy;
      left = Math.min(left, along);
      right = Math.max(right, along);
      top = Math.min(top, across);
      bottom = Math.max(bottom, across);
    }
    double along = (left + right) / 2;
    double across = (top + bottom) / 2;
    return new Box(
        along * dx - across * dy, along * dy + across * dx, dx, dy, right - left, bottom - top);
  }

  /// The same rectangle, whose width runs along the text: to the right, or downwards where it is
  /// much higher than wide.
  private static Box reading(Box box) {
    Box best = box;
    Box turned = box;
    for (int i = 0; i < 3; i++) {
      turned = turned.turned();
      best = turned.dx() > best.dx() ? turned : best;
    }
    return best.height() >= 1.5 * best.width() ? best.turned() : best;
  }
}
