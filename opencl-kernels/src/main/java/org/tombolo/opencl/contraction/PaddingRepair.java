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
/// kernel is finite: 0 times infinity is NaN. So sums that are NaN are taken again over what lies
/// inside. A result larger than the kernel is only looked through where a launch before found that
/// the kernel is not finite. A sum that has become NaN stays so, hence a network that has diverged
/// costs one or two terms per element here.
final class PaddingRepair {
  /// Work-items that look through the kernel: few enough that the next launch reads what each
  /// found, many enough to occupy a graphics processor.
  private static final int SIMD_ITEMS = 16;

  private static final int SIMT_ITEMS = 1024;

  private static final String FOUND =
      """
      global const int *found = (global const int *)(found_base + found_at);
      int any = 0;
      for (int i = 0; i < ITEMS; i++) {
        any |= found[i];
      }
      if (!any) {
        return;
      }
      """;

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
    boolean looks = kernel.size() <= contraction.size();
    Sizes numbers = new Sizes(contraction, false).with("w_all", kernel.size());
    KernelSource source =
        new KernelSource(
            "padding_repair",
            numbers.header()
                + "#define ITEMS %d\n".formatted(items)
                + (looks ? look() : "")
                + repair(looks));
    List<Step> all = new ArrayList<>(steps.steps());
    Arg image = new Arg.Input(0);
    Arg filter = new Arg.Input(1);
    Arg result = new Arg.Output(0);
    if (!looks) {
      all.add(step(source, "repair", numbers, image, filter, result));
      return new Steps(all, steps.scratchBytes());
    }
    long offset = Arg.align(steps.scratchBytes());
    long bytes = (long) items * Integer.BYTES;
    Arg found = new Arg.Scratch(offset, bytes);
    all.add(step(source, "look", numbers, filter, found));
    all.add(step(source, "repair", numbers, image, filter, result, found));
    return new Steps(all, offset + Arg.align(bytes));
  }

  private Step step(KernelSource source, String name, Sizes numbers, Arg... memory) {
    List<Arg> args = new ArrayList<>(List.of(memory));
    args.addAll(numbers.args());
    return Step.line(source, name, args, items, group);
  }

  private String look() {
    return """
    kernel void look(
        global const char *w_base, const long w_at,
        global char *found_base, const long found_at SIZES) {
      global const int *w = (global const int *)(w_base + w_at);
      global int *found = (global int *)(found_base + found_at);
      int any = 0;
      for (at_t i = get_global_id(0); i < w_all; i += ITEMS) {
        any |= (w[i] & 0x7fffffff) >= 0x7f800000;
      }
      found[get_global_id(0)] = any;
    }
    """;
  }

  private String repair(boolean looks) {
    Addressing z = new Addressing("z", contraction.batch());
    Addressing m = new Addressing("m", contraction.rows());
    Addressing n = new Addressing("n", contraction.cols());
    Addressing k = new Addressing("k", contraction.depth());
    StringBuilder window = new StringBuilder();
    for (int i = 0; i < contraction.windows().size(); i++) {
      window.append(
          """
          const int place%1$d = (int)w%1$d_offset + %2$s + %3$s;
          inside &= place%1$d >= 0 && place%1$d %% (int)w%1$d_dilation == 0
              && place%1$d / (int)w%1$d_dilation < w%1$d_extent;
          a += place%1$d / (int)w%1$d_dilation * w%1$d_a;
          """
              .formatted(i, m.position(i), k.position(i)));
    }
    return """

    kernel void repair(
        global const char *x_base, const long x_at, global const char *w_base, const long w_at,
        global char *out_base, const long out_at%15$s SIZES) {
      global const float *x = (global const float *)(x_base + x_at);
      global const float *w = (global const float *)(w_base + w_at);
      global float *out = (global float *)(out_base + out_at);
    %16$s
      for (at_t e = get_global_id(0); e < z_all * m_all * n_all; e += ITEMS) {
    %1$s%2$s%3$s
        const at_t c = %4$s + %5$s + %6$s;
        if (out[c] == out[c]) {
          continue;
        }
        float sum = 0;
        for (int k = 0; k < k_all && sum == sum; k++) {
    %7$s
          at_t a = a_offset + %8$s + %9$s + %10$s;
          const at_t b = b_offset + %11$s + %12$s + %13$s;
          int inside = 1;
    %14$s
          if (inside) {
            sum = fma(x[a], w[b], sum);
          }
        }
        out[c] = sum;
      }
    }
    """
        .formatted(
            z.split("(int)(e / n_all / m_all)").indent(4),
            m.split("(int)(e / n_all % m_all)").indent(4),
            n.split("(int)(e % n_all)").indent(4),
            z.offset("c"),
            m.offset("c"),
            n.offset("c"),
            k.split("k").indent(6),
            z.offset("a"),
            m.offset("a"),
            k.offset("a"),
            z.offset("b"),
            n.offset("b"),
            k.offset("b"),
            window.toString().indent(6),
            looks ? ", global const char *found_base, const long found_at" : "",
            looks ? FOUND.indent(2) : "");
  }
}
