package org.tombolo.opencl.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.tombolo.device.Kernel;
import org.tombolo.graph.AxisView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels that fold along lines and store every step.
///
/// Where there are many lines, or short ones, a work-item goes along a line. A long line is cut
/// into blocks of fixed length: one kernel folds each block, the folds are scanned in the same way,
/// and another kernel goes along each block and puts what lies before it in front (Blelloch,
/// *Prefix sums and their applications*, 1990). The order depends on the shapes alone, and a
/// rounding error grows with the length of a block and the number of levels, not with the line.
final class ScanKernels {
  private static final Lanes ONE = Lanes.ONE;

  private final long group;

  /// Elements above which a line is cut. A processor adds some hundred thousand elements in the
  /// time that two more launches take.
  private final long longestWhole;

  /// Lines that keep a device busy.
  private final long many;

  private final long block;

  /// Blocks that a work-item goes along side by side, so that a processor need not wait for each
  /// addition.
  private final long blocksOfItem;

  private final long groupOfBlocks;

  ScanKernels(Dialect dialect, DeviceLimits limits) {
    boolean simd = dialect == Dialect.SIMD;
    group = simd ? 16 : LoopKernels.group(dialect, limits);
    longestWhole = simd ? 1 << 18 : 1024;
    many = simd ? 64 : 4096;
    block = simd ? 1008 : 64; // not a power of two: blocks side by side share few cache sets
    blocksOfItem = simd ? 8 : 1;
    groupOfBlocks = simd ? 1 : group;
  }

  Steps scan(Op.Scan op, Kernel.Single single) {
    TensorType x = single.operand(0);
    AxisView axis = AxisView.of(x.shape(), op.axis());
    if (x.size() == 0) {
      return new Steps(List.of(), 0);
    }
    Scratch scratch = new Scratch();
    List<Step> steps = new ArrayList<>();
    Arg input = new Arg.Input(single.operands().get(0));
    add(steps, scratch, new Stage(op, x.dtype(), axis, input, new Arg.Output(0)));
    return new Steps(steps, scratch.bytes);
  }

  /// A scan of one tensor.
  ///
  /// @param dtype of what is read and written
  /// @param from an input or working memory
  /// @param to an output or working memory
  private record Stage(Op.Scan op, DType dtype, AxisView axis, Arg from, Arg to) {
    DType accumulator() {
      return CType.accumulator(dtype);
    }

    Signature signature() {
      return memory(new Signature(), "x", dtype, from, false);
    }

    Signature write(Signature signature) {
      return memory(signature, "out", dtype, to, true);
    }

    private static Signature memory(
        Signature signature, String name, DType dtype, Arg place, boolean written) {
      return switch (place) {
        case Arg.Input(int index) -> signature.input(name, dtype, index);
        case Arg.Output(int index) -> signature.output(name, dtype, index);
        case Arg.Scratch scratch ->
            written
                ? signature.writeScratch(name, dtype, scratch)
                : signature.readScratch(name, dtype, scratch);
        case Arg.IntArg _, Arg.LongArg _, Arg.FloatArg _, Arg.Local _ ->
            throw new IllegalArgumentException(place.toString());
      };
    }

    /// Declares where the first element of the `line` is, or of one of its blocks.
    void start(Code code, String skipped) {
      long first = op.reverse() ? (axis.extent() - 1) * axis.inner() : 0;
      code.line(
          "const long start = line / %d * %d + line %% %d + %d + %s * %d;",
          axis.inner(), axis.extent() * axis.inner(), axis.inner(), first, skipped, step());
    }

    /// Declares the place `here` of a step of the scan and the element `v` there.
    void load(Code code, String step) {
      code.line("const long here = start + %s * %d;", step, step());
      code.line("const %s v = %s;", type(), ONE.load(dtype, "x", "here", 1));
    }

    /// From one element to the next one.
    private long step() {
      return op.reverse() ? -axis.inner() : axis.inner();
    }

    String type() {
      return ONE.type(accumulator());
    }

    String identity() {
      return ONE.identity(op.fn(), accumulator());
    }

    String fold(String a, String b) {
      return ONE.binary(op.fn().step(), accumulator(), a, b);
    }

    String store(String value) {
      return ONE.store(dtype, "out", "here", value);
    }
  }

  private static final class Scratch {
    private long bytes;

    Arg.Scratch take(TensorType type) {
      long from = bytes;
      bytes = Arg.align(from + type.bytes());
      return new Arg.Scratch(from, type.bytes());
    }
  }

