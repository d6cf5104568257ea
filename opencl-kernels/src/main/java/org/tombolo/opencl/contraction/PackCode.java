package org.tombolo.opencl.contraction;

import java.util.List;
import org.tombolo.opencl.contraction.Contraction.Axis;
import org.tombolo.opencl.contraction.Contraction.Window;

/// Writes the function that copies a block of an operand to where the multiplying loop wants it,
/// for processors.
///
/// A block is seen as lines of runs. The run goes along that group of axes (rows or columns, or
/// depth) in which the operand is contiguous, so that a run is copied by vectors; the line goes
/// along the other one. Where a window's axis lies directly outside the contiguous axis, with
/// neighbouring positions next to each other in memory, both form one longer run whose ends are cut
/// off at the border of the image: of a 5x5 window over 16 features, 5 runs of 80 elements are
/// copied.
///
/// @param contraction whose operand
/// @param operand `a` or `b`
/// @param alongDepth whether runs go along depth
/// @param lanes width of the vectors that copy
record PackCode(Contraction contraction, String operand, boolean alongDepth, int lanes) {

  /// The function `name(from, to, line0, lines, run0, runs)`.
  ///
  /// @param name of the function
  /// @param place address space of the target
  /// @param capacity upper bound of `lines`
  /// @param lineStep elements of the target from one line to the next
  /// @param runStep elements of the target from one element of a run to the next
  String function(String name, String place, String capacity, String lineStep, String runStep) {
    return """
    /* Copies a block of %1$s: lines are %2$s, elements of a line are %3$s. Element (l, r) goes to
     * to[l * %4$s + r * %5$s]; what lies outside the image becomes 0. At most %6$s lines. */
    void %7$s(global const float *from, %8$s float *to, const int line0, const int lines,
              const int run0, const int runs SIZES) {
      at_t line_at[%6$s];
    %9$s
      for (int line = 0; line < lines; line++) {
    %10$s
      }
      for (int done = 0; done < runs;) {
    %11$s
        done += count;
      }
    }
    """
        .formatted(
            operand,
            alongDepth ? free() : "k",
            alongDepth ? "k" : free(),
            lineStep,
            runStep,
            capacity,
            name,
            place,
            states(capacity),
            lineState().indent(4).stripTrailing(),
            stretch(place, lineStep, runStep).indent(4).stripTrailing());
  }

  private String free() {
    return operand.equals("a") ? "m" : "n";
  }

  private List<Axis> freeAxes() {
    return operand.equals("a") ? contraction.rows() : contraction.cols();
  }

  private Addressing lines() {
    return alongDepth ? new Addressing(free(), freeAxes()) : depth();
  }

  private Addressing runs() {
    return alongDepth ? depth() : new Addressing(free(), freeAxes());
  }

  private Addressing depth() {
    return new Addressing("k", contraction.depth());
  }

  private List<Window> windows() {
    return operand.equals("a") ? contraction.windows() : List.of();
  }

  private String states(String capacity) {
    StringBuilder text = new StringBuilder();
    for (int w = 0; w < windows().size(); w++) {
      text.append("  int line_w%d[%s];\n".formatted(w, capacity));
    }
    return text.toString().stripTrailing();
  }

  private String lineState() {
    StringBuilder text = new StringBuilder(lines().split("line0 + line"));
    text.append("line_at[line] = %s_offset + %s;\n".formatted(operand, lines().offset(operand)));
    for (int w = 0; w < windows().size(); w++) {
      text.append(
          "line_w%1$d[line] = %2$s + (int)w%1$d_offset;\n".formatted(w, lines().position(w)));
    }
    return text.toString();
  }

  /// What one run consists of.
  ///
  /// @param axes how many of the innermost axes
  /// @param window the window that cuts it off, or -1
  /// @param length its elements, as an expression
  /// @param unit its elements per position of that window, as an expression
  /// @param elements its elements
  private record Run(int axes, int window, String length, String unit, long elements) {}

  private Run run() {
    List<Axis> axes = runs().axes();
    Run single = new Run(0, -1, "1", "1", 1);
    if (axes.isEmpty()) {
      return single;
    }
    int last = axes.size() - 1;
    Axis inner = axes.get(last);
    String size = "(int)%s%d_size".formatted(runs().group(), last);
    if (isWindowed(inner)) {
      return cuts(inner) ? new Run(1, inner.window(), size, "1", inner.extent()) : single;
    }
    if (last > 0 && cuts(axes.get(last - 1)) && inner.a() == 1) {
      Axis outer = axes.get(last - 1);
      if (windows().get(outer.window()).stride() == inner.extent()) {
        String places = "(int)%s%d_size".formatted(runs().group(), last - 1);
        long elements = outer.extent() * inner.extent();
        return new Run(2, outer.window(), places + " * " + size, size, elements);
      }
    }
    return new Run(1, -1, size, "1", inner.extent());
  }

