package org.tombolo.examples.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Boxes around what is marked as text, for maps whose marks are known.
class BlobsTest {
  private static final int WIDTH = 200;
  private static final int HEIGHT = 160;

  /// Marks what lies in a box.
  private static void mark(float[] map, Box box, float probability) {
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        double a = (x + 0.5 - box.x()) * box.dx() + (y + 0.5 - box.y()) * box.dy();
        double b = (y + 0.5 - box.y()) * box.dx() - (x + 0.5 - box.x()) * box.dy();
        if (Math.abs(a) <= box.width() / 2 && Math.abs(b) <= box.height() / 2) {
          map[y * WIDTH + x] = probability;
        }
      }
    }
  }

  private static List<Box> boxes(float[] map) {
    return new Blobs(map, WIDTH, HEIGHT).boxes();
  }

  /// A line at an angle is found where it is, grown by what it was shrunk; one that runs downwards
  /// is read downwards.
  @ParameterizedTest
  @ValueSource(ints = {-90, -80, -30, -7, 0, 3, 20, 45, 80, 90})
  void aBoxIsFoundAtAnyAngle(int degrees) {
    double angle = Math.toRadians(degrees);
    Box drawn = new Box(97, 82, Math.cos(angle), Math.sin(angle), 90, 12);
    float[] map = new float[WIDTH * HEIGHT];
    mark(map, drawn, 0.9f);

    List<Box> found = boxes(map);

    assertEquals(1, found.size());
    Box box = found.get(0);
    double growth = 2 * 90.0 * 12 / (2 * (90 + 12));
    assertEquals(97, box.x(), 1);
    assertEquals(82, box.y(), 1);
    assertEquals(90 + 2 * growth, box.width(), 4);
    assertEquals(12 + 2 * growth, box.height(), 4);
    double along = Math.abs(box.dx() * drawn.dx() + box.dy() * drawn.dy());
    assertEquals(1, along, 0.01, "runs along " + box);
    assertTrue(
        box.dx() > -0.01 || box.dy() > 0.7, "read from its left end, or from its top: " + box);
  }

  @Test
  void linesThatDoNotTouchAreTwo() {
    float[] map = new float[WIDTH * HEIGHT];
    mark(map, new Box(100, 20, 1, 0, 150, 10), 0.8f);
    mark(map, new Box(100, 36, 1, 0, 150, 10), 0.8f);
    assertEquals(2, boxes(map).size());
  }

  @Test
  void whatIsUnsureOrTinyIsNone() {
    float[] map = new float[WIDTH * HEIGHT];
    mark(map, new Box(100, 20, 1, 0, 150, 10), 0.5f); // more than nothing, but not sure
    mark(map, new Box(100, 60, 1, 0, 150, 2), 0.9f);
    mark(map, new Box(20, 100, 1, 0, 2, 2), 0.9f);
    assertEquals(List.of(), boxes(map));
  }

  @Test
  void aMapThatIsAllTextIsOneBox() {
    float[] map = new float[WIDTH * HEIGHT];
    mark(map, new Box(100, 80, 1, 0, 400, 400), 1);
    List<Box> found = boxes(map);
    assertEquals(1, found.size());
    assertEquals(100, found.get(0).x(), 1e-9);
    assertEquals(80, found.get(0).y(), 1e-9);
  }

  @Test
  void anEmptyMapHasNone() {
    assertEquals(List.of(), boxes(new float[WIDTH * HEIGHT]));
  }
}
