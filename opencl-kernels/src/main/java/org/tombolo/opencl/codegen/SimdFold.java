package org.tombolo.opencl.codegen;

import org.tombolo.opencl.codegen.FoldKernels.Stage;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;

/// Reductions for processors. Along rows, one work-item folds its elements with four vectors, which
/// hide the latency of addition; across rows, neighbouring results share vectors, so that memory is
/// read in its own order.
final class SimdFold {
  private static final int ACCUMULATORS = 4;

  /// Elements that one work-item should have at least before it pays to cut a fold into parts.
  private static final long PART = 16_384;

  private static final long MOST_PARTS = 256;

  /// With this many work-items there is no need for parts.
  private static final long ENOUGH_ITEMS = 32;

  /// Below this, work-items are so short that they share a work-group.
  private static final long SHORT = 256;

  private final int width;
  private final long largestGroup;

  SimdFold(DeviceLimits limits) {
    this.width = LoopKernels.width(limits);
    this.largestGroup = Long.highestOneBit(Math.min(64, limits.maxWorkGroupSize()));
  }

  /// Into how many parts to cut.
  long parts(Stage stage) {
    long items = items(stage);
    long perItem = stage.space().size() / Math.max(1, items);
    if (items >= ENOUGH_ITEMS || perItem < 2 * PART) {
      return 1;
    }
    long extent = stage.space().dim(cutAxis(stage));
    long wanted = Math.min(Math.min(perItem / PART, MOST_PARTS), extent);
    return Math.ceilDiv(extent, partExtent(stage, wanted));
  }

  /// The folded axis that is cut: the longest.
  private static int cutAxis(Stage stage) {
    int longest = stage.axes().get(0);
    for (int axis : stage.axes()) {
      longest = stage.space().dim(axis) > stage.space().dim(longest) ? axis : longest;
    }
    return longest;
  }

  private long partExtent(Stage stage, long parts) {
    int axis = cutAxis(stage);
    long extent = Math.ceilDiv(stage.space().dim(axis), parts);
    long unit = axis == stage.last() ? (long) ACCUMULATORS * width : 1;
    return Math.ceilDiv(extent, unit) * unit;
  }

  /// Vectors of neighbouring results that one work-item folds at once.
  private int blockVectors(Stage stage) {
    return stage.space().dim(stage.last()) >= (long) ACCUMULATORS * width ? ACCUMULATORS : 1;
  }

  private long blocks(Stage stage) {
    return Math.ceilDiv(stage.space().dim(stage.last()), (long) blockVectors(stage) * width);
  }

  /// Work-items of one part.
  private long items(Stage stage) {
    if (stage.alongRows()) {
      return stage.results();
    }
    long length = stage.space().dim(stage.last());
    return length == 0 ? 0 : stage.results() / length * blocks(stage);
  }

  Step step(Stage stage) {
    Signature signature = stage.signature();
    String index = stage.body().index();
    long items = items(stage) * stage.parts();
    long group = stage.count() / stage.parts() < SHORT ? largestGroup : 1;
    Code code = new Code();
    signature.open(code, "fold", group);
    code.line("const %s item = get_global_id(0);", index);
    code.open("if (item < %d)", items);
    if (stage.parts() > 1) {
      long perPart = items(stage);
      long extent = partExtent(stage, stage.parts());
      code.line("const %s part = item / %d;", index, perPart);
      code.line("const %s rest = item %% %d;", index, perPart);
      code.line("const %s begin = part * %d;", index, extent);
      code.line(
          "const %s end = min(begin + %d, (%s)%d);",
          index, extent, index, stage.space().dim(cutAxis(stage)));
    } else {
      code.line("const %s rest = item;", index);
    }
    if (stage.alongRows()) {
      writeRow(code, stage);
    } else {
      writeBlock(code, stage);
    }
    code.close();
    code.close();
    KernelSource source = new KernelSource("fold", Prelude.complete(code.toString()));
    return Step.line(source, "fold", signature.args(), items, group);
  }

  /// First and last index of a folded axis, as text.
  private static String begin(Stage stage, int axis) {
    return stage.parts() > 1 && axis == cutAxis(stage) ? "begin" : "0";
  }

  private static String end(Stage stage, int axis) {
    return stage.parts() > 1 && axis == cutAxis(stage)
        ? "end"
        : Long.toString(stage.space().dim(axis));
  }

