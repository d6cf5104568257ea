package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.AxisView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Folds along each line of an axis and stores every step. Floats are folded in double precision.
final class Scan implements HostKernel {
  private static final long GRAIN = 1 << 13;

  private final Op.Scan op;
  private final AxisView axis;
  private final DType dtype;
  private final WorkerTeam team;

  Scan(Op.Scan op, TensorType x, WorkerTeam team) {
    this.op = op;
    this.axis = AxisView.of(x.shape(), op.axis());
    this.dtype = x.dtype();
    this.team = team;
  }

  @Override
  public boolean inPlace(int output, int input) {
    return true;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    team.runRanges(
        axis.extent() == 0 ? 0 : axis.lines(),
        Math.max(1, GRAIN / Math.max(1, axis.extent())),
        (from, to) -> {
          for (long line = from; line < to; line++) {
            if (dtype.isFloat()) {
              reals(inputs[0], outputs[0], line);
            } else {
              wholes(inputs[0], outputs[0], line);
            }
          }
        });
  }

  private long place(long line, long k) {
    return axis.start(line) + (op.reverse() ? axis.extent() - 1 - k : k) * axis.inner();
  }

  private void reals(MemorySegment x, MemorySegment out, long line) {
    double sum =
        switch (op.fn()) {
          case SUM -> 0;
          case PROD -> 1;
          case MAX -> Double.NEGATIVE_INFINITY;
          case MIN -> Double.POSITIVE_INFINITY;
        };
    for (long k = 0; k < axis.extent(); k++) {
      long place = place(line, k);
      double value = Tensor.get(dtype, x, place);
      double next =
          switch (op.fn()) {
            case SUM -> sum + value;
            case PROD -> sum * value;
            case MAX -> Math.max(sum, value);
            case MIN -> Math.min(sum, value);
          };
      Elements.put(dtype, out, place, op.exclusive() ? sum : next);
      sum = next;
    }
  }

  /// Sums and products of 64 bits have the right low bits for every narrower type.
  private void wholes(MemorySegment x, MemorySegment out, long line) {
    ReduceFn fn = op.fn();
    long sum =
        switch (fn) {
          case SUM -> 0;
          case PROD -> 1;
          case MAX, MIN -> extreme(fn == ReduceFn.MAX);
        };
    for (long k = 0; k < axis.extent(); k++) {
      long place = place(line, k);
      long value = Elements.whole(dtype, x, place);
      long next =
          switch (fn) {
            case SUM -> sum + value;
            case PROD -> sum * value;
            case MAX -> Math.max(sum, value);
            case MIN -> Math.min(sum, value);
          };
      Elements.put(dtype, out, place, op.exclusive() ? sum : next);
      sum = next;
    }
  }

  private long extreme(boolean least) {
    int bits = 8 * dtype.bytes();
    return switch (dtype) {
      case U8 -> least ? 0 : 255;
      case BOOL -> least ? 0 : 1;
      case I8, I16, I32, I64 -> least ? -1L << (bits - 1) : ~(-1L << (bits - 1));
      case F32, F16, BF16, F64 -> throw new IllegalArgumentException(dtype + " has no least whole");
    };
  }
}
