package org.tombolo.opencl.contraction;

import java.util.Locale;

/// The program of [SimtContraction].
///
/// @param plan whose kernels
record SimtText(SimtContraction plan) {

  /// All kernels of the program, without the numbers and constants that precede them.
  String kernels() {
    return element("a") + element("b") + multiply() + (plan.sumsRanges() ? sumRanges() : "");
  }

  private Addressing batch() {
    return new Addressing("z", plan.contraction().batch());
  }

  private Addressing rows() {
    return new Addressing("m", plan.contraction().rows());
  }

  private Addressing cols() {
    return new Addressing("n", plan.contraction().cols());
  }

  private Addressing depth() {
    return new Addressing("k", plan.contraction().depth());
  }

  private int windows(String operand) {
    return operand.equals("a") ? plan.contraction().windows().size() : 0;
  }

  /// The function that reads an element, given where its row or column begins.
  private String element(String operand) {
    StringBuilder parameters = new StringBuilder();
    StringBuilder gather = new StringBuilder();
    for (int w = 0; w < windows(operand); w++) {
      parameters.append(", const int line_w%d".formatted(w));
      boolean dilated = plan.contraction().windows().get(w).dilation() != 1;
      gather.append(
          """
            const int at_w%1$d = line_w%1$d + %2$s;
            if (at_w%1$d < 0 || at_w%1$d >= (int)(w%1$d_extent * w%1$d_dilation)%3$s) return 0.0f;
            at += (at_t)(%4$s) * w%1$d_a;
          """
              .formatted(
                  w,
                  depth().position(w),
                  dilated ? " || at_w%1$d %% (int)w%1$d_dilation != 0".formatted(w) : "",
                  dilated ? "at_w%1$d / (int)w%1$d_dilation".formatted(w) : "at_w%d".formatted(w)));
    }
    return """
    /* Element k of the row or column of %1$s that begins at line; 0 outside the image. */
    float %1$s_at(global const float *%1$s, const at_t line%2$s, const int k SIZES) {
    %3$s  at_t at = line + %4$s;
    %5$s  return %1$s[at];
    }
    """
        .formatted(
            operand, parameters, depth().split("k").indent(2), depth().offset(operand), gather);
  }

  /// Declares what each work-item must know about the rows or columns that it fetches from.
  private String lines(String operand, boolean alongDepth) {
    Addressing free = operand.equals("a") ? rows() : cols();
    String tile = operand.equals("a") ? "TILE_ROWS" : "TILE_COLS";
    StringBuilder text = new StringBuilder();
    text.append(
        """
        #define %1$s_LOADS (%2$s * SLICE / ITEMS)
        #define %1$s_LINES %3$s
        #define %1$s_LINE(i) %4$s
        #define %1$s_FREE(i) %5$s
        #define %1$s_DEPTH(i) %6$s
          at_t %7$s_line[%1$s_LINES];
          int %7$s_index[%1$s_LINES];
        """
            .formatted(
                operand.toUpperCase(Locale.ROOT),
                tile,
                alongDepth
                    ? "(%s * SLICE / ITEMS)".formatted(tile)
                    : "((%1$s + ITEMS - 1) / ITEMS)".formatted(tile),
                alongDepth
                    ? "(i)"
                    : "((i) %% %s_LINES)".formatted(operand.toUpperCase(Locale.ROOT)),
                alongDepth
                    ? "((item + (i) * ITEMS) / SLICE)"
                    : "((item + (i) * ITEMS) % " + tile + ")",
                alongDepth
                    ? "((item + (i) * ITEMS) % SLICE)"
                    : "((item + (i) * ITEMS) / " + tile + ")",
                operand));
    for (int w = 0; w < windows(operand); w++) {
      text.append("  int a_w%d[%s_LINES];\n".formatted(w, operand.toUpperCase(Locale.ROOT)));
    }
    text.append(
        """
          #pragma unroll
          for (int i = 0; i < %1$s_LINES; i++) {
            const int index = %2$s0 + %1$s_FREE(i);
        %3$s    %4$s_index[i] = index;
            %4$s_line[i] = %4$s_offset + %5$s;
        """
            .formatted(
                operand.toUpperCase(Locale.ROOT),
                free.group(),
                free.split("index").indent(4),
                operand,
                free.offset(operand)));
    for (int w = 0; w < windows(operand); w++) {
      text.append("    a_w%1$d[i] = %2$s + (int)w%1$d_offset;\n".formatted(w, free.position(w)));
    }
    return text.append("  }\n").toString();
  }