  private void writeRow(Code code, Stage stage) {
    Lanes lanes = new Lanes(width);
    String index = stage.body().index();
    int last = stage.last();
    Coordinates.write(code, index, "rest", stage.space(), axis -> !stage.folded(axis));
    boolean vectors = stage.space().dim(last) >= width;
    if (vectors) {
      for (int i = 0; i < ACCUMULATORS; i++) {
        declare(code, stage, lanes, "sum" + i);
      }
    }
    declare(code, stage, Lanes.ONE, "sum");
    int opened = openLoops(code, stage, last);
    code.line("%s at = %s;", index, begin(stage, last));
    if (vectors) {
      int step = ACCUMULATORS * width;
      code.open("for (; at + %d <= %s; at += %d)", step, end(stage, last), step);
      for (int i = 0; i < ACCUMULATORS; i++) {
        writeStep(code, stage, lanes, "at + " + i * width, "sum" + i);
      }
      code.close();
      code.open("for (; at + %d <= %s; at += %d)", width, end(stage, last), width);
      writeStep(code, stage, lanes, "at", "sum0");
      code.close();
    }
    code.open("for (; at < %s; at++)", end(stage, last));
    writeStep(code, stage, Lanes.ONE, "at", "sum");
    code.close();
    for (int i = 0; i < opened; i++) {
      code.close();
    }
    if (vectors) {
      code.line(stage.step(lanes, "sum0", "sum1"));
      code.line(stage.step(lanes, "sum2", "sum3"));
      code.line(stage.step(lanes, "sum0", "sum2"));
      String whole = "sum0";
      for (int half = width / 2; half >= 1; half /= 2) {
        Lanes narrow = new Lanes(half);
        String type = narrow.type(stage.accumulator());
        code.line("%s low%d = %s.lo;", type, half, whole);
        code.line("const %s high%d = %s.hi;", type, half, whole);
        code.line(stage.step(narrow, "low" + half, "high" + half));
        whole = "low" + half;
      }
      code.line(stage.step(Lanes.ONE, "sum", whole));
    }
    code.line(stage.store(Lanes.ONE, stage.resultPosition(), "sum"));
  }

  private void writeBlock(Code code, Stage stage) {
    String index = stage.body().index();
    int last = stage.last();
    long length = stage.space().dim(last);
    int vectors = blockVectors(stage);
    long block = (long) vectors * width;
    long blocks = blocks(stage);
    code.line("const %s row = rest / %d;", index, blocks);
    code.line("const %s first = rest %% %d * %d;", index, blocks, block);
    Coordinates.write(
        code, index, "row", stage.space(), axis -> !stage.folded(axis) && axis != last);
    if (length >= block) {
      code.open("if (first + %d <= %d)", block, length);
      writeColumns(code, stage, new Lanes(width), vectors, "first");
      code.next("else");
    }
    code.line("%s at = first;", index);
    if (length >= width && vectors > 1) {
      code.open("for (; at + %d <= %d; at += %d)", width, length, width);
      writeColumns(code, stage, new Lanes(width), 1, "at");
      code.close();
    }
    code.open("for (; at < %d; at++)", length);
    writeColumns(code, stage, Lanes.ONE, 1, "at");
    code.close();
    if (length >= block) {
      code.close();
    }
  }

  /// Folds neighbouring results from `at` on.
  private static void writeColumns(Code code, Stage stage, Lanes lanes, int vectors, String at) {
    for (int i = 0; i < vectors; i++) {
      declare(code, stage, lanes, "sum" + i);
    }
    int opened = openLoops(code, stage, -1);
    for (int i = 0; i < vectors; i++) {
      writeStep(code, stage, lanes, at + " + " + i * lanes.width(), "sum" + i);
    }
    for (int i = 0; i < opened; i++) {
      code.close();
    }
    for (int i = 0; i < vectors; i++) {
      code.open("");
      code.line(
          "const %s c%d = %s + %d;", stage.body().index(), stage.last(), at, i * lanes.width());
      code.line(stage.store(lanes, stage.resultPosition(), "sum" + i));
      code.close();
    }
  }

  private static void declare(Code code, Stage stage, Lanes lanes, String name) {
    code.line(
        "%s %s = %s;",
        lanes.type(stage.accumulator()), name, lanes.identity(stage.fn(), stage.accumulator()));
  }

  /// Opens a loop for each folded axis but one.
  private static int openLoops(Code code, Stage stage, int except) {
    int opened = 0;
    for (int axis : stage.axes()) {
      if (axis != except) {
        code.open(
            "for (%s c%d = %s; c%d < %s; c%d++)",
            stage.body().index(), axis, begin(stage, axis), axis, end(stage, axis), axis);
        opened++;
      }
    }
    return opened;
  }

  private static void writeStep(Code code, Stage stage, Lanes lanes, String at, String sum) {
    code.open("");
    code.line("const %s c%d = %s;", stage.body().index(), stage.last(), at);
    stage.body().write(code, lanes);
    code.line(stage.step(lanes, sum, stage.value()));
    code.close();
  }
}
