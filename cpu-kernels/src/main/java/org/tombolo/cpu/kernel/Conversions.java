package org.tombolo.cpu.kernel;

import org.tombolo.graph.DType;

/// Casts from one lane and type to another, as [org.tombolo.graph.Op.Cast] wants them.
final class Conversions {
  private Conversions() {}

  /// A step that reads array `a` of one lane and writes array `y` of another.
  static Step cast(DType from, DType to, int a, int y) {
    Lane source = Lane.of(from);
    return switch (Lane.of(to)) {
      case FLOAT ->
          switch (source) {
            case FLOAT -> on -> toFloats(on.floats[a], to, on.floats[y], on.count);
            case DOUBLE -> on -> toFloats(on.doubles[a], to, on.floats[y], on.count);
            case INT -> on -> toFloats(on.ints[a], to, on.floats[y], on.count);
            case LONG -> on -> toFloats(on.longs[a], to, on.floats[y], on.count);
          };
      case DOUBLE ->
          switch (source) {
            case FLOAT -> on -> toDoubles(on.floats[a], on.doubles[y], on.count);
            case DOUBLE -> on -> System.arraycopy(on.doubles[a], 0, on.doubles[y], 0, on.count);
            case INT -> on -> toDoubles(on.ints[a], on.doubles[y], on.count);
            case LONG -> on -> toDoubles(on.longs[a], on.doubles[y], on.count);
          };
      case INT ->
          switch (source) {
            case FLOAT -> on -> toInts(on.floats[a], to, on.ints[y], on.count);
            case DOUBLE -> on -> toInts(on.doubles[a], to, on.ints[y], on.count);
            case INT -> on -> toInts(on.ints[a], to, on.ints[y], on.count);
            case LONG -> on -> toInts(on.longs[a], to, on.ints[y], on.count);
          };
      case LONG ->
          switch (source) {
            case FLOAT -> on -> toLongs(on.floats[a], on.longs[y], on.count);
            case DOUBLE -> on -> toLongs(on.doubles[a], on.longs[y], on.count);
            case INT -> on -> toLongs(on.ints[a], on.longs[y], on.count);
            case LONG -> on -> System.arraycopy(on.longs[a], 0, on.longs[y], 0, on.count);
          };
    };
  }

  private static void toFloats(float[] x, DType to, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Halves.round(to, x[i]);
    }
  }

  private static void toFloats(double[] x, DType to, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Halves.round(to, x[i]);
    }
  }

  private static void toFloats(int[] x, DType to, float[] y, int n) {
    if (to == DType.F32) {
      for (int i = 0; i < n; i++) {
        y[i] = x[i];
      }
    } else {
      for (int i = 0; i < n; i++) {
        y[i] = Halves.round(to, (double) x[i]);
      }
    }
  }

  private static void toFloats(long[] x, DType to, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Halves.round(to, x[i]);
    }
  }

  private static void toDoubles(float[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = x[i];
    }
  }

  private static void toDoubles(int[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = x[i];
    }
  }

  private static void toDoubles(long[] x, double[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = x[i];
    }
  }

  private static void toInts(float[] x, DType to, int[] y, int n) {
    if (to == DType.BOOL) {
      for (int i = 0; i < n; i++) {
        y[i] = x[i] != 0 ? 1 : 0;
      }
    } else {
      for (int i = 0; i < n; i++) {
        y[i] = (int) x[i];
      }
      saturate(to, y, n);
    }
  }

  private static void toInts(double[] x, DType to, int[] y, int n) {
    if (to == DType.BOOL) {
      for (int i = 0; i < n; i++) {
        y[i] = x[i] != 0 ? 1 : 0;
      }
    } else {
      for (int i = 0; i < n; i++) {
        y[i] = (int) x[i];
      }
      saturate(to, y, n);
    }
  }

  private static void saturate(DType to, int[] y, int n) {
    switch (to) {
      case I8 -> clamp(y, n, Byte.MIN_VALUE, Byte.MAX_VALUE);
      case U8 -> clamp(y, n, 0, 0xff);
      case I16 -> clamp(y, n, Short.MIN_VALUE, Short.MAX_VALUE);
      case I32 -> {}
      case BOOL, I64, F32, F16, BF16, F64 -> throw new IllegalArgumentException(to.toString());
    }
  }

  private static void clamp(int[] y, int n, int low, int high) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(low, Math.min(high, y[i]));
    }
  }

  private static void toInts(int[] x, DType to, int[] y, int n) {
    if (to == DType.BOOL) {
      for (int i = 0; i < n; i++) {
        y[i] = x[i] != 0 ? 1 : 0;
      }
    } else {
      System.arraycopy(x, 0, y, 0, n);
      IntLanes.wrap(to, y, n);
    }
  }

  private static void toInts(long[] x, DType to, int[] y, int n) {
    if (to == DType.BOOL) {
      for (int i = 0; i < n; i++) {
        y[i] = x[i] != 0 ? 1 : 0;
      }
    } else {
      for (int i = 0; i < n; i++) {
        y[i] = (int) x[i];
      }
      IntLanes.wrap(to, y, n);
    }
  }

  private static void toLongs(float[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (long) x[i];
    }
  }

  private static void toLongs(double[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (long) x[i];
    }
  }

  private static void toLongs(int[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = x[i];
    }
  }
}