  /// How many elements next to each other in memory a run has.
  long contiguousElements() {
    Run run = run();
    return elementStep(run).equals("1") ? run.elements() : 1;
  }

  /// Whether an axis moves a window so that its neighbouring indices look at neighbouring elements.
  private boolean cuts(Axis axis) {
    return isWindowed(axis) && axis.step() == 1 && windows().get(axis.window()).dilation() == 1;
  }

  /// Whether an axis reaches this operand through a window: windows are of `a` alone.
  private boolean isWindowed(Axis axis) {
    return axis.window() >= 0 && operand.equals("a");
  }

  private String stretch(String place, String lineStep, String runStep) {
    Run run = run();
    List<Axis> axes = runs().axes();
    Addressing outer = new Addressing(runs().group(), axes.subList(0, axes.size() - run.axes()));
    StringBuilder text = new StringBuilder();
    text.append(
        """
        const int length = %s;
        const int first = (run0 + done) %% length;
        const int count = min(length - first, runs - done);
        """
            .formatted(run.length()));
    text.append(outer.split("(run0 + done) / length"));
    text.append("const at_t run_at = %s;\n".formatted(outer.offset(operand)));
    for (int w = 0; w < windows().size(); w++) {
      text.append("const int run_w%d = %s;\n".formatted(w, outer.position(w)));
    }
    text.append("for (int line = 0; line < lines; line++) {\n");
    text.append(
        "  %s float *target = to + line * %s + done * %s;\n".formatted(place, lineStep, runStep));
    text.append("  at_t at = line_at[line] + run_at;\n");
    text.append("  int low = 0, high = count;\n");
    if (!windows().isEmpty()) {
      text.append("  bool seen = true;\n");
    }
    for (int w = 0; w < windows().size(); w++) {
      text.append("  {\n    const int at_w = line_w%1$d[line] + run_w%1$d;\n".formatted(w));
      text.append(w == run.window() ? cut(w, run.unit()) : inside(w));
      text.append("  }\n");
    }
    String step = elementStep(run);
    if (!windows().isEmpty()) {
      text.append("  if (!seen) low = high = 0;\n");
      text.append("  for (int r = 0; r < low; r++) target[r * %s] = 0.0f;\n".formatted(runStep));
    }
    text.append("  global const float *source = from + at + (at_t)first * %s;\n".formatted(step));
    text.append("  int r = low;\n");
    if (step.equals("1") && runStep.equals("1")) {
      text.append(
          "  for (; r + %1$d <= high; r += %1$d) vstore%1$d(vload%1$d(0, source + r), 0, target + r);\n"
              .formatted(lanes));
    }
    text.append(
        "  for (; r < high; r++) target[r * %s] = source[(at_t)r * %s];\n"
            .formatted(runStep, step));
    if (!windows().isEmpty()) {
      text.append("  for (r = high; r < count; r++) target[r * %s] = 0.0f;\n".formatted(runStep));
    }
    return text.append("}\n").toString();
  }

  /// Elements of the operand from one element of a run to the next.
  private String elementStep(Run run) {
    List<Axis> axes = runs().axes();
    if (run.axes() == 0) {
      return "1";
    }
    int last = axes.size() - 1;
    if (run.axes() == 1 && run.window() >= 0) {
      long stride = windows().get(run.window()).stride();
      return stride == 1 ? "1" : "w%d_a".formatted(run.window());
    }
    Axis inner = axes.get(last);
    long stride = operand.equals("a") ? inner.a() : inner.b();
    return stride == 1 ? "1" : "%s%d_%s".formatted(runs().group(), last, operand);
  }

  /// The run goes along this window: only a part of it is inside.
  private static String cut(int w, String unit) {
    return """
        at += (at_t)at_w * w%1$d_a;
        low = clamp(-at_w * %2$s - first, 0, count);
        high = clamp(((int)w%1$d_extent - at_w) * %2$s - first, low, count);
    """
        .formatted(w, unit);
  }

  /// The whole run has one coordinate in this window: all or nothing is inside.
  private String inside(int w) {
    boolean dilated = windows().get(w).dilation() != 1;
    return """
        seen = seen && at_w >= 0 && at_w < (int)(w%1$d_extent * w%1$d_dilation)%2$s;
        at += (at_t)(%3$s) * w%1$d_a;
    """
        .formatted(
            w,
            dilated ? " && at_w %% (int)w%d_dilation == 0".formatted(w) : "",
            dilated ? "at_w / (int)w%d_dilation".formatted(w) : "at_w");
  }
}
