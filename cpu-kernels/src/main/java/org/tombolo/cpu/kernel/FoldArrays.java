package org.tombolo.cpu.kernel;

import org.tombolo.cpu.math.VectorMath;
import org.tombolo.graph.DType;
import org.tombolo.graph.ReduceFn;

/// Folds rows of equal width into one row, in arrays of one thread.
///
/// The rows of one call are folded by halves: the upper half is folded into the lower one until one
/// row is left, which vectorises for any width and lets the rounding error of a sum grow with the
/// logarithm of the number of rows (Higham, *The accuracy of floating point summation*, SIAM J.
/// Sci. Comput. 14, 1993). The row that is left is folded into accumulators, doubles for floats and
/// longs for integers.
final class FoldArrays {
  /// As many elements as fit below are folded one by one.
  private static final int FEW = 64;

  private static final ThreadLocal<FoldArrays> MINE = ThreadLocal.withInitial(FoldArrays::new);

  private final float[] floats = new float[Registers.CHUNK];
  private final float[] upperFloats = new float[Registers.CHUNK];
  private final double[] doubles = new double[Registers.CHUNK];
  private final double[] upperDoubles = new double[Registers.CHUNK];
  private final int[] ints = new int[Registers.CHUNK];
  private final int[] upperInts = new int[Registers.CHUNK];
  private final long[] longs = new long[Registers.CHUNK];
  private final long[] upperLongs = new long[Registers.CHUNK];

  /// Accumulators of float types.
  final double[] reals = new double[Registers.CHUNK];

  /// Accumulators of other types.
  final long[] wholes = new long[Registers.CHUNK];

  private FoldArrays() {}

  /// Those of the calling thread.
  static FoldArrays mine() {
    return MINE.get();
  }

  /// Sets accumulators to what a fold of nothing gives.
  void clear(ReduceFn fn, DType dtype, int width) {
    if (dtype.isFloat()) {
      double nothing = nothing(fn);
      for (int i = 0; i < width; i++) {
        reals[i] = nothing;
      }
    } else {
      long nothing = nothing(fn, dtype);
      for (int i = 0; i < width; i++) {
        wholes[i] = nothing;
      }
    }
  }

  /// A fold of no floats.
  static double nothing(ReduceFn fn) {
    return switch (fn) {
      case SUM -> 0;
      case PROD -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  /// A fold of no integers or bools.
  static long nothing(ReduceFn fn, DType dtype) {
    int bits = dtype.bytes() * 8;
    boolean signed = dtype != DType.U8 && dtype != DType.BOOL;
    long largest = dtype == DType.BOOL ? 1 : -1L >>> (signed ? 65 - bits : 64 - bits);
    return switch (fn) {
      case SUM -> 0;
      case PROD -> 1;
      case MAX -> signed ? ~largest : 0;
      case MIN -> largest;
    };
  }

  /// Folds rows of an array into the accumulators.
  ///
  /// @param from first element of the first row
  /// @param rows at least 1
  /// @param width elements per row; `rows * width` elements fit a chunk
  void fold(ReduceFn fn, float[] x, int from, int rows, int width, VectorMath math) {
    if (width == 1 && rows <= FEW) {
      double fold = reals[0];
      for (int i = 0; i < rows; i++) {
        fold = step(fn, fold, x[from + i]);
      }
      reals[0] = fold;
      return;
    }
    int left = (rows + 1) / 2;
    System.arraycopy(x, from, floats, 0, left * width);
    System.arraycopy(x, from + left * width, upperFloats, 0, (rows - left) * width);
    FloatLanes.binary(fn.step(), floats, upperFloats, floats, (rows - left) * width, math);
    while (left > 1) {
      int half = (left + 1) / 2;
      System.arraycopy(floats, half * width, upperFloats, 0, (left - half) * width);
      FloatLanes.binary(fn.step(), floats, upperFloats, floats, (left - half) * width, math);
      left = half;
    }
    for (int i = 0; i < width; i++) {
      doubles[i] = floats[i];
    }
    DoubleLanes.binary(fn.step(), reals, doubles, reals, width, math);
  }

  /// Folds rows of an array into the accumulators.
  void fold(ReduceFn fn, double[] x, int from, int rows, int width, VectorMath math) {
    int left = (rows + 1) / 2;
    System.arraycopy(x, from, doubles, 0, left * width);
    System.arraycopy(x, from + left * width, upperDoubles, 0, (rows - left) * width);
    DoubleLanes.binary(fn.step(), doubles, upperDoubles, doubles, (rows - left) * width, math);
    while (left > 1) {
      int half = (left + 1) / 2;
      System.arraycopy(doubles, half * width, upperDoubles, 0, (left - half) * width);
      DoubleLanes.binary(fn.step(), doubles, upperDoubles, doubles, (left - half) * width, math);
      left = half;
    }
    DoubleLanes.binary(fn.step(), reals, doubles, reals, width, math);
  }

  /// Folds rows of an array into the accumulators.
  void fold(ReduceFn fn, DType dtype, int[] x, int from, int rows, int width) {
    int left = (rows + 1) / 2;
    System.arraycopy(x, from, ints, 0, left * width);
    System.arraycopy(x, from + left * width, upperInts, 0, (rows - left) * width);
    IntLanes.binary(fn.step(), dtype, ints, upperInts, ints, (rows - left) * width);
    while (left > 1) {
      int half = (left + 1) / 2;
      System.arraycopy(ints, half * width, upperInts, 0, (left - half) * width);
      IntLanes.binary(fn.step(), dtype, ints, upperInts, ints, (left - half) * width);
      left = half;
    }
    for (int i = 0; i < width; i++) {
      longs[i] = ints[i];
    }
    LongLanes.binary(fn.step(), wholes, longs, wholes, width);
  }

  /// Folds rows of an array into the accumulators.
  void fold(ReduceFn fn, long[] x, int from, int rows, int width) {
    int left = (rows + 1) / 2;
    System.arraycopy(x, from, longs, 0, left * width);
    System.arraycopy(x, from + left * width, upperLongs, 0, (rows - left) * width);
    LongLanes.binary(fn.step(), longs, upperLongs, longs, (rows - left) * width);
    while (left > 1) {
      int half = (left + 1) / 2;
      System.arraycopy(longs, half * width, upperLongs, 0, (left - half) * width);
      LongLanes.binary(fn.step(), longs, upperLongs, longs, (left - half) * width);
      left = half;
    }
    LongLanes.binary(fn.step(), wholes, longs, wholes, width);
  }

  static double step(ReduceFn fn, double a, double b) {
    return switch (fn) {
      case SUM -> a + b;
      case PROD -> a * b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
    };
  }

  static long step(ReduceFn fn, long a, long b) {
    return switch (fn) {
      case SUM -> a + b;
      case PROD -> a * b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
    };
  }
}
