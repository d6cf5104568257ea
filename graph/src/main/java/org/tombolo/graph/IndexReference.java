package org.tombolo.graph;

import java.util.Comparator;
import java.util.stream.IntStream;

/// What operations mean that pick, add, fold or order along one axis.
final class IndexReference {
  private IndexReference() {}

  static Values gather(Op.Gather op, TensorType type, Values data, Values indices) {
    IndexedAxis axis = IndexedAxis.of(op, data.type, indices.type);
    int[] places = places(axis, indices);
    return data.gathered(type, places, data.isFloat() ? Double.NaN : 0);
  }

  static Values scatterAdd(Op.ScatterAdd op, Values data, Values indices, Values updates) {
    IndexedAxis axis = IndexedAxis.of(op, data.type, indices.type);
    int[] places = places(axis, indices);
    Values out = Values.computed(data.type, i -> data.reals[i], i -> data.wholes[i]);
    for (int i = 0; i < places.length; i++) {
      int place = places[i];
      if (place >= 0 && out.isFloat()) {
        out.reals[place] += updates.reals[i];
      } else if (place >= 0) {
        out.wholes[place] = Scalars.wrap(out.type.dtype(), out.wholes[place] + updates.wholes[i]);
      }
    }
    return out;
  }

  /// For each element that is picked or added, its place in the data; -1 for an index outside.
  private static int[] places(IndexedAxis axis, Values indices) {
    int[] places = new int[(int) axis.pickedShape().size()];
    for (int i = 0; i < places.length; i++) {
      long f = i % axis.inner();
      long index = i / axis.inner() % axis.indices();
      long line = i / axis.inner() / axis.indices();
      long batch = line / axis.outer();
      long chosen = indices.wholes[(int) (batch * axis.indices() + index)];
      boolean inside = 0 <= chosen && chosen < axis.extent();
      places[i] = inside ? (int) ((line * axis.extent() + chosen) * axis.inner() + f) : -1;
    }
    return places;
  }

  static Values scan(Op.Scan op, TensorType type, Values x) {
    AxisView axis = AxisView.of(type.shape(), op.axis());
    Values out = Values.zeros(type);
    for (long line = 0; line < axis.lines(); line++) {
      double real = Scalars.nothing(op.fn());
      long whole = x.isFloat() ? 0 : Scalars.nothing(op.fn(), type.dtype());
      for (long k = 0; k < axis.extent(); k++) {
        long element = op.reverse() ? axis.extent() - 1 - k : k;
        int place = (int) (axis.start(line) + element * axis.inner());
        if (x.isFloat()) {
          double next = Scalars.binary(op.fn().step(), real, x.reals[place]);
          out.reals[place] = op.exclusive() ? real : next;
          real = next;
        } else {
          DType dtype = type.dtype();
          long next =
              Scalars.wrap(dtype, Scalars.binary(op.fn().step(), dtype, whole, x.wholes[place]));
          out.wholes[place] = op.exclusive() ? whole : next;
          whole = next;
        }
      }
    }
    return out;
  }

  static Values argReduce(Op.ArgReduce op, TensorType type, Values x) {
    AxisView axis = AxisView.of(x.type.shape(), op.axis());
    return Values.wholes(
        type,
        line -> {
          int start = (int) axis.start(line);
          int best = 0;
          for (int k = 1; k < axis.extent(); k++) {
            if (beats(op.largest(), x, start, k * (int) axis.inner(), best * (int) axis.inner())) {
              best = k;
            }
          }
          return best;
        });
  }

  private static boolean beats(boolean largest, Values x, int start, int challenger, int holder) {
    if (!x.isFloat()) {
      long a = x.wholes[start + challenger];
      long b = x.wholes[start + holder];
      return largest ? a > b : a < b;
    }
    double a = x.reals[start + challenger];
    double b = x.reals[start + holder];
    return !Double.isNaN(b) && (Double.isNaN(a) || (largest ? a > b : a < b));
  }

  static Values argSort(Op.ArgSort op, TensorType type, Values x) {
    AxisView axis = AxisView.of(x.type.shape(), op.axis());
    Values out = Values.zeros(type);
    for (long line = 0; line < axis.lines(); line++) {
      int start = (int) axis.start(line);
      int step = (int) axis.inner();
      Comparator<Integer> rising =
          (a, b) ->
              x.isFloat()
                  // Adding 0 makes 0 of -0; NaN comes last.
                  ? Double.compare(x.reals[start + a * step] + 0.0, x.reals[start + b * step] + 0.0)
                  : Long.compare(x.wholes[start + a * step], x.wholes[start + b * step]);
      int[] order =
          IntStream.range(0, (int) axis.extent())
              .boxed()
              .sorted(op.descending() ? rising.reversed() : rising)
              .mapToInt(Integer::intValue)
              .toArray();
      long first = line / step * op.count() * step + line % step;
      for (int k = 0; k < op.count(); k++) {
        out.wholes[(int) first + k * step] = order[k];
      }
    }
    return out;
  }
}
