package org.tombolo.peers;

import java.util.Arrays;
import java.util.Random;

/// The numbers of a workload, made from names, so that every engine has the same ones.
final class Numbers {
  private Numbers() {}

  /// How the values of an array are spread: `mean + scale * u`, u uniform in `[-1, 1)`.
  record Spread(float mean, float scale) {
    static final Spread UNIT = new Spread(0, 1);
    static final Spread SMALL = new Spread(0, 0.1f);
    static final Spread NEAR_ONE = new Spread(1, 0.1f);
    static final Spread ZERO = new Spread(0, 0);
    static final Spread ONE = new Spread(1, 0);

    /// For weights that sum this many products, followed by a rectifier (He et al., *Delving deep
    /// into rectifiers*, ICCV 2015).
    static Spread weights(long terms) {
      return new Spread(0, (float) Math.sqrt(6.0 / terms));
    }
  }

  static int size(long... shape) {
    return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
  }

  /// Values in row-major order.
  static float[] of(String name, Spread spread, long... shape) {
    Random random = new Random(name.hashCode());
    float[] values = new float[size(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = spread.mean() + spread.scale() * (2 * random.nextFloat() - 1);
    }
    return values;
  }

  /// A class for each row.
  static int[] classes(String name, int rows, int classes) {
    return new Random(name.hashCode()).ints(rows, 0, classes).toArray();
  }

  /// The same as rows that are 1 at the class and 0 elsewhere.
  static float[] oneHot(String name, int rows, int classes) {
    int[] which = classes(name, rows, classes);
    float[] values = new float[rows * classes];
    for (int row = 0; row < rows; row++) {
      values[row * classes + which[row]] = 1;
    }
    return values;
  }

  /// Values of an array with its axes in another order: axis `i` of the result is axis `order[i]`.
  static float[] permuted(float[] values, long[] shape, int... order) {
    int rank = shape.length;
    long[] steps = new long[rank];
    long step = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      steps[axis] = step;
      step *= shape[axis];
    }
    float[] result = new float[values.length];
    long[] at = new long[rank];
    int from = 0;
    for (int i = 0; i < result.length; i++) {
      result[i] = values[from];
      for (int axis = rank - 1; axis >= 0; axis--) {
        int source = order[axis];
        from += (int) steps[source];
        if (++at[axis] < shape[source]) {
          break;
        }
        from -= (int) (steps[source] * shape[source]);
        at[axis] = 0;
      }
    }
    return result;
  }

  /// One number that tells results apart by value and by order: the sum of the elements, each times
  /// a random number in `[-1, 1)`, over the root of their count.
  static double digest(float[] values) {
    Random random = new Random("digest".hashCode());
    double sum = 0;
    for (float value : values) {
      sum += value * (2 * random.nextFloat() - 1);
    }
    return sum / Math.sqrt(values.length);
  }
}
