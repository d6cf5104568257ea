package org.tombolo.opencl.contraction;

/// The program of [SimdContraction].
///
/// @param plan whose kernels
record SimdText(SimdContraction plan) {

  /// All kernels of the program, without the numbers and constants that precede them.
  String kernels() {
    return packPanels() + multiply() + (plan.sumsRanges() ? sumRanges() : "");
  }

  private Addressing batch() {
    return new Addressing("z", plan.contraction().batch());
  }

  private String packPanels() {
    boolean alongDepth = plan.bAlongDepth();
    return new PackCode(plan.contraction(), "b", alongDepth, plan.tile().lanes())
            .function(
                "pack_b",
                "global",
                alongDepth ? "TILE_COLS" : "DEPTH_BLOCK",
                alongDepth ? "1" : "TILE_COLS",
                alongDepth ? "TILE_COLS" : "1")
        + """
        /* pack_panels: b, as [z][k][n], to packed panels [z][panel][k][TILE_COLS]
         *   global  { panels, ceil(depth / DEPTH_BLOCK), zs }, groups of one
         * Packs a slab: from z0, panel0 and k = range0 * range on. Columns from n_all on become 0.
         * Reads and writes each element once. */
        kernel __attribute__((reqd_work_group_size(1, 1, 1)))
        void pack_panels(global const char *b_base, const long b_at, global char *p_base,
                         const long p_at, const int z0, const int panel0, const int range0,
                         const int depth SIZES) {
          const long panel = get_group_id(0);
          const int k0 = get_group_id(1) * DEPTH_BLOCK;
          const int lines = min(DEPTH_BLOCK, depth - k0);
          const int z = z0 + (int)get_group_id(2);
          const int k = range0 * (int)range + k0;
          const int n = (panel0 + (int)panel) * TILE_COLS;
          const int cols = min(TILE_COLS, (int)n_all - n);
          global float *to = (global float *)(p_base + p_at)
              + (((long)get_group_id(2) * get_num_groups(0) + panel) * depth + k0) * TILE_COLS;
          if (cols < TILE_COLS) {
            for (int i = 0; i < lines * TILE_COLS; i++) to[i] = 0.0f;
          }
        %s  global const float *from = (global const float *)(b_base + b_at) + %s;
          pack_b(from, to, %s PASS);
        }
        """
            .formatted(
                batch().split("z").indent(2),
                batch().offset("b"),
                alongDepth ? "n, cols, k, lines" : "k, lines, n, cols");
  }

