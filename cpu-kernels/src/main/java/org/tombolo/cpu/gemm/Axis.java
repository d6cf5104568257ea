package org.tombolo.cpu.gemm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/// One index of a [Contraction]: how far a step along it moves in each tensor.
///
/// @param extent number of values of the index, at least 0
/// @param a elements per step in the left operand; 0 if the index does not occur there
/// @param b elements per step in the right operand; 0 if the index does not occur there
/// @param out elements per step in the result; 0 if the index is summed over
record Axis(long extent, long a, long b, long out) {

  /// The number of values that several indices take together.
  static long size(List<Axis> axes) {
    long size = 1;
    for (Axis axis : axes) {
      size = Math.multiplyExact(size, axis.extent);
    }
    return size;
  }

  /// The same positions in the same order with as few axes as possible: an axis of extent 1 is
  /// dropped, and one that continues its inner neighbour in every tensor is joined with it.
  static List<Axis> merged(List<Axis> axes) {
    List<Axis> merged = new ArrayList<>();
    for (Axis axis : axes.reversed()) {
      if (axis.extent == 1) {
        continue;
      }
      Axis inner = merged.isEmpty() ? null : merged.getLast();
      if (inner != null && axis.continues(inner)) {
        merged.set(
            merged.size() - 1, new Axis(axis.extent * inner.extent, inner.a, inner.b, inner.out));
      } else {
        merged.add(axis);
      }
    }
    return merged.reversed();
  }

  private boolean continues(Axis inner) {
    return a == inner.extent * inner.a
        && b == inner.extent * inner.b
        && out == inner.extent * inner.out;
  }

  /// Offsets, in elements, of consecutive positions along several axes, the last one fastest.
  ///
  /// @param axes indices, outermost first
  /// @param stride which tensor
  /// @param first number of the first position
  /// @param count how many positions
  /// @param into receives one offset per position
  static void offsets(
      List<Axis> axes, ToLongFunction<Axis> stride, long first, int count, long[] into) {
    int rank = axes.size();
    long[] at = new long[rank];
    long offset = 0;
    long rest = first;
    for (int i = rank - 1; i >= 0; i--) {
      Axis axis = axes.get(i);
      at[i] = rest % Math.max(1, axis.extent);
      rest /= Math.max(1, axis.extent);
      offset += at[i] * stride.applyAsLong(axis);
    }
    if (rank == 0) {
      Arrays.fill(into, 0, count, 0);
      return;
    }
    Axis last = axes.getLast();
    long step = stride.applyAsLong(last);
    for (int j = 0; j < count; ) {
      int run = (int) Math.min(count - j, last.extent - at[rank - 1]);
      for (int i = 0; i < run; i++) {
        into[j + i] = offset + i * step;
      }
      j += run;
      offset -= at[rank - 1] * step;
      at[rank - 1] = 0;
      for (int i = rank - 2; i >= 0; i--) {
        Axis axis = axes.get(i);
        offset += stride.applyAsLong(axis);
        if (++at[i] < axis.extent) {
          break;
        }
        offset -= axis.extent * stride.applyAsLong(axis);
        at[i] = 0;
      }
    }
  }
}