  private void add(List<Step> steps, Scratch scratch, Stage stage) {
    AxisView axis = stage.axis();
    if (axis.extent() <= longestWhole || axis.lines() >= many) {
      steps.add(whole(stage));
      return;
    }
    long blocks = Math.ceilDiv(axis.extent(), block);
    DType sum = stage.accumulator();
    TensorType folds = TensorType.of(sum, axis.lines(), blocks);
    Arg.Scratch totals = scratch.take(folds);
    Arg.Scratch before = scratch.take(folds);
    steps.add(totals(stage, blocks, totals));
    ReduceFn fn = stage.op().fn();
    Op.Scan exclusive = new Op.Scan(fn, 1, true, false);
    AxisView lines = AxisView.of(folds.shape(), 1);
    add(steps, scratch, new Stage(exclusive, sum, lines, totals, before));
    steps.add(blocks(stage, blocks, before));
  }

  /// One work-item goes along a line.
  private Step whole(Stage stage) {
    Signature signature = stage.write(stage.signature());
    Code code = new Code();
    signature.open(code, "scan", group);
    code.line("const long line = get_global_id(0);");
    code.open("if (line < %d)", stage.axis().lines());
    stage.start(code, "0l");
    code.line("%s sum = %s;", stage.type(), stage.identity());
    code.open("for (long i = 0; i < %d; i++)", stage.axis().extent());
    stage.load(code, "i");
    code.line("const %s next = %s;", stage.type(), stage.fold("sum", "v"));
    code.line(stage.store(stage.op().exclusive() ? "sum" : "next"));
    code.line("sum = next;");
    code.close();
    return step(code, "scan", signature, stage.axis().lines(), group);
  }

  /// Folds each block.
  private Step totals(Stage stage, long blocks, Arg.Scratch totals) {
    Signature signature = stage.signature().writeScratch("totals", stage.accumulator(), totals);
    Code code = new Code();
    long items = openBlocks(code, "scan_totals", signature, stage, blocks);
    alongBlocks(code, stage, b -> code.line("sum%d = %s;", b, stage.fold("sum" + b, "v")));
    for (int b = 0; b < blocksOfItem; b++) {
      code.line(
          "if (first + %d < %d) totals[line * %d + first + %d] = sum%d;", b, blocks, blocks, b, b);
    }
    return step(code, "scan_totals", signature, items, groupOfBlocks);
  }

  /// Goes along each block, with the fold of what lies before it.
  private Step blocks(Stage stage, long blocks, Arg.Scratch before) {
    Signature signature =
        stage.write(stage.signature().readScratch("before", stage.accumulator(), before));
    Code code = new Code();
    long items = openBlocks(code, "scan_blocks", signature, stage, blocks);
    for (int b = 0; b < blocksOfItem; b++) {
      String at = "min(first + %d, (long)%d)".formatted(b, blocks - 1);
      code.line("const %s head%d = before[line * %d + %s];", stage.type(), b, blocks, at);
    }
    alongBlocks(
        code,
        stage,
        b -> {
          String mine = stage.op().exclusive() ? "sum" + b : "next";
          code.line("const %s next = %s;", stage.type(), stage.fold("sum" + b, "v"));
          code.line("const %s result = %s;", stage.type(), stage.fold("head" + b, mine));
          code.line(stage.store("result"));
          code.line("sum%d = next;", b);
        });
    return step(code, "scan_blocks", signature, items, groupOfBlocks);
  }

  /// Begins a kernel in which each work-item goes along the neighbouring blocks `first` and on.
  ///
  /// @return work-items
  private long openBlocks(Code code, String name, Signature signature, Stage stage, long blocks) {
    long shares = Math.ceilDiv(blocks, blocksOfItem);
    long items = stage.axis().lines() * shares;
    signature.open(code, name, groupOfBlocks);
    code.line("const long item = get_global_id(0);");
    code.open("if (item < %d)", items);
    code.line("const long line = item / %d;", shares);
    code.line("const long first = item %% %d * %d;", shares, blocksOfItem);
    code.line("const long rest = %d - first * %d;", stage.axis().extent(), block);
    stage.start(code, "first * %d".formatted(block));
    for (int b = 0; b < blocksOfItem; b++) {
      code.line("%s sum%d = %s;", stage.type(), b, stage.identity());
    }
    return items;
  }

  /// Goes along the blocks of a work-item at once, and asks for the end of the line only where it
  /// is near.
  ///
  /// @param body for block `b`, with its next element `v` and the fold of those before, such as
  ///   `sum3`
  private void alongBlocks(Code code, Stage stage, IntConsumer body) {
    for (boolean full : new boolean[] {true, false}) {
      if (full) {
        code.open("if (rest >= %d)", blocksOfItem * block);
      } else {
        code.next("else");
      }
      code.open("for (long i = 0; i < %d; i++)", block);
      for (int b = 0; b < blocksOfItem; b++) {
        String k = "(i + %d)".formatted(b * block);
        code.open(full ? "" : "if (%s < rest)".formatted(k));
        stage.load(code, k);
        body.accept(b);
        code.close();
      }
      code.close();
    }
    code.close();
  }

  private static Step step(Code code, String name, Signature signature, long items, long group) {
    code.close();
    code.close();
    KernelSource source = new KernelSource(name, Prelude.complete(code.toString()));
    return Step.line(source, name, signature.args(), items, group);
  }
}
