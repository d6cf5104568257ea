package org.tombolo.opencl.contraction;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tombolo.opencl.kernel.DeviceLimits;

/// How a contraction is cut into blocks. It decides speed alone: each sum is added up in the same
/// order whatever it is, so results are the same bits.
public sealed interface Blocking {
  /// Whether kernels with these blocks keep to the limits of a device.
  boolean fits(DeviceLimits limits);

  /// One line that [#parse] reads.
  String text();

  /// For processors, see [SimdContraction].
  ///
  /// @param lanes width of a vector: 4, 8 or 16
  /// @param vectors vectors of a row of the register tile
  /// @param rows rows of the register tile
  /// @param depth lines of a panel that are multiplied before the next panel's turn
  /// @param blockRows rows of a block of the left operand, a multiple of `rows`
  record Simd(int lanes, int vectors, int rows, int depth, int blockRows) implements Blocking {
    Tile tile() {
      return new Tile(lanes, vectors, rows);
    }

    @Override
    public boolean fits(DeviceLimits limits) {
      return (lanes == 4 || lanes == 8 || lanes == 16)
          && isBetween(1, vectors, 4)
          && isBetween(1, rows, 16)
          && isBetween(16, depth, 1024)
          && depth % 16 == 0
          && isBetween(rows, blockRows, 1024)
          && blockRows % rows == 0
          && Float.BYTES * (long) blockRows * (depth + 16) <= limits.localMemoryBytes();
    }

    @Override
    public String text() {
      return "simd lanes %d vectors %d rows %d depth %d block %d"
          .formatted(lanes, vectors, rows, depth, blockRows);
    }

    /// This one and others that may be faster, the likeliest first.
    ///
    /// @param all whether to combine all that may be changed, instead of changing one thing
    List<Blocking> others(DeviceLimits limits, boolean all) {
      List<Tile> tiles = new ArrayList<>(List.of(tile()));
      int[][] shapes =
          lanes == 16
              ? new int[][] {{2, 8}, {1, 12}, {3, 8}, {4, 6}, {1, 16}}
              : new int[][] {{2, 5}, {1, 10}, {3, 4}, {2, 4}, {1, 12}};
      for (int[] shape : shapes) {
        tiles.add(new Tile(lanes, shape[0], shape[1]));
      }
      Set<Blocking> found = new LinkedHashSet<>(List.of(this));
      for (Tile tile : tiles) {
        for (int deep : new int[] {depth, 128, 384, 512}) {
          for (int high : new int[] {blockRows, 48, 192}) {
            int changes =
                (tile.equals(tile()) ? 0 : 1)
                    + (deep == depth ? 0 : 1)
                    + (high == blockRows ? 0 : 1);
            if (all || changes <= 1) {
              int whole = Math.max(1, high / tile.rows()) * tile.rows();
              found.add(new Simd(tile.lanes(), tile.vectors(), tile.rows(), deep, whole));
            }
          }
        }
      }
      return found.stream().filter(blocking -> blocking.fits(limits)).toList();
    }
  }

  /// For graphics processors, see [SimtContraction]: a work-group's tile is shared out to `across *
  /// down` work-items. All are powers of two.
  ///
  /// @param across work-items side by side
  /// @param down work-items one below the other
  /// @param rows of an item's elements, in blocks of 4
  /// @param cols of an item's elements, in blocks of 4
  record Simt(int across, int down, int rows, int cols) implements Blocking {
    int tileRows() {
      return down * rows;
    }

    int tileCols() {
      return across * cols;
    }

    int items() {
      return across * down;
    }

    @Override
    public boolean fits(DeviceLimits limits) {
      return isPowerOfTwo(1, across, 256)
          && isPowerOfTwo(1, down, 256)
          && isPowerOfTwo(4, rows, 8)
          && isPowerOfTwo(4, cols, 8)
          && items() <= limits.maxWorkGroupSize()
          && rows * SimtContraction.SLICE >= across
          && cols * SimtContraction.SLICE >= down
          && (long) Float.BYTES * (tileRows() + tileCols() + 8) * SimtContraction.SLICE
              <= limits.localMemoryBytes();
    }

    @Override
    public String text() {
      return "simt across %d down %d rows %d cols %d".formatted(across, down, rows, cols);
    }

    /// This one and others that may be faster.
    ///
    /// @param all whether to try all shapes, instead of those that are like this one
    List<Blocking> others(DeviceLimits limits, boolean all) {
      Set<Blocking> found = new LinkedHashSet<>(List.of(this));
      for (int wide = all ? 4 : Math.max(4, across / 2);
          wide <= (all ? 64 : 2 * across);
          wide *= 2) {
        for (int items = 64; items <= 256; items *= 2) {
          for (int high = 4; high <= 8; high *= 2) {
            for (int broad = 4; broad <= 8; broad *= 2) {
              found.add(new Simt(wide, items / wide, high, broad));
            }
          }
        }
      }
      return found.stream().filter(blocking -> blocking.fits(limits)).toList();
    }

    private static boolean isPowerOfTwo(int least, int value, int most) {
      return isBetween(least, value, most) && Integer.bitCount(value) == 1;
    }
  }

  private static boolean isBetween(int least, int value, int most) {
    return least <= value && value <= most;
  }

  /// What [#text] says; empty if it is nothing of the kind.
  static Optional<Blocking> parse(String text) {
    Matcher simd =
        Pattern.compile(
                "simd lanes (\\d{1,4}) vectors (\\d{1,4}) rows (\\d{1,4}) depth (\\d{1,4}) block (\\d{1,4})")
            .matcher(text);
    if (simd.matches()) {
      return Optional.of(
          new Simd(
              number(simd, 1), number(simd, 2), number(simd, 3), number(simd, 4), number(simd, 5)));
    }
    Matcher simt =
        Pattern.compile("simt across (\\d{1,4}) down (\\d{1,4}) rows (\\d{1,4}) cols (\\d{1,4})")
            .matcher(text);
    return simt.matches()
        ? Optional.of(new Simt(number(simt, 1), number(simt, 2), number(simt, 3), number(simt, 4)))
        : Optional.empty();
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }
}
