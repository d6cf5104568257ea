package org.tombolo.opencl.contraction;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Makes padding count for nothing where the kernel of a convolution holds an infinity or a NaN.
///
/// A window that looks outside the images takes zeros from there, which is right as long as the
/// kernel is finite: 0 times infinity is NaN. So a first launch looks through the kernel, and where
/// it found something, a second one takes those sums that are NaN again over what lies inside. A
/// sum that has become NaN stays so, hence a network that has diverged costs one or two terms per
/// element here.
final class PaddingRepair {
  /// Work-items that look through the kernel: few enough that the next launch reads what each
  /// found, many enough to occupy a graphics processor.
  private static final int SIMD_ITEMS = 16;

  private static final int SIMT_ITEMS = 1024;

  private final Contraction contraction;
  private final TensorType kernel;
  private final int items;
  private final int group;

  /// @param contraction with windows
  /// @param kernel type of the right operand
  PaddingRepair(Contraction contraction, TensorType kernel, Dialect dialect) {
    this.contraction = contraction;
    this.kernel = kernel;
    this.items = dialect == Dialect.SIMD ? SIMD_ITEMS : SIMT_ITEMS;
    this.group = dialect == Dialect.SIMD ? 1 : 64;
  }

  /// Launches that compute a convolution, with these added behind.
  Steps after(Steps steps) {
    KernelSource source = new KernelSource("padding_repair", look() + repair());
    long offset = Arg.align(steps.scratchBytes());
    Arg found = new Arg.Scratch(offset, (long) items * Integer.BYTES);
    List<Step> all = new ArrayList<>(steps.steps());
    all.add(Step.line(source, "look", List.of(new Arg.Input(1), found), items, group));
    all.add(
        Step.line(
            source,
            "repair",
            List.of(new Arg.Input(0), new Arg.Input(1), found, new Arg.Output(0)),
            items,
            group));
    return new Steps(all, offset + Arg.align((long) items * Integer.BYTES));
  }

  private String look() {
    return """
    #define ITEMS %d
    #define HUGE_BITS 0x7f800000

    kernel void look(
        global const char *w_base, const long w_at, global char *found_base, const long found_at) {
      global const int *w = (global const int *)(w_base + w_at);
      global int *found = (global int *)(found_base + found_at);
      int any = 0;
      for (long i = get_global_id(0); i < %dL; i += ITEMS) {
        any |= (w[i] & 0x7fffffff) >= HUGE_BITS;
      }
      found[get_global_id(0)] = any;
    }
    """
        .formatted(items, kernel.size());
  }

  private String repair() {
    StringBuilder code = new StringBuilder();
    code.append(
        """

        kernel void repair(
            global const char *x_base, const long x_at,
            global const char *w_base, const long w_at,
            global const char *found_base, const long found_at,
            global char *out_base, const long out_at) {
          global const float *x = (global const float *)(x_base + x_at);
          global const float *w = (global const float *)(w_base + w_at);
          global const int *found = (global const int *)(found_base + found_at);
          global float *out = (global float *)(out_base + out_at);
          int any = 0;
          for (int i = 0; i < ITEMS; i++) {
            any |= found[i];
          }
          if (!any) {
            return;
          }
        """);
    code.append("  for (long e = get_global_id(0); e < %dL; e += ITEMS) {\n".formatted(size()));
    code.append("    long rest = e;\n");
    List<Contraction.Axis> axes = new ArrayList<>(contraction.batch());
    axes.addAll(contraction.rows());
    axes.addAll(contraction.cols());
    for (int i = axes.size() - 1; i >= 0; i--) {
      code.append("    const long i%d = rest %% %dL;\n".formatted(i, axes.get(i).extent()));
      code.append("    rest /= %dL;\n".formatted(axes.get(i).extent()));
    }
    code.append("    const long at = 0%s;\n".formatted(sum(axes, "i", Contraction.Axis::c)));
    code.append("    if (out[at] == out[at]) {\n      continue;\n    }\n");
    code.append("    float sum = 0;\n");
    List<Contraction.Axis> depth = contraction.depth();
    for (int i = 0; i < depth.size(); i++) {
      code.append(
          "    for (long k%d = 0; k%d < %dL && sum == sum; k%d++) {\n"
              .formatted(i, i, depth.get(i).extent(), i));
    }
    code.append(
        "    long a = %dL%s%s;\n"
            .formatted(
                contraction.aOffset(),
                sum(axes, "i", Contraction.Axis::a),
                sum(depth, "k", Contraction.Axis::a)));
    code.append(
        "    const long b = %dL%s%s;\n"
            .formatted(
                contraction.bOffset(),
                sum(axes, "i", Contraction.Axis::b),
                sum(depth, "k", Contraction.Axis::b)));
    code.append("    int inside = 1;\n");
    for (int w = 0; w < contraction.windows().size(); w++) {
      Contraction.Window window = contraction.windows().get(w);
      int number = w;
      code.append(
          "    const long c%d = %dL%s%s;\n"
              .formatted(
                  w,
                  window.offset(),
                  sum(axes, "i", axis -> axis.window() == number ? axis.step() : 0),
                  sum(depth, "k", axis -> axis.window() == number ? axis.step() : 0)));
      code.append(
          "    inside &= c%d >= 0 && c%d %% %dL == 0 && c%d / %dL < %dL;\n"
              .formatted(w, w, window.dilation(), w, window.dilation(), window.extent()));
      code.append("    a += c%d / %dL * %dL;\n".formatted(w, window.dilation(), window.stride()));
    }
    code.append("    if (inside) {\n      sum = fma(x[a], w[b], sum);\n    }\n");
    code.append("    }\n".repeat(depth.size()));
    code.append("    out[at] = sum;\n  }\n}\n");
    return code.toString();
  }

  private long size() {
    return contraction.size();
  }

  private interface Part {
    long of(Contraction.Axis axis);
  }

  private static String sum(List<Contraction.Axis> axes, String index, Part part) {
    StringBuilder sum = new StringBuilder();
    for (int i = 0; i < axes.size(); i++) {
      long factor = part.of(axes.get(i));
      if (factor != 0) {
        sum.append(" + %s%d * %dL".formatted(index, i, factor));
      }
    }
    return sum.toString();
  }
}
