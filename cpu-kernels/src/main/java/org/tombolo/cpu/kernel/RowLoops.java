package org.tombolo.cpu.kernel;

import static jdk.incubator.vector.VectorOperators.GT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.tombolo.cpu.math.VectorFunctions;

/// Passes over a row of floats in memory, on the Vector API. Positions are in bytes.
///
/// A sum is kept in the lanes of vectors over a block of elements, and in a double over the blocks,
/// always in the same order.
final class RowLoops {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = F.length();
  private static final int STEP = F.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// Elements that are summed in single precision: up to 1024 additions in each lane.
  private static final int BLOCK = 4096;

  private RowLoops() {}

  /// The largest element; NaN are passed over.
  static float max(MemorySegment x, long at, int n, float[] lanes) {
    FloatVector a = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    FloatVector b = a;
    long end = at + 4L * (n - n % (2 * LANES));
    long p = at;
    for (; p < end; p += 2L * STEP) {
      FloatVector u = FloatVector.fromMemorySegment(F, x, p, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(F, x, p + STEP, ORDER);
      a = a.blend(u, u.compare(GT, a));
      b = b.blend(v, v.compare(GT, b));
    }
    a = a.blend(b, b.compare(GT, a));
    for (int i = n - n % (2 * LANES); i < n; i += LANES) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector u = FloatVector.fromMemorySegment(F, x, at + 4L * i, ORDER, inside);
      a = a.blend(u, u.compare(GT, a, inside));
    }
    a.intoArray(lanes, 0);
    float largest = lanes[0];
    for (int i = 1; i < LANES; i++) {
      largest = Math.max(largest, lanes[i]);
    }
    return largest;
  }

  /// `y = exp(x - by)`; gives its sum.
  static double exp(
      MemorySegment x, long at, float by, MemorySegment y, long to, int n, float[] lanes) {
    double sum = 0;
    for (int i = 0; i < n; i += BLOCK) {
      int count = Math.min(BLOCK, n - i);
      sum += expBlock(x, at + 4L * i, by, y, to + 4L * i, count, lanes);
    }
    return sum;
  }

  private static double expBlock(
      MemorySegment x, long at, float by, MemorySegment y, long to, int n, float[] lanes) {
    FloatVector sum = FloatVector.zero(F);
    long whole = 4L * (n - n % LANES);
    for (long p = 0; p < whole; p += STEP) {
      FloatVector e =
          VectorFunctions.expOfNegative(FloatVector.fromMemorySegment(F, x, at + p, ORDER).sub(by));
      e.intoMemorySegment(y, to + p, ORDER);
      sum = sum.add(e);
    }
    sum.intoArray(lanes, 0);
    double total = total(lanes);
    return whole == 4L * n
        ? total
        : total + expRest(x, at + whole, by, y, to + whole, n % LANES, lanes);
  }

