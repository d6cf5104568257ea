package org.tombolo.opencl.contraction;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Contractions for processors: work-groups of one work-item, explicit vectors, packed operands.
///
/// The scheme is that of Goto and van de Geijn (*Anatomy of high-performance matrix
/// multiplication*, ACM TOMS 34(3), 2008): `b` is packed beforehand into panels as wide as a
/// register tile, of which a few hundred lines stay in the first-level cache; each work-group packs
/// its rows of `a` into local memory, which stays in the second-level cache, and multiplies them
/// with one panel after the other. The matrix of a convolution's windows exists only in these
/// blocks.
///
/// Where `b` is as narrow as a panel and dense, it is its own packed form.
///
/// Packed `b` takes at most [#SLAB_BYTES] at a time, apart from what a single panel needs; a larger
/// one is packed and used slab by slab. Where the result is too small to occupy a processor but
/// depth is long, as for the kernel's gradient, depth is cut into ranges whose sums are added up at
/// the end in a fixed order. How depth is cut depends on the shapes alone, so results do not depend
/// on the number of cores.
final class SimdContraction {
  /// Lines of a panel that are multiplied before the next panel's turn, if nothing better is known.
  private static final int DEPTH_BLOCK = 256;

  /// Most working memory for packed panels.
  static final long SLAB_BYTES = 64L << 20;

  /// Work-groups that a result should be good for, before depth is cut.
  private static final int ENOUGH_GROUPS = 16;

  /// Least depth of a range.
  private static final int LEAST_RANGE = 4 * DEPTH_BLOCK;

  private final Contraction contraction;
  private final Tile tile;
  private final int depthBlock;
  private final boolean aAlongDepth;
  private final boolean bAlongDepth;
  private final int blockRows;
  private final int units;
  private final KernelSource source;
  private final List<Arg> sizes;
  private final long range;
  private final long ranges;
  private final long panels;

  SimdContraction(Contraction contraction, DeviceLimits limits, Blocking.Simd blocking) {
    this.contraction = contraction;
    this.tile = blocking.tile();
    this.depthBlock = blocking.depth();
    this.blockRows = blocking.blockRows();
    this.aAlongDepth = contraction.aRunsAlongDepth();
    this.bAlongDepth = contraction.bRunsAlongDepth();
    this.units = limits.units();
    this.panels = Math.ceilDiv(contraction.n(), tile.columns());
    this.range = range(contraction, Tile.of(contraction.m(), contraction.n(), limits.floatLanes()));
    this.ranges = Math.max(1, Math.ceilDiv(contraction.k(), range));
    Sizes numbers =
        new Sizes(contraction, false)
            .with("range", range)
            .with("partial_line", panels * tile.columns());
    this.sizes = numbers.args();
    this.source =
        new KernelSource(
            "contraction_simd", numbers.header() + constants() + new SimdText(this).kernels());
  }

  /// The blocks that sizes and limits suggest: up to 96 rows of `a`, as many as fit into half of
  /// the local memory.
  static Blocking.Simd usual(Contraction contraction, DeviceLimits limits) {
    Tile tile = Tile.of(contraction.m(), contraction.n(), limits.floatLanes());
    long fit = limits.localMemoryBytes() / 2 / (Float.BYTES * (DEPTH_BLOCK + 16)) / tile.rows();
    int blockRows = Math.clamp(fit, 1, 96 / tile.rows()) * tile.rows();
    return new Blocking.Simd(tile.lanes(), tile.vectors(), tile.rows(), DEPTH_BLOCK, blockRows);
  }

  Contraction contraction() {
    return contraction;
  }

  Tile tile() {
    return tile;
  }

  boolean aAlongDepth() {
    return aAlongDepth;
  }

  boolean bAlongDepth() {
    return bAlongDepth;
  }

  boolean sumsRanges() {
    return ranges > 1;
  }

  /// A part of `b` that is packed and used at once.
  private record Slab(long z0, long zs, long panel0, long panels, long range0, long ranges) {}

