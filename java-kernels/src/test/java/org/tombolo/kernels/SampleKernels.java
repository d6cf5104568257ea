package org.tombolo.kernels;

import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.TensorType;

/// Kernels that between them use all that there is.
final class SampleKernels {
  private SampleKernels() {}

  /// A kernel whose results have the type of its first operand.
  abstract static class Same extends Kernel {
    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0));
    }
  }

  /// Floats in, floats out, one function of each.
  abstract static class Map1 extends Same {
    final Floats.Reader x = new Floats.Reader();
    final Floats.Writer y = new Floats.Writer();

    abstract float of(float v);

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      y.set(i, of(x.get(i)));
    }
  }

  /// Two integers in, one out.
  abstract static class Ints2 extends Same {
    final Ints.Reader a = new Ints.Reader();
    final Ints.Reader b = new Ints.Reader();
    final Ints.Writer c = new Ints.Writer();

    abstract int of(int p, int q);

    @Override
    protected void run(Item item) {
      int i = item.globalId();
      c.set(i, of(a.get(i), b.get(i)));
    }
  }

  static final class Relu extends Map1 {
    @Override
    float of(float v) {
      return v > 0 ? v : 0;
    }
  }

  static final class NegatedCompare extends Map1 {
    @Override
    float of(float v) {
      float r = 0;
      if (!(v > 0)) {
        r += 1;
      }
      if (!(v < 1)) {
        r += 2;
      }
      if (!(v >= -1)) {
        r += 4;
      }
      if (!(v <= 2)) {
        r += 8;
      }
      if (Float.isNaN(v) || v == 0) {
        r += 16;
      }
      return r;
    }
  }

  static final class NestedTernary extends Map1 {
    @Override
    float of(float v) {
      return v > 1 ? (v > 2 ? 2f : 1f + v) : ((v < -1 && v > -2) || v == 0 ? -1f : v * 3);
    }
  }

  static final class Loops extends Map1 {
    @Override
    float of(float v) {
      float s = 0;
      outer:
      for (int k = 0; k < 10; k++) {
        if (k == 2) {
          continue;
        }
        int j = k;
        do {
          s += v * j;
          if (s > 20) {
            break outer;
          }
          j += 3;
        } while (j < 12);
        while (true) {
          j--;
          if (j <= 7) {
            break;
          }
          s -= 0.5f;
        }
      }
      return s;
    }
  }

  static final class Casts extends Map1 {
    @Override
    float of(float v) {
      int i = (int) (v * 1e9f);
      long l = (long) (v * 1e18f);
      byte b = (byte) i;
      short s = (short) i;
      char c = (char) i;
      return i * 0.5f + (float) l * 1e-9f + b + s + c + (float) (double) v;
    }
  }

  static final class Maths extends Map1 {
    @Override
    float of(float v) {
      float w = Math.abs(v) + 0.1f;
      return (float) Math.sqrt(w)
          + (float) Math.exp(-w)
          + Math.max(v, 0.5f)
          + Math.min(v, -0.0f)
          + (float) Math.floor(v)
          + (float) Math.pow(w, 1.5)
          + Math.fma(v, 2f, 1f)
          + Math.round(v)
          + Math.signum(v)
          + (float) Math.tanh(v);
    }
  }

  static final class Remainder extends Map1 {
    @Override
    float of(float v) {
      return v % 0.75f;
    }
  }

  static final class Constants extends Map1 {
    static final float K = 2.5f;

    @Override
    float of(float v) {
      return v > 0 ? Float.POSITIVE_INFINITY : v == 0 ? Float.MIN_VALUE : v * K + Float.MAX_VALUE;
    }
  }

  static final class WholeNumbers extends Ints2 {
    @Override
    int of(int p, int q) {
      int r = p + q * 31 - (p << q) + (p >> q) + (p >>> (q & 15));
      r ^= (p & q) | ~p;
      r += p / (q | 1) + p % (q | 1) + p / 7 - q % 13;
      r += Math.floorMod(p, 10) + Math.floorDiv(q, 3) + Math.abs(p) + Math.max(p, q);
      r += Integer.bitCount(p) + Integer.numberOfLeadingZeros(q) + Integer.rotateLeft(p, q);
      return -r;
    }
  }

  static final class Division extends Ints2 {
    @Override
    int of(int p, int q) {
      return p / q + p % q;
    }
  }

  static final class Choices extends Ints2 {
    @Override
    @SuppressWarnings("fallthrough")
    int of(int p, int q) {
      int r;
      switch (p & 7) {
        case 0:
          r = 5;
          break;
        case 1:
        case 2:
          r = q;
        // Falls through.
        case 5:
          r = p + 1;
          break;
        default:
          r = -1;
      }
      return r
          + switch (q & 0xff) {
            case 3 -> 100;
            case 200 -> 300;
            default -> q > 0 ? 7 : 8;
          };
    }
  }

  /// Where the order of evaluation shows.
  static final class Order extends Ints2 {
    int twice(int at, int value) {
      c.set(at, c.get(at) + value);
      return c.get(at);
    }

    @Override
    int of(int p, int q) {
      return p;
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      int k = a.get(i) & 0xff;
      int r = k++ + k * 2 - --k;
      int m = k;
      r += m + (m = b.get(i) & 15) * (m += 3);
      c.set(i, r);
      r = c.get(i) + twice(i, 5) * 3 - c.get(i) + twice(i, 7);
      int n;
      while ((n = r & 3) != 3 && r > 0) {
        r -= n + 1;
      }
      c.set(i, r + n);
    }
  }

  static final class Wide extends Kernel {
    private final Longs.Reader a = new Longs.Reader();
    private final Longs.ReadWriter b = new Longs.ReadWriter();
    private final Doubles.Writer d = new Doubles.Writer();
    private final long add;
    private final double scale;

    Wide(long add, double scale) {
      this.add = add;
      this.scale = scale;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(1), operands.get(0).withDType(DType.F64));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      long p = a.get(i);
      long q = b.get(i);
      b.set(i, p * 3 + q / (p | 1) - (q >>> 7) + (p << 3) + add + Math.max(p, q) % 1000003L);
      d.set(i, p * scale + (p > q ? 0.1 : -1e300) + Math.sqrt(Math.abs((double) q)));
    }
  }

  static final class Narrow extends Kernel {
    private final Bytes.Reader a = new Bytes.Reader();
    private final Shorts.Reader s = new Shorts.Reader();
    private final Bools.Reader t = new Bools.Reader();
    private final Bytes.Writer b = new Bytes.Writer();
    private final Shorts.ReadWriter r = new Shorts.ReadWriter();
    private final Bools.Writer u = new Bools.Writer();
    private final boolean flip;
    private final byte more;

    Narrow(boolean flip, byte more) {
      this.flip = flip;
      this.more = more;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0), operands.get(3), operands.get(2));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      b.set(i, (byte) (a.get(i) * 3 + more + (a.getUnsigned(i) > 200 ? 1 : 0)));
      r.set(i, (short) (r.get(i) + s.get(i)));
      boolean v = t.get(i);
      u.set(i, v != flip && (a.get(i) > 0 || !v));
    }
  }

  /// Sums of the elements that a group reads, by halving.
  static final class GroupSum extends Kernel {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer sums = new Floats.Writer();
    private final Floats.Local part;
    private final int groups;

    GroupSum(int group, int groups) {
      this.part = new Floats.Local(group);
      this.groups = groups;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(TensorType.f32(groups));
    }

    @Override
    protected void run(Item item) {
      int l = item.localId(0);
      int i = item.globalId(0);
      part.set(l, i < x.length() ? x.get(i) : 0);
      item.barrier();
      for (int s = item.localRange(0) / 2; s > 0; s /= 2) {
        if (l < s) {
          part.set(l, part.get(l) + part.get(l + s));
        }
        item.barrier();
      }
      if (l == 0) {
        sums.set(item.groupId(0), part.get(0));
      }
    }
  }

  /// Counts values; neighbours share counters.
  static final class Histogram extends Kernel {
    private final Ints.Reader x = new Ints.Reader();
    private final Ints.Writer counts = new Ints.Writer();
    private final int bins;

    Histogram(int bins) {
      this.bins = bins;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(TensorType.of(DType.I32, bins + 3));
    }

    @Override
    protected void run(Item item) {
      int v = x.get(item.globalId(0));
      counts.atomicAdd(Math.floorMod(v, bins), 1);
      counts.atomicMax(bins, v);
      counts.atomicMin(bins + 1, v);
      if (counts.atomicCompareExchange(bins + 2, 0, 1) == 0) {
        counts.atomicAdd(bins + 2, 41);
      }
    }
  }

  /// Counts in local memory first.
  static final class LocalHistogram extends Kernel {
    private final Ints.Reader x = new Ints.Reader();
    private final Ints.ReadWriter counts = new Ints.ReadWriter();
    private final Ints.Local mine = new Ints.Local(16);

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(1));
    }

    @Override
    protected void run(Item item) {
      int l = item.localId();
      for (int k = l; k < mine.length(); k += item.localRange(0)) {
        mine.set(k, 0);
      }
      item.barrier();
      mine.atomicAdd(x.get(item.globalId()) & 15, 1);
      item.barrier();
      for (int k = l; k < mine.length(); k += item.localRange(0)) {
        counts.atomicAdd(k, mine.get(k));
      }
    }
  }

  /// Writes what an item knows of itself.
  static final class Ids extends Kernel {
    private final Ints.Writer out = new Ints.Writer();
    private final int items;

    Ids(int items) {
      this.items = items;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(TensorType.of(DType.I32, items, 22));
    }

    private int put(Item item, int at, int d) {
      out.set(at, item.globalId(d));
      out.set(at + 1, item.localId(d));
      out.set(at + 2, item.groupId(d));
      out.set(at + 3, item.globalRange(d));
      out.set(at + 4, item.localRange(d));
      out.set(at + 5, item.groupRange(d));
      return at + 6;
    }

    @Override
    protected void run(Item item) {
      int at = item.globalId() * 22;
      for (int d = 0; d < item.rank(); d++) {
        at = put(item, at, d);
      }
      out.set(at, item.globalId());
      out.set(at + 1, item.localId());
      out.set(at + 2, item.groupId());
      out.set(at + 3, item.rank());
    }
  }

  /// Sorts nine neighbours in memory of its own and takes the middle one.
  static final class Median extends Same {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();
    private final Floats.Private window = new Floats.Private(9);
    private final int height;
    private final int width;

    Median(int height, int width) {
      this.height = height;
      this.width = width;
    }

    @Override
    protected void run(Item item) {
      int row = item.globalId(0);
      int column = item.globalId(1);
      int n = 0;
      for (int dy = -1; dy <= 1; dy++) {
        for (int dx = -1; dx <= 1; dx++) {
          int r = Math.min(height - 1, Math.max(0, row + dy));
          int c = Math.min(width - 1, Math.max(0, column + dx));
          float v = x.get(r * width + c);
          int at = n++;
          while (at > 0 && window.get(at - 1) > v) {
            window.set(at, window.get(at - 1));
            at--;
          }
          window.set(at, v);
        }
      }
      y.set(row * width + column, window.get(4));
    }
  }

  /// Leaves elements alone that it does not reach.
  static final class EveryOther extends Same {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      if (i % 2 == 1) {
        return;
      }
      y.set(i, x.get(i));
    }
  }
}