  private static double expRest(
      MemorySegment x, long at, float by, MemorySegment y, long to, int n, float[] lanes) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector e =
        VectorFunctions.expOfNegative(
            FloatVector.fromMemorySegment(F, x, at, ORDER, inside).sub(by));
    e.intoMemorySegment(y, to, ORDER, inside);
    FloatVector.zero(F).blend(e, inside).intoArray(lanes, 0);
    return total(lanes);
  }

  /// The sum of `exp(x - by)`.
  static double sumOfExp(MemorySegment x, long at, float by, int n, float[] lanes) {
    double sum = 0;
    for (int i = 0; i < n; i += BLOCK) {
      sum += sumOfExpBlock(x, at + 4L * i, by, Math.min(BLOCK, n - i), lanes);
    }
    return sum;
  }

  private static double sumOfExpBlock(MemorySegment x, long at, float by, int n, float[] lanes) {
    FloatVector sum = FloatVector.zero(F);
    long whole = 4L * (n - n % LANES);
    for (long p = 0; p < whole; p += STEP) {
      FloatVector u = FloatVector.fromMemorySegment(F, x, at + p, ORDER).sub(by);
      sum = sum.add(VectorFunctions.expOfNegative(u));
    }
    sum.intoArray(lanes, 0);
    double total = total(lanes);
    return whole == 4L * n ? total : total + sumOfExpRest(x, at + whole, by, n % LANES, lanes);
  }

  private static double sumOfExpRest(MemorySegment x, long at, float by, int n, float[] lanes) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector u = FloatVector.fromMemorySegment(F, x, at, ORDER, inside).sub(by);
    FloatVector.zero(F).blend(VectorFunctions.expOfNegative(u), inside).intoArray(lanes, 0);
    return total(lanes);
  }

  /// `y = x * factor`.
  static void scale(MemorySegment x, long at, float factor, MemorySegment y, long to, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromMemorySegment(F, x, at + 4L * i, ORDER)
          .mul(factor)
          .intoMemorySegment(y, to + 4L * i, ORDER);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector.fromMemorySegment(F, x, at + 4L * i, ORDER, inside)
          .mul(factor)
          .intoMemorySegment(y, to + 4L * i, ORDER, inside);
    }
  }

  /// `y = (x - first) - second`.
  static void subtract(
      MemorySegment x, long at, float first, float second, MemorySegment y, long to, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromMemorySegment(F, x, at + 4L * i, ORDER)
          .sub(first)
          .sub(second)
          .intoMemorySegment(y, to + 4L * i, ORDER);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector.fromMemorySegment(F, x, at + 4L * i, ORDER, inside)
          .sub(first)
          .sub(second)
          .intoMemorySegment(y, to + 4L * i, ORDER, inside);
    }
  }

  /// The sum of the elements.
  static double sum(MemorySegment x, long at, int n, float[] lanes) {
    double sum = 0;
    for (int i = 0; i < n; i += BLOCK) {
      sum += sumBlock(x, at + 4L * i, Math.min(BLOCK, n - i), lanes);
    }
    return sum;
  }

  private static double sumBlock(MemorySegment x, long at, int n, float[] lanes) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int i = 0;
    for (; i <= n - 4 * LANES; i += 4 * LANES) {
      long p = at + 4L * i;
      a = a.add(FloatVector.fromMemorySegment(F, x, p, ORDER));
      b = b.add(FloatVector.fromMemorySegment(F, x, p + STEP, ORDER));
      c = c.add(FloatVector.fromMemorySegment(F, x, p + 2L * STEP, ORDER));
      d = d.add(FloatVector.fromMemorySegment(F, x, p + 3L * STEP, ORDER));
    }
    for (; i < n; i += LANES) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      a = a.add(FloatVector.fromMemorySegment(F, x, at + 4L * i, ORDER, inside));
    }
    a.add(b).add(c.add(d)).intoArray(lanes, 0);
    return total(lanes);
  }

  /// The sum of the squares of `x - from`.
  static double squares(MemorySegment x, long at, float from, int n, float[] lanes) {
    double sum = 0;
    for (int i = 0; i < n; i += BLOCK) {
      sum += squaresBlock(x, at + 4L * i, from, Math.min(BLOCK, n - i), lanes);
    }
    return sum;
  }

  private static double squaresBlock(MemorySegment x, long at, float from, int n, float[] lanes) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int i = 0;
    for (; i <= n - 4 * LANES; i += 4 * LANES) {
      long p = at + 4L * i;
      FloatVector s = FloatVector.fromMemorySegment(F, x, p, ORDER).sub(from);
      FloatVector t = FloatVector.fromMemorySegment(F, x, p + STEP, ORDER).sub(from);
      FloatVector u = FloatVector.fromMemorySegment(F, x, p + 2L * STEP, ORDER).sub(from);
      FloatVector v = FloatVector.fromMemorySegment(F, x, p + 3L * STEP, ORDER).sub(from);
      a = s.fma(s, a);
      b = t.fma(t, b);
      c = u.fma(u, c);
      d = v.fma(v, d);
    }
    for (; i < n; i += LANES) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector s = FloatVector.fromMemorySegment(F, x, at + 4L * i, ORDER, inside).sub(from);
      a = a.blend(s.fma(s, a), inside);
    }
    a.add(b).add(c.add(d)).intoArray(lanes, 0);
    return total(lanes);
  }

  /// `y = (x - from) * by * scale + shift`, with one scale and shift for each element of a row.
  static void normalise(
      MemorySegment x,
      long at,
      float from,
      float by,
      MemorySegment scale,
      MemorySegment shift,
      MemorySegment y,
      long to,
      int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      long p = 4L * i;
      FloatVector.fromMemorySegment(F, x, at + p, ORDER)
          .sub(from)
          .mul(by)
          .mul(FloatVector.fromMemorySegment(F, scale, p, ORDER))
          .add(FloatVector.fromMemorySegment(F, shift, p, ORDER))
          .intoMemorySegment(y, to + p, ORDER);
    }
    if (i < n) {
      long p = 4L * i;
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector.fromMemorySegment(F, x, at + p, ORDER, inside)
          .sub(from)
          .mul(by)
          .mul(FloatVector.fromMemorySegment(F, scale, p, ORDER, inside))
          .add(FloatVector.fromMemorySegment(F, shift, p, ORDER, inside))
          .intoMemorySegment(y, to + p, ORDER, inside);
    }
  }

  /// `y = x * by * scale`, with one scale for each element of a row.
  static void normalise(
      MemorySegment x, long at, float by, MemorySegment scale, MemorySegment y, long to, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      long p = 4L * i;
      FloatVector.fromMemorySegment(F, x, at + p, ORDER)
          .mul(by)
          .mul(FloatVector.fromMemorySegment(F, scale, p, ORDER))
          .intoMemorySegment(y, to + p, ORDER);
    }
    if (i < n) {
      long p = 4L * i;
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector.fromMemorySegment(F, x, at + p, ORDER, inside)
          .mul(by)
          .mul(FloatVector.fromMemorySegment(F, scale, p, ORDER, inside))
          .intoMemorySegment(y, to + p, ORDER, inside);
    }
  }

  private static double total(float[] lanes) {
    double total = 0;
    for (int i = 0; i < LANES; i++) {
      total += lanes[i];
    }
    return total;
  }
}
