package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tombolo.cpu.math.VectorMath;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Adds each gradient to the place of the largest element in its window. Windows of one image may
/// share elements, so a task takes whole images and goes through their windows in index order.
final class WindowMaxGrad implements HostKernel {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long GRAIN = 1 << 14;

  /// Channels taken at a time.
  private static final long CHUNK = 1024;

  private final DType dtype;
  private final Window window;
  private final VectorMath math;
  private final WorkerTeam team;
  private final int x;
  private final int dy;

  /// @param in type of the first operand
  /// @param operands the input that each operand is
  WindowMaxGrad(
      Op.WindowMaxGrad op,
      TensorType in,
      List<Integer> operands,
      VectorMath math,
      WorkerTeam team) {
    this.math = math;
    this.dtype = in.dtype();
    Op.ReduceWindow fold = new Op.ReduceWindow(ReduceFn.MAX, op.window());
    this.window = new Window(op.window(), in, fold.infer(List.of(in)));
    this.team = team;
    this.x = operands.get(0);
    this.dy = operands.get(1);
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    outputs[0].fill((byte) 0);
    long perImage = window.placesPerImage();
    if (perImage == 0) {
      return;
    }
    long work = Math.max(1, perImage * window.channels() * window.positions());
    team.runRanges(
        window.places() / perImage,
        Math.max(1, GRAIN / work),
        (from, to) -> {
          long[] seen = new long[window.positions()];
          Maxima maxima =
              dtype == DType.F32
                  ? new Maxima(math, (int) Math.min(CHUNK, window.channels()))
                  : null;
          for (long place = from * perImage; place < to * perImage; place++) {
            int count = window.look(place, seen);
            if (count > 0) {
              place(inputs, seen, count, maxima, outputs[0], place * window.channels());
            }
          }
        });
  }

  private void place(
      MemorySegment[] inputs,
      long[] seen,
      int count,
      @Nullable Maxima maxima,
      MemorySegment out,
      long at) {
    if (maxima != null) {
      for (long c = 0; c < window.channels(); c += CHUNK) {
        int n = (int) Math.min(CHUNK, window.channels() - c);
        maxima.find(inputs[x], seen, count, c, n);
        maxima.add(inputs[dy], at + c, seen, c, n, out);
      }
      return;
    }
    for (long c = 0; c < window.channels(); c++) {
      if (dtype == DType.I64) {
        addLong(inputs[x], seen, count, c, inputs[dy], at + c, out);
      } else {
        addOther(inputs[x], seen, count, c, inputs[dy], at + c, out);
      }
    }
  }

  /// Where the largest floats under a window are, for several channels at a time.
  private static final class Maxima {
    private final VectorMath math;
    private final float[] largest;
    private final float[] next;
    private final int[] which;

    Maxima(VectorMath math, int channels) {
      this.math = math;
      largest = new float[channels];
      next = new float[channels];
      which = new int[channels];
    }

    /// Finds them for `n` channels from `channel` on. The first of equals counts, and the first NaN
    /// before all else.
    void find(MemorySegment x, long[] seen, int count, long channel, int n) {
      MemorySegment.copy(x, F32, (seen[0] + channel) * 4, largest, 0, n);
      Arrays.fill(which, 0, n, 0);
      for (int i = 1; i < count; i++) {
        MemorySegment.copy(x, F32, (seen[i] + channel) * 4, next, 0, n);
        math.keepLarger(largest, which, next, i, n);
      }
    }

    /// Adds gradients to their places.
    void add(MemorySegment dy, long at, long[] seen, long channel, int n, MemorySegment out) {
      for (int c = 0; c < n; c++) {
        long place = (seen[which[c]] + channel + c) * 4;
        out.set(F32, place, out.get(F32, place) + dy.get(F32, (at + c) * 4));
      }
    }
  }

  private static void addLong(
      MemorySegment x,
      long[] seen,
      int count,
      long channel,
      MemorySegment dy,
      long at,
      MemorySegment out) {
    long best = (seen[0] + channel) * 8;
    for (int i = 1; i < count; i++) {
      long next = (seen[i] + channel) * 8;
      best = x.get(I64, next) > x.get(I64, best) ? next : best;
    }
    out.set(I64, best, out.get(I64, best) + dy.get(I64, at * 8));
  }

  private void addOther(
      MemorySegment x,
      long[] seen,
      int count,
      long channel,
      MemorySegment dy,
      long at,
      MemorySegment out) {
    long best = seen[0] + channel;
    double largest = Tensor.get(dtype, x, best);
    for (int i = 1; i < count; i++) {
      double value = Tensor.get(dtype, x, seen[i] + channel);
      if (value > largest || (Double.isNaN(value) && !Double.isNaN(largest))) {
        largest = value;
        best = seen[i] + channel;
      }
    }
    double sum = Tensor.get(dtype, out, best) + Tensor.get(dtype, dy, at);
    if (dtype.isFloat()) {
      Elements.put(dtype, out, best, sum);
    } else {
      Elements.put(dtype, out, best, (long) sum);
    }
  }
}