  /// The launches: for each slab pack and multiply, then add up the ranges if there are several.
  Steps steps() {
    long z = contraction.z();
    long k = contraction.k();
    boolean isPacked = contraction.n() == tile.columns() && contraction.bIsDense();
    long room = isPacked ? Long.MAX_VALUE : SLAB_BYTES;
    long bytes = (long) tile.columns() * Float.BYTES * Math.max(1, Math.min(range, k));
    long rangesEach = Math.clamp(room / bytes, 1, ranges);
    long depthEach = Math.min(k, rangesEach * range);
    bytes *= rangesEach;
    long panelsEach = Math.clamp(room / bytes, 1, panels);
    bytes *= panelsEach;
    long zEach = Math.clamp(room / bytes, 1, z);
    long packedBytes = isPacked ? 0 : Arg.align(bytes * zEach);
    Arg packed = isPacked ? new Arg.Input(1) : new Arg.Scratch(0, packedBytes);
    long partialBytes =
        ranges == 1
            ? 0
            : Arg.align(ranges * z * contraction.m() * panels * tile.columns() * Float.BYTES);
    Arg sums = ranges == 1 ? new Arg.Output(0) : new Arg.Scratch(packedBytes, partialBytes);
    List<Step> steps = new ArrayList<>();
    for (long z0 = 0; z0 < z; z0 += zEach) {
      for (long range0 = 0; range0 < ranges; range0 += rangesEach) {
        for (long panel0 = 0; panel0 < panels; panel0 += panelsEach) {
          Slab slab =
              new Slab(
                  z0,
                  Math.min(zEach, z - z0),
                  panel0,
                  Math.min(panelsEach, panels - panel0),
                  range0,
                  Math.min(rangesEach, ranges - range0));
          long depth = Math.min(depthEach, k - range0 * range);
          if (depth > 0 && !isPacked) {
            steps.add(pack(packed, slab, depth));
          }
          steps.add(multiply(packed, sums, slab, depth));
        }
      }
    }
    if (ranges > 1) {
      List<Arg> args = new ArrayList<>(List.of(sums, new Arg.Output(0)));
      args.add(number(ranges));
      args.addAll(sizes);
      steps.add(Step.line(source, "sum_ranges", args, z * contraction.m(), 1));
    }
    return new Steps(steps, packedBytes + partialBytes);
  }

  private Step pack(Arg packed, Slab slab, long depth) {
    List<Arg> args = new ArrayList<>(List.of(new Arg.Input(1), packed));
    args.addAll(
        List.of(number(slab.z0()), number(slab.panel0()), number(slab.range0()), number(depth)));
    args.addAll(sizes);
    long blocks = Math.ceilDiv(depth, depthBlock);
    return new Step(
        source,
        "pack_panels",
        args,
        List.of(slab.panels(), blocks, slab.zs()),
        List.of(1L, 1L, 1L));
  }

  private Step multiply(Arg packed, Arg sums, Slab slab, long depth) {
    long others = slab.zs() * slab.ranges();
    long rowGroupsWanted = Math.max(1, 8L * units / others);
    long share = Math.ceilDiv(contraction.m(), rowGroupsWanted);
    long rowsEach = Math.min(blockRows, Math.ceilDiv(share, rowQuantum()) * rowQuantum());
    long rowGroups = Math.ceilDiv(contraction.m(), rowsEach);
    long colGroups = Math.clamp(2L * units / (rowGroups * others), 1, slab.panels());
    long panelsEach = Math.ceilDiv(slab.panels(), colGroups);
    List<Arg> args = new ArrayList<>(List.of(new Arg.Input(0), packed, sums));
    args.addAll(
        List.of(
            number(rowsEach),
            number(panelsEach),
            number(slab.z0()),
            number(slab.panel0()),
            number(slab.panels()),
            number(slab.range0()),
            number(slab.ranges()),
            number(depth)));
    args.addAll(sizes);
    return new Step(
        source,
        "multiply",
        args,
        List.of(Math.ceilDiv(slab.panels(), panelsEach), rowGroups, others),
        List.of(1L, 1L, 1L));
  }

  /// What the rows of a work-group are a multiple of: whole tiles, and where rows are what is
  /// copied by vectors, whole vectors too.
  private int rowQuantum() {
    int quantum = tile.rows();
    while (!aAlongDepth && quantum % tile.lanes() != 0 && quantum + tile.rows() <= blockRows) {
      quantum += tile.rows();
    }
    return quantum;
  }

  private static Arg number(long value) {
    return new Arg.IntArg(Math.toIntExact(value));
  }

  /// Depth of a range: all of it unless the result is too small to be shared out, or a packed panel
  /// would exceed a slab.
  ///
  /// @param tile the usual one, whichever is used: ranges decide how sums are rounded
  private static long range(Contraction contraction, Tile tile) {
    long k = contraction.k();
    long panels = Math.ceilDiv(contraction.n(), tile.columns());
    long most = SLAB_BYTES / Float.BYTES / tile.columns();
    long groups =
        contraction.z()
            * Math.ceilDiv(contraction.m(), 4L * tile.rows())
            * Math.ceilDiv(panels, 2L);
    if (groups < ENOUGH_GROUPS && k >= 2 * LEAST_RANGE) {
      long wanted = Math.min(ENOUGH_GROUPS / groups, k / LEAST_RANGE);
      most = Math.min(most, Math.ceilDiv(Math.ceilDiv(k, wanted), DEPTH_BLOCK) * DEPTH_BLOCK);
    }
    return Math.clamp(k, 1, most);
  }

  private String constants() {
    return """
    #define DEPTH_BLOCK %d
    #define BLOCK_ROWS %d
    /* Element (m, k) of a block of a is at m * LINE + k * NEXT. */
    #define LINE %s
    #define NEXT %s
    """
            .formatted(
                depthBlock,
                blockRows,
                aAlongDepth ? "(DEPTH_BLOCK + 16)" : "1",
                aAlongDepth ? "1" : "BLOCK_ROWS")
        + tile.macros();
  }
}
