package org.tombolo.opencl.codegen;

import org.tombolo.graph.DType;
import org.tombolo.opencl.codegen.FoldKernels.Stage;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;

/// Reductions for graphics processors. Along rows, a work-group folds each result: its work-items
/// take neighbouring elements in turn, and a tree in local memory folds theirs. Across rows, and
/// for short rows, each work-item folds a result of its own next to those of its neighbours.
final class SimtFold {
  /// Elements below which a work-group is too much for one result.
  private static final long SHORT = 64;

  private static final long MOST_PARTS = 256;

  /// Work-groups, and work-items, that fill a large device.
  private static final long ENOUGH_GROUPS = 256;

  private static final long ENOUGH_ITEMS = 65_536;

  private final DeviceLimits limits;

  SimtFold(DeviceLimits limits) {
    this.limits = limits;
  }

  /// Into how many parts to cut.
  long parts(Stage stage) {
    long count = stage.count();
    long results = Math.max(1, stage.results());
    long wanted =
        byGroup(stage)
            ? results >= ENOUGH_GROUPS ? 1 : count / 4096
            : Math.min(count / 64, ENOUGH_ITEMS / results);
    if (wanted <= 1) {
      return 1;
    }
    return Math.ceilDiv(count, partCount(stage, Math.min(wanted, MOST_PARTS)));
  }

  private static long partCount(Stage stage, long parts) {
    return Math.ceilDiv(stage.count(), parts);
  }

  private static boolean byGroup(Stage stage) {
    return stage.alongRows() && stage.count() > SHORT;
  }

  private long groupSize(Stage stage) {
    long wanted = byGroup(stage) && stage.count() < 1024 ? 64 : 256;
    long fits = limits.localMemoryBytes() / 2 / stage.accumulator().bytes();
    return Long.highestOneBit(
        Math.max(1, Math.min(wanted, Math.min(fits, limits.maxWorkGroupSize()))));
  }

  Step step(Stage stage) {
    boolean byGroup = byGroup(stage);
    long group = groupSize(stage);
    long folds = stage.results() * stage.parts();
    Signature signature = stage.signature();
    String index = stage.body().index();
    Code code = new Code();
    signature.open(code, "fold", group);
    if (byGroup) {
      code.line("local %s tree[%d];", Lanes.ONE.type(stage.accumulator()), group);
      code.line("const int lane = get_local_id(0);");
      code.line("const %s item = get_group_id(0);", index);
      writeFold(code, stage, "lane", Long.toString(group));
      writeTree(code, stage, group);
    } else {
      code.line("const %s item = get_global_id(0);", index);
      code.open("if (item < %d)", folds);
      writeFold(code, stage, "0", "1");
      code.line(stage.store(Lanes.ONE, stage.resultPosition(), "sum"));
      code.close();
    }
    code.close();
    KernelSource source = new KernelSource("fold", Prelude.complete(code.toString()));
    return Step.line(source, "fold", signature.args(), byGroup ? folds * group : folds, group);
  }

  /// Folds every `step`-th element from `first` on into `sum`.
  private static void writeFold(Code code, Stage stage, String first, String step) {
    String index = stage.body().index();
    DType dtype = stage.accumulator();
    String begin = "0";
    String end = Long.toString(stage.count());
    if (stage.parts() > 1) {
      long perPart = partCount(stage, stage.parts());
      code.line("const %s part = item / %d;", index, stage.results());
      code.line("const %s rest = item %% %d;", index, stage.results());
      code.line("const %s begin = part * %d;", index, perPart);
      code.line("const %s end = min(begin + %d, (%s)%d);", index, perPart, index, stage.count());
      begin = "begin";
      end = "end";
    } else {
      code.line("const %s rest = item;", index);
    }
    Coordinates.write(code, index, "rest", stage.space(), axis -> !stage.folded(axis));
    code.line("%s sum = %s;", Lanes.ONE.type(dtype), Lanes.ONE.identity(stage.fn(), dtype));
    code.open("for (%s at = %s + %s; at < %s; at += %s)", index, begin, first, end, step);
    Coordinates.write(code, index, "at", stage.space(), stage::folded);
    stage.body().write(code, Lanes.ONE);
    code.line(stage.step(Lanes.ONE, "sum", stage.value()));
    code.close();
  }

  private static void writeTree(Code code, Stage stage, long group) {
    code.line("tree[lane] = sum;");
    code.line("barrier(CLK_LOCAL_MEM_FENCE);");
    code.open("for (int half_size = %d; half_size > 0; half_size /= 2)", group / 2);
    code.open("if (lane < half_size)");
    code.line("const %s other = tree[lane + half_size];", Lanes.ONE.type(stage.accumulator()));
    code.line(stage.step(Lanes.ONE, "sum", "other"));
    code.line("tree[lane] = sum;");
    code.close();
    code.line("barrier(CLK_LOCAL_MEM_FENCE);");
    code.close();
    code.open("if (lane == 0)");
    code.line(stage.store(Lanes.ONE, stage.resultPosition(), "sum"));
    code.close();
  }
}