  private String multiply() {
    Addressing rows = new Addressing("m", plan.contraction().rows());
    Addressing cols = new Addressing("n", plan.contraction().cols());
    boolean partial = plan.sumsRanges();
    boolean wholeTiles = partial || plan.contraction().columnsAreContiguous();
    String colAt = partial ? "n" : cols.offset("c");
    // Where the result has one element, m is 0; Mesa 22.3 does not survive loops that store to one.
    String oneElement = colAt.equals("0") && rows.axes().isEmpty() ? "m" : rows.offset("c");
    String rowAt = partial ? "(long)m * partial_line" : oneElement;
    String zAt =
        partial ? "((long)(range0 + range_number) * z_all + z) * m_all * partial_line" : "z_at";
    return new PackCode(plan.contraction(), "a", plan.aAlongDepth(), plan.tile().lanes())
            .function(
                "pack_a",
                "local",
                plan.aAlongDepth() ? "BLOCK_ROWS" : "DEPTH_BLOCK",
                plan.aAlongDepth() ? "LINE" : "NEXT",
                "1")
        + """
        /* Position of row m of the result, and of column n within a row. */
        long row_at(const int m SIZES) {
        %1$s  return %2$s;
        }
        long col_at(const int n SIZES) {
        %3$s  return %4$s;
        }
        #define ROW_AT(m) row_at(m PASS)

        /* Sums a tile over depth k in order, from zero or, after the first block of depth, on from
         * what is in c: c has TILE_ROWS rows from m on and TILE_COLS columns from n on, of which rows
         * and cols exist. */
        void multiply_tile(local const float *a, global const float *b, const int depth,
                           global float *c, const int m, const int rows, const int n, const int cols,
                           const bool first SIZES) {
          const bool whole = %5$s;
          float tile[TILE_ROWS * TILE_COLS];
          ZERO
          if (!first && whole) {
            LOAD
          } else if (!first) {
            for (int y = 0; y < rows; y++) {
              global const float *from = c + ROW_AT(m + y);
              for (int x = 0; x < cols; x++) tile[y * TILE_COLS + x] = from[col_at(n + x PASS)];
            }
            FILL
          }
          _Pragma("unroll 4")
          for (int k = 0; k < depth; k++) {
            MULTIPLY
            a += NEXT;
            b += TILE_COLS;
          }
          if (whole) {
            STORE
          } else {
            SPILL
            for (int y = 0; y < rows; y++) {
              global float *to = c + ROW_AT(m + y);
              for (int x = 0; x < cols; x++) to[col_at(n + x PASS)] = tile[y * TILE_COLS + x];
            }
          }
        }

        /* multiply: c = a * b for panels of b
         *   a       as [z][m][k]; gathered, zeros outside the image
         *   packed  a slab [z][panel][k][TILE_COLS] from z0, panel0 and k = range0 * range on
         *   c       %6$s
         *   global  { ceil(panels / panels_each), ceil(m_all / rows_each), zs * ranges }, groups of one
         *   local memory BLOCK_ROWS * (DEPTH_BLOCK + 16) floats: a block of a
         * Any m_all, n_all, k_all: without depth it stores zeros. Each sum of a range is one chain of
         * fused multiply-adds in k order, stored between blocks of DEPTH_BLOCK. Reads packed b
         * once per rows_each rows and a once per panels_each panels. */
        kernel __attribute__((reqd_work_group_size(1, 1, 1)))
        void multiply(global const char *a_base, const long a_at, global const char *p_base,
                      const long p_at, global char *c_base, const long c_at, const int rows_each,
                      const int panels_each, const int z0, const int panel0, const int panels,
                      const int range0, const int ranges, const int depth SIZES) {
          local float block[BLOCK_ROWS * (DEPTH_BLOCK + 16)];
          const int slab_z = get_group_id(2) / ranges, z = z0 + slab_z;
          const int range_number = get_group_id(2) %% ranges;
          const int m = get_group_id(1) * rows_each;
          const int rows = min(rows_each, (int)m_all - m);
          const int tiled_rows = (rows + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
          const int panel = get_group_id(0) * panels_each;
          const int last_panel = min(panel + panels_each, panels);
          const int start = range_number * (int)range;
          const int end = min(start + (int)range, depth);
        %7$s  const long z_at = %9$s;
          global const float *a = (global const float *)(a_base + a_at) + %8$s;
          global const float *packed = (global const float *)(p_base + p_at);
          global float *c = (global float *)(c_base + c_at) + %10$s;
          for (int k = start; k == start || k < end; k += DEPTH_BLOCK) {
            const int lines = max(0, min(DEPTH_BLOCK, end - k));
            const int k_all_of_a = range0 * (int)range + k;
            pack_a(a, block, %11$s PASS);
            for (int y = rows; y < tiled_rows; y++) {
              for (int x = 0; x < lines; x++) block[y * LINE + x * NEXT] = 0.0f;
            }
            for (int p = panel; p < last_panel; p++) {
              global const float *b = packed + (((long)slab_z * panels + p) * depth + k) * TILE_COLS;
              const int n = (panel0 + p) * TILE_COLS;
              for (int y = 0; y < rows; y += TILE_ROWS) {
                multiply_tile(block + y * LINE, b, lines, c, m + y, min(TILE_ROWS, rows - y), n,
                              min(TILE_COLS, (int)%12$s - n), k == start PASS);
              }
            }
          }
        }
        """
            .formatted(
                partial ? "" : rows.split("m").indent(2),
                rowAt,
                partial ? "" : cols.split("n").indent(2),
                colAt,
                wholeTiles ? "rows == TILE_ROWS && cols == TILE_COLS" : "false",
                partial ? "[range][z][m][partial_line], sums of each range" : "as [z][m][n]",
                batch().split("z").indent(2),
                batch().offset("a"),
                partial ? "0" : batch().offset("c"),
                zAt,
                plan.aAlongDepth() ? "m, rows, k_all_of_a, lines" : "k_all_of_a, lines, m, rows",
                partial ? "partial_line" : "n_all");
  }

  private String sumRanges() {
    Addressing rows = new Addressing("m", plan.contraction().rows());
    Addressing cols = new Addressing("n", plan.contraction().cols());
    boolean vectors = plan.contraction().columnsAreContiguous();
    return """
    /* sum_ranges: c = sum of the ranges' results, in order
     *   partial  [range][z][m][partial_line], partial_line a multiple of LANES
     *   c        as [z][m][n]
     *   global   { z_all * m_all }, groups of one: a row each */
    kernel __attribute__((reqd_work_group_size(1, 1, 1)))
    void sum_ranges(global const char *p_base, const long p_at, global char *c_base,
                    const long c_at, const int ranges SIZES) {
      const long row = get_group_id(0);
      const int z = row / (int)m_all;
      const int m = row %% (int)m_all;
      global const float *partial = (global const float *)(p_base + p_at) + row * partial_line;
      const long next = (long)z_all * m_all * partial_line;
    %1$s%2$s  global float *c = (global float *)(c_base + c_at) + %3$s + %4$s;
      for (int first = 0; first < (int)n_all; first += LANES) {
        VEC sum = VLOAD(0, partial + first);
        for (int i = 1; i < ranges; i++) sum += VLOAD(0, partial + i * next + first);
        if (%5$s) {
          VSTORE(sum, 0, c + first);
        } else {
          float some[LANES];
          VSTORE(sum, 0, some);
          for (int x = 0; x < LANES && first + x < (int)n_all; x++) {
            const int n = first + x;
    %6$s        c[%7$s] = some[x];
          }
        }
      }
    }
    """
        .formatted(
            batch().split("z").indent(2),
            rows.split("m").indent(2),
            batch().offset("c"),
            rows.offset("c"),
            vectors ? "first + LANES <= (int)n_all" : "false",
            cols.split("n").indent(8),
            cols.offset("c"));
  }
}
