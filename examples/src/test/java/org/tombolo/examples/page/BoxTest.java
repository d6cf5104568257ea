package org.tombolo.examples.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

/// What boxes cut out, and where its words end.
class BoxTest {
  private static final int LINE = 48;

  /// Dark bars on a light page, from its top to its bottom.
  private static BufferedImage bars(int width, int height, int[]... ranges) {
    return bars(width, height, 0, height, ranges);
  }

  private static BufferedImage bars(int width, int height, int top, int bottom, int[]... ranges) {
    BufferedImage page = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = page.createGraphics();
    pen.setColor(new Color(200, 190, 180));
    pen.fillRect(0, 0, width, height);
    pen.setColor(new Color(40, 30, 20));
    for (int[] range : ranges) {
      pen.fillRect(range[0], top, range[1] - range[0], bottom - top);
    }
    pen.dispose();
    return page;
  }

  @Test
  void aBoxThatIsThePageCutsThePage() {
    BufferedImage page = bars(100, LINE, new int[] {10, 30}, new int[] {60, 61});
    BufferedImage cut = new Box(50, 24, 1, 0, 100, LINE).cut(page, LINE);
    assertEquals(100, cut.getWidth());
    for (int x = 0; x < 100; x++) {
      assertEquals(page.getRGB(x, 7), cut.getRGB(x, 7), "column " + x);
    }
  }

  /// A line that runs downwards is cut so that it runs to the right.
  @Test
  void aBoxOnItsSideIsCutUpright() {
    BufferedImage page = bars(LINE, 100, new int[] {0, 10}); // ten columns dark, at the left
    BufferedImage cut = new Box(24, 50, 0, 1, 100, LINE).cut(page, LINE);
    assertEquals(100, cut.getWidth());
    Color low = new Color(cut.getRGB(50, LINE - 5));
    Color high = new Color(cut.getRGB(50, 5));
    assertTrue(low.getRed() < 60, "the page's left is the line's bottom: " + low);
    assertTrue(high.getRed() > 180, "the page's right is its top: " + high);
  }

  /// A box over the edge sees the edge go on, and one that is larger takes the mean.
  @Test
  void aBoxMayReachBeyondThePage() {
    BufferedImage page = bars(10, 10, new int[] {0, 10});
    BufferedImage cut = new Box(0, 0, 0.6, 0.8, 300, 200).cut(page, LINE);
    for (int y = 0; y < LINE; y++) {
      for (int x = 0; x < cut.getWidth(); x++) {
        assertEquals(new Color(40, 30, 20).getRGB(), cut.getRGB(x, y));
      }
    }
  }

  @Test
  void scalingMovesTheCorners() {
    Box box = new Box(30, 40, 0.8, 0.6, 20, 10);
    assertArrayEquals(
        new double[] {box.at(0, 0)[0] * 3, box.at(0, 0)[1] * 3}, box.scaled(3, 3).at(0, 0), 1e-9);
  }

  @Test
  void gapsAreWiderThanTheRoomBetweenLetters() {
    // Letters of 8 columns, 3 apart; two words, 20 apart.
    int[][] letters = new int[12][];
    for (int i = 0; i < letters.length; i++) {
      int start = 11 * i + (i < 6 ? 0 : 17);
      letters[i] = new int[] {start, start + 8};
    }
    Gaps gaps = Gaps.of(bars(11 * 12 + 17, LINE, 16, 32, letters));
    assertEquals(1, gaps.centers().size(), gaps.toString());
    assertTrue(gaps.between(60, 85), gaps.toString());
    assertFalse(gaps.between(0, 60), gaps.toString());
    assertFalse(gaps.between(85, 149), gaps.toString());
  }

  @Test
  void anEmptyStripHasNoGaps() {
    assertEquals(0, Gaps.of(bars(40, LINE)).centers().size());
  }
}
