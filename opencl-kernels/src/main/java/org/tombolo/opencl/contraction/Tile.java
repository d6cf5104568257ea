package org.tombolo.opencl.contraction;

/// The part of the result that a work-item of the processors' dialect keeps in registers.
///
/// @param lanes width of a vector
/// @param vectors vectors side by side, so that a tile has `lanes * vectors` columns
/// @param rows rows of the tile
record Tile(int lanes, int vectors, int rows) {

  /// The best tile for a result of this size.
  ///
  /// With 16 lanes (AVX-512, 32 registers) 12 rows of 2 vectors, with fewer (16 registers) 6 rows
  /// of 2: the accumulators, one row of `b` and one broadcast element of `a` then just fit. One
  /// vector and more rows when two would leave more than a fifth of the lanes idle, and a narrower
  /// vector when half of one would be.
  ///
  /// @param m rows of the result
  /// @param n columns of the result
  /// @param floatLanes lanes of the device's vectors
  static Tile of(long m, long n, int floatLanes) {
    boolean manyRegisters = floatLanes >= 16;
    int lanes = manyRegisters ? 16 : floatLanes >= 8 ? 8 : 4;
    while (lanes > 4 && n <= lanes / 2) {
      lanes /= 2;
    }
    long single = Math.ceilDiv(n, lanes) * lanes;
    long pairs = Math.ceilDiv(n, 2 * lanes) * 2 * lanes;
    int vectors = single * 5 < pairs * 4 ? 1 : 2;
    int most = manyRegisters ? 12 : vectors == 2 ? 6 : 10;
    int rows = m <= 4 ? 4 : most;
    return new Tile(lanes, vectors, rows);
  }

  /// Columns of the tile.
  int columns() {
    return lanes * vectors;
  }

  /// Macros that make up the multiplying loop: `ZERO` declares the accumulators, `MULTIPLY` adds
  /// the products of one `k`; `LOAD` reads a whole tile of the result and `STORE` writes it, `FILL`
  /// and `SPILL` do so with a tile in private memory.
  String macros() {
    StringBuilder zero = new StringBuilder("#define ZERO");
    StringBuilder multiply = new StringBuilder("#define MULTIPLY");
    StringBuilder load = new StringBuilder("#define LOAD");
    StringBuilder store = new StringBuilder("#define STORE");
    StringBuilder fill = new StringBuilder("#define FILL");
    StringBuilder spill = new StringBuilder("#define SPILL");
    for (int x = 0; x < vectors; x++) {
      multiply.append(" const VEC b%1$d = VLOAD(%1$d, b);".formatted(x));
    }
    for (int y = 0; y < rows; y++) {
      multiply.append(" { const VEC v = (VEC)(a[%d * LINE]);".formatted(y));
      load.append(" { global const float *from = c + n + ROW_AT(m + %d);".formatted(y));
      store.append(" { global float *to = c + n + ROW_AT(m + %d);".formatted(y));
      for (int x = 0; x < vectors; x++) {
        String sum = "s%d_%d".formatted(y, x);
        zero.append(" VEC ").append(sum).append(" = 0.0f;");
        multiply.append(" %1$s = fma(v, b%2$d, %1$s);".formatted(sum, x));
        load.append(" %s = VLOAD(%d, from);".formatted(sum, x));
        store.append(" VSTORE(%s, %d, to);".formatted(sum, x));
        fill.append(" %s = VLOAD(%d, tile);".formatted(sum, y * vectors + x));
        spill.append(" VSTORE(%s, %d, tile);".formatted(sum, y * vectors + x));
      }
      multiply.append(" }");
      load.append(" }");
      store.append(" }");
    }
    return """
    #define VEC float%1$d
    #define VLOAD vload%1$d
    #define VSTORE vstore%1$d
    #define LANES %1$d
    #define TILE_ROWS %2$d
    #define TILE_COLS %3$d
    """
            .formatted(lanes, rows, columns())
        + String.join("\n", zero, multiply, load, store, fill, spill)
        + "\n";
  }
}
