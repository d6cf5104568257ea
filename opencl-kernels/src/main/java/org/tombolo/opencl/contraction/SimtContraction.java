package org.tombolo.opencl.contraction;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Contractions for graphics processors: each work-group keeps a tile of the result in registers
/// and brings matching slices of both operands through local memory, the next one on its way while
/// the present one is multiplied.
///
/// Slices are gathered straight from the operands, so neither packing nor the matrix of a
/// convolution's windows takes memory. Where the result has too few tiles to occupy a processor but
/// depth is long, depth is cut into ranges whose sums are added up at the end in a fixed order; how
/// it is cut depends on the shapes alone.
final class SimtContraction {
  /// Depth of a slice.
  static final int SLICE = 16;

  /// Work-groups that a result should be good for, before depth is cut.
  private static final int ENOUGH_GROUPS = 256;

  /// Least depth of a range.
  private static final int LEAST_RANGE = 16 * SLICE;

  private final Contraction contraction;
  private final Blocking.Simt blocking;
  private final long range;
  private final long ranges;

  SimtContraction(Contraction contraction, Blocking.Simt blocking) {
    this.contraction = contraction;
    this.blocking = blocking;
    this.range = range();
    this.ranges = Math.max(1, Math.ceilDiv(contraction.k(), range));
  }

  /// Whether the device allows work-groups as large as the kernels need.
  static boolean fits(DeviceLimits limits) {
    return limits.maxWorkGroupSize() >= 64 && limits.localMemoryBytes() >= 12 << 10;
  }

  Contraction contraction() {
    return contraction;
  }

  boolean sumsRanges() {
    return ranges > 1;
  }

  /// The launches: multiply, then add up the ranges if there are several.
  Steps steps() {
    boolean gathers = !contraction.windows().isEmpty();
    Sizes numbers = new Sizes(contraction, gathers).with("range", range);
    KernelSource source =
        new KernelSource(
            "contraction_simt", numbers.header() + constants() + new SimtText(this).kernels());
    long partialBytes = ranges == 1 ? 0 : Arg.align(ranges * contraction.size() * Float.BYTES);
    Arg sums = ranges == 1 ? new Arg.Output(0) : new Arg.Scratch(0, partialBytes);
    List<Step> steps = new ArrayList<>();
    List<Arg> args = new ArrayList<>(List.of(new Arg.Input(0), new Arg.Input(1), sums));
    args.add(new Arg.IntArg((int) ranges));
    args.addAll(numbers.args());
    long groups = tiles(blocking) * contraction.z() * ranges;
    steps.add(Step.line(source, "multiply", args, groups * blocking.items(), blocking.items()));
    if (ranges > 1) {
      List<Arg> sumArgs = new ArrayList<>(List.of(sums, new Arg.Output(0)));
      sumArgs.add(new Arg.IntArg((int) ranges));
      sumArgs.addAll(numbers.args());
      steps.add(Step.line(source, "sum_ranges", sumArgs, contraction.size(), 64));
    }
    return new Steps(steps, partialBytes);
  }

  /// Tiles that fit the result: 64 by 64 for most, 128 by 128 where there are enough of them to
  /// occupy the device, and long narrow ones for a result of few rows or columns. Half as wide and
  /// high where the device allows no 256 work-items or too little local memory.
  static Blocking.Simt usual(Contraction contraction, DeviceLimits limits) {
    boolean small = limits.maxWorkGroupSize() < 256 || limits.localMemoryBytes() < 18 << 10;
    int items = small ? 64 : 256;
    int square = small ? 8 : 16;
    long m = contraction.m();
    long n = contraction.n();
    int across =
        n <= 16
            ? square / 4
            : n <= 32 ? square / 2 : m <= 16 ? square * 4 : m <= 32 ? square * 2 : square;
    Blocking.Simt modest = new Blocking.Simt(across, items / across, 4, 4);
    Blocking.Simt large = new Blocking.Simt(square, square, 8, 8);
    boolean occupies =
        !small
            && across == square
            && tiles(contraction, large) * contraction.z() >= 2L * limits.units();
    return occupies ? large : modest;
  }

  private long tiles(Blocking.Simt tile) {
    return tiles(contraction, tile);
  }

  private static long tiles(Contraction contraction, Blocking.Simt tile) {
    return Math.ceilDiv(contraction.m(), (long) tile.tileRows())
        * Math.ceilDiv(contraction.n(), (long) tile.tileCols());
  }

  private long range() {
    long k = contraction.k();
    long groups = tiles(usual(contraction, UNLIMITED)) * contraction.z();
    if (groups >= ENOUGH_GROUPS || k < 2 * LEAST_RANGE) {
      return Math.max(1, k);
    }
    long wanted = Math.min(ENOUGH_GROUPS / groups, k / LEAST_RANGE);
    return Math.ceilDiv(Math.ceilDiv(k, Math.max(1, wanted)), SLICE) * SLICE;
  }

  private static final DeviceLimits UNLIMITED =
      new DeviceLimits(Integer.MAX_VALUE, 1024, 32 << 10, 1, false);

  private String constants() {
    return """
    #define ACROSS %d
    #define DOWN %d
    #define ITEMS %d
    #define ITEM_ROWS %d
    #define ITEM_COLS %d
    #define TILE_ROWS %d
    #define TILE_COLS %d
    #define SLICE %d
    """
        .formatted(
            blocking.across(),
            blocking.down(),
            blocking.items(),
            blocking.rows(),
            blocking.cols(),
            blocking.tileRows(),
            blocking.tileCols(),
            SLICE);
  }
}
