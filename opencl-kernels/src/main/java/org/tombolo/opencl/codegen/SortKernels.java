package org.tombolo.opencl.codegen;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.device.Kernel;
import org.tombolo.graph.AxisView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels that order lines. Each work-item finds the rank of one element and writes its index
/// there, so nothing is exchanged and every order is fixed.
///
/// A short line is ordered by counting: an element's rank is the number of elements before it. A
/// long line is cut into runs that are ordered so, and launches merge pairs of runs until one is
/// left. In a merge an element's rank is its place in its run plus the number of elements of the
/// other run before it, which a binary search finds (the ranking of Shiloach and Vishkin, Journal
/// of Algorithms 2, 1981). Of equals those of the left run come first, which keeps the order
/// stable.
final class SortKernels {
  /// Elements that are ordered by counting.
  static final long RUN = 256;

  private static final Lanes ONE = Lanes.ONE;

  private final long group;

  SortKernels(Dialect dialect, DeviceLimits limits) {
    this.group = dialect == Dialect.SIMD ? 16 : LoopKernels.group(dialect, limits);
  }

  Steps argSort(Op.ArgSort op, Kernel.Single single) {
    Line line = Line.of(op, single);
    if (op.count() == 0 || line.items() == 0) {
      return new Steps(List.of(), 0);
    }
    if (line.axis().extent() <= RUN) {
      Signature signature = line.signature().output("out", DType.I32, 0);
      return Steps.of(count(line, "arg_sort", signature, line::storeResult));
    }
    long bytes = line.items() * DType.I32.bytes();
    Arg.Scratch from = new Arg.Scratch(0, bytes);
    Arg.Scratch to = new Arg.Scratch(Arg.align(bytes), bytes);
    List<Step> steps = new ArrayList<>();
    Signature runs = line.signature().writeScratch("out", DType.I32, from);
    steps.add(count(line, "arg_sort_runs", runs, line::storeOrder));
    for (long width = RUN; width < line.axis().extent(); width *= 2) {
      boolean last = width * 2 >= line.axis().extent();
      Signature merge = line.signature().readScratch("order", DType.I32, from);
      if (last) {
        merge.output("out", DType.I32, 0).count("long", "width", width);
        steps.add(merge(line, "arg_sort_last", merge, line::storeResult));
      } else {
        merge.writeScratch("out", DType.I32, to).count("long", "width", width);
        steps.add(merge(line, "arg_sort_merge", merge, line::storeOrder));
      }
      Arg.Scratch read = from;
      from = to;
      to = read;
    }
    return new Steps(steps, 2 * Arg.align(bytes));
  }

  /// What is ordered.
  ///
  /// @param data what the lines are of
  /// @param input which input of the region it is
  /// @param axis along which they go
  private record Line(Op.ArgSort op, TensorType data, int input, AxisView axis) {
    static Line of(Op.ArgSort op, Kernel.Single single) {
      TensorType data = single.operand(0);
      return new Line(op, data, single.operands().get(0), AxisView.of(data.shape(), op.axis()));
    }

    long items() {
      return data.size();
    }

    Signature signature() {
      return new Signature().input("x", data.dtype(), input);
    }

    /// Declares the element at a place of the line that begins at `start`.
    void load(Code code, String name, String place) {
      String here = "start + (long)%s * %d".formatted(place, axis.inner());
      code.line("const %s %s = %s;", ONE.type(data.dtype()), name, load(here));
    }

    private String load(String here) {
      return ONE.load(data.dtype(), "x", here, 1);
    }

    /// Declares whether the elements `a` and `b` come before each other; both are 0 for equals.
    void compare(Code code) {
      code.line("const int a_less = a < b || (b != b && a == a);");
      code.line("const int b_less = b < a || (a != a && b == b);");
      code.line("const int a_first = %s;", op.descending() ? "b_less" : "a_less");
      code.line("const int b_first = %s;", op.descending() ? "a_less" : "b_less");
    }

    /// Stores an index in working memory, where each line lies together.
    void storeOrder(Code code) {
      code.line("out[line * %d + rank] = mine;", axis.extent());
    }

    /// Stores an index in the result, if it is one of those asked for.
    void storeResult(Code code) {
      code.open("if (rank < %d)", op.count());
      code.line(
          "out[(line / %d * %d + rank) * %d + line %% %d] = mine;",
          axis.inner(), op.count(), axis.inner(), axis.inner());
      code.close();
    }
  }

  /// Writes what becomes of the index `mine` with its `rank` in its `line`.
  @FunctionalInterface
  private interface Store {
    void write(Code code);
  }

  /// Orders runs by counting. Neighbouring work-items read neighbours.
  private Step count(Line line, String name, Signature signature, Store store) {
    AxisView axis = line.axis();
    boolean whole = axis.extent() <= RUN;
    Code code = new Code();
    signature.open(code, name, group);
    code.line("const long item = get_global_id(0);");
    code.open("if (item < %d)", line.items());
    code.line("const int mine = item / %d %% %d;", axis.inner(), axis.extent());
    code.line(
        "const long line = item / %d * %d + item %% %d;",
        axis.inner() * axis.extent(), axis.inner(), axis.inner());
    code.line("const long start = item - (long)mine * %d;", axis.inner());
    if (whole) {
      code.line("const int begin = 0;");
      code.line("const int end = %d;", axis.extent());
    } else {
      code.line("const int begin = mine - mine %% %d;", RUN);
      code.line("const int end = min(begin + (long)%d, (long)%d);", RUN, axis.extent());
    }
    line.load(code, "a", "mine");
    code.line("long rank = begin;");
    code.open("for (int k = begin; k < end; k++)");
    line.load(code, "b", "k");
    line.compare(code);
    code.line("rank += b_first || (!a_first && k < mine);");
    code.close();
    store.write(code);
    return step(code, name, signature, line);
  }

  /// Merges runs of `width` elements, of which the last may be short or without a partner.
  private Step merge(Line line, String name, Signature signature, Store store) {
    AxisView axis = line.axis();
    Code code = new Code();
    signature.open(code, name, group);
    code.line("const long item = get_global_id(0);");
    code.open("if (item < %d)", line.items());
    code.line("const long line = item / %d;", axis.extent());
    code.line("const long at = item %% %d;", axis.extent());
    code.line(
        "const long start = line / %d * %d + line %% %d;",
        axis.inner(), axis.extent() * axis.inner(), axis.inner());
    code.line("const int mine = order[item];");
    line.load(code, "a", "mine");
    code.line("const long run = at / width;");
    code.line("const int left = run % 2 == 0;");
    code.line(
        "const long other = min((left ? run + 1 : run - 1) * width, (long)%d);", axis.extent());
    code.line("long low = other;");
    code.line("long high = min(other + width, (long)%d);", axis.extent());
    code.open("while (low < high)");
    code.line("const long middle = low + (high - low) / 2;");
    code.line("const int theirs = order[line * %d + middle];", axis.extent());
    line.load(code, "b", "theirs");
    line.compare(code);
    code.open("if (left ? b_first : !a_first)");
    code.line("low = middle + 1;");
    code.next("else");
    code.line("high = middle;");
    code.close();
    code.close();
    code.line("const long rank = (left ? at : at - width) + (low - other);");
    store.write(code);
    return step(code, name, signature, line);
  }

  private Step step(Code code, String name, Signature signature, Line line) {
    code.close();
    code.close();
    KernelSource source = new KernelSource(name, Prelude.complete(code.toString()));
    return Step.line(source, name, signature.args(), line.items(), group);
  }
}