  /// Loads this work-item's share of the slice that begins at depth `from` into registers.
  private String fetch(String operand, String from) {
    StringBuilder windows = new StringBuilder();
    for (int w = 0; w < windows(operand); w++) {
      windows.append("a_w%d[A_LINE(i)], ".formatted(w));
    }
    return """
    #pragma unroll
    for (int i = 0; i < %1$s_LOADS; i++) {
      const int k_here = %5$s + %1$s_DEPTH(i);
      next_%2$s[i] = %2$s_index[%1$s_LINE(i)] < (int)%3$s_all && k_here < end
          ? %2$s_at(%2$s, %2$s_line[%1$s_LINE(i)], %4$sk_here PASS) : 0.0f;
    }
    """
        .formatted(
            operand.toUpperCase(Locale.ROOT),
            operand,
            operand.equals("a") ? "m" : "n",
            windows,
            from);
  }

  private String multiply() {
    boolean partial = plan.sumsRanges();
    boolean vectors = partial || plan.contraction().columnsAreContiguous();
    String rowAt = partial ? "(long)m * n_all" : rows().offset("c");
    String colAt = partial ? "n" : cols().offset("c");
    return """
    /* multiply: c = a * b
     *   a       as [z][m][k]; gathered, zeros outside the image
     *   b       as [z][k][n]
     *   c       %1$s
     *   global  { ceil(m_all / TILE_ROWS) * ceil(n_all / TILE_COLS) * z_all * ranges * ITEMS }
     *   local   { ITEMS }; local memory (TILE_ROWS + TILE_COLS + 8) * SLICE floats
     * Reads a once per column of tiles and b once per row of tiles. Any m_all, n_all, k_all: work-
     * items outside load zeros and store nothing but reach every barrier. Each sum runs in k order
     * by fused multiply-adds, so it does not depend on the tile. */
    kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
    void multiply(global const char *a_base, const long a_start, global const char *b_base,
                  const long b_start, global char *c_base, const long c_start,
                  const int ranges SIZES) {
      local float4 tile_a[SLICE][TILE_ROWS / 4 + 1], tile_b[SLICE][TILE_COLS / 4 + 1];
      const int item = get_local_id(0), x = item %% ACROSS, y = item / ACROSS;
      const int tiles_across = ((int)n_all + TILE_COLS - 1) / TILE_COLS;
      const int tiles_down = ((int)m_all + TILE_ROWS - 1) / TILE_ROWS;
      long group = get_group_id(0);
      const int n0 = (int)(group %% tiles_across) * TILE_COLS;
      group /= tiles_across;
      const int m0 = (int)(group %% tiles_down) * TILE_ROWS;
      group /= tiles_down;
      const int range_number = (int)(group %% ranges);
      const int z = (int)(group / ranges);
      const int start = range_number * (int)range;
      const int end = min(start + (int)range, (int)k_all);
    %2$s  global const float *a = (global const float *)(a_base + a_start) + %3$s;
      global const float *b = (global const float *)(b_base + b_start) + %4$s;
      global float *c = (global float *)(c_base + c_start) + %5$s;
    %6$s%7$s
      float next_a[A_LOADS], next_b[B_LOADS];
      float4 sum[ITEM_ROWS][ITEM_COLS / 4];
      #pragma unroll
      for (int i = 0; i < ITEM_ROWS; i++) {
        #pragma unroll
        for (int j = 0; j < ITEM_COLS / 4; j++) sum[i][j] = 0.0f;
      }
    %8$s
      for (int k = start; k < end; k += SLICE) {
        #pragma unroll
        for (int i = 0; i < A_LOADS; i++) {
          ((local float *)tile_a[A_DEPTH(i)])[A_FREE(i)] = next_a[i];
        }
        #pragma unroll
        for (int i = 0; i < B_LOADS; i++) {
          ((local float *)tile_b[B_DEPTH(i)])[B_FREE(i)] = next_b[i];
        }
        barrier(CLK_LOCAL_MEM_FENCE); /* slices are full */
    %9$s
        #pragma unroll 4
        for (int s = 0; s < SLICE; s++) {
          float4 right[ITEM_COLS / 4];
          #pragma unroll
          for (int j = 0; j < ITEM_COLS / 4; j++) right[j] = tile_b[s][x + ACROSS * j];
          #pragma unroll
          for (int i = 0; i < ITEM_ROWS / 4; i++) {
            const float4 left = tile_a[s][y + DOWN * i];
            #pragma unroll
            for (int j = 0; j < ITEM_COLS / 4; j++) {
              sum[4 * i][j] = fma((float4)(left.x), right[j], sum[4 * i][j]);
              sum[4 * i + 1][j] = fma((float4)(left.y), right[j], sum[4 * i + 1][j]);
              sum[4 * i + 2][j] = fma((float4)(left.z), right[j], sum[4 * i + 2][j]);
              sum[4 * i + 3][j] = fma((float4)(left.w), right[j], sum[4 * i + 3][j]);
            }
          }
        }
        barrier(CLK_LOCAL_MEM_FENCE); /* slices may be overwritten */
      }
      #pragma unroll
      for (int i = 0; i < ITEM_ROWS; i++) {
        const int m = m0 + (i / 4 * DOWN + y) * 4 + i %% 4;
        if (m < (int)m_all) {
    %10$s      const long row_at = %11$s;
          #pragma unroll
          for (int j = 0; j < ITEM_COLS / 4; j++) {
            const int first = n0 + (j * ACROSS + x) * 4;
            if (%12$s) {
              vstore4(sum[i][j], 0, c + row_at + first);
            } else {
              const float some[4] = {sum[i][j].x, sum[i][j].y, sum[i][j].z, sum[i][j].w};
              #pragma unroll
              for (int t = 0; t < 4; t++) {
                const int n = first + t;
                if (n < (int)n_all) {
    %13$s              c[row_at + %14$s] = some[t];
                }
              }
            }
          }
        }
      }
    }
    """
        .formatted(
            partial ? "[range][z][m][n], sums of each range" : "as [z][m][n]",
            batch().split("z").indent(2),
            batch().offset("a"),
            batch().offset("b"),
            partial ? "((long)range_number * z_all + z) * m_all * n_all" : batch().offset("c"),
            lines("a", plan.contraction().aRunsAlongDepth()),
            lines("b", plan.contraction().bRunsAlongDepth()),
            (fetch("a", "start") + fetch("b", "start")).indent(2).stripTrailing(),
            (fetch("a", "k + SLICE") + fetch("b", "k + SLICE")).indent(4).stripTrailing(),
            partial ? "" : rows().split("m").indent(6),
            rowAt,
            vectors ? "first + 4 <= (int)n_all" : "false",
            partial ? "" : cols().split("n").indent(14),
            colAt);
  }

  private String sumRanges() {
    return """
    /* sum_ranges: c = sum of the ranges' results, in order
     *   partial  [range][z][m][n]
     *   c        as [z][m][n]
     *   global   z_all * m_all * n_all, rounded up to whole groups: an element each */
    kernel void sum_ranges(global const char *p_base, const long p_at, global char *c_base,
                           const long c_at, const int ranges SIZES) {
      const long all = (long)z_all * m_all * n_all;
      const long element = get_global_id(0);
      if (element >= all) return;
      global const float *partial = (global const float *)(p_base + p_at) + element;
      float sum = partial[0];
      for (int i = 1; i < ranges; i++) sum += partial[i * all];
      const int n = (int)(element %% n_all);
      const int m = (int)(element / n_all %% m_all);
      const int z = (int)(element / n_all / m_all);
    %1$s%2$s%3$s  ((global float *)(c_base + c_at))[%4$s + %5$s + %6$s] = sum;
    }
    """
        .formatted(
            batch().split("z").indent(2),
            rows().split("m").indent(2),
            cols().split("n").indent(2),
            batch().offset("c"),
            rows().offset("c"),
            cols().offset("c"));
  }
}
