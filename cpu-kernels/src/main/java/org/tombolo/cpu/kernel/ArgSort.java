package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.AxisView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Sorts the indices of each line of an axis. A value and its index make one number where 64 bits
/// are enough for both; wider values are sorted by comparison.
final class ArgSort implements HostKernel {
  private static final long GRAIN = 1 << 12;

  private final Op.ArgSort op;
  private final AxisView axis;
  private final int extent;
  private final DType dtype;
  private final WorkerTeam team;

  ArgSort(Op.ArgSort op, TensorType x, WorkerTeam team) {
    this.op = op;
    this.axis = AxisView.of(x.shape(), op.axis());
    this.extent = Math.toIntExact(axis.extent());
    this.dtype = x.dtype();
    this.team = team;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    team.runRanges(
        op.count() == 0 ? 0 : axis.lines(),
        Math.max(1, GRAIN / Math.max(1, extent)),
        (from, to) -> {
          for (long line = from; line < to; line++) {
            long[] order = dtype.bytes() == 8 ? wide(inputs[0], line) : narrow(inputs[0], line);
            long first = line / axis.inner() * op.count() * axis.inner() + line % axis.inner();
            for (int k = 0; k < op.count(); k++) {
              Elements.put(DType.I32, outputs[0], first + k * axis.inner(), order[k]);
            }
          }
        });
  }

  /// Keys of 32 bits above, indices below: the order of equals is that of their indices.
  private long[] narrow(MemorySegment x, long line) {
    long[] keys = new long[extent];
    for (int k = 0; k < extent; k++) {
      long place = axis.start(line) + k * axis.inner();
      int key =
          dtype.isFloat()
              ? rising((float) Tensor.get(dtype, x, place))
              : (int) Elements.whole(dtype, x, place);
      keys[k] = ((long) (op.descending() ? ~key : key) << 32) | k;
    }
    Arrays.sort(keys);
    for (int k = 0; k < extent; k++) {
      keys[k] = (int) keys[k];
    }
    return keys;
  }

  /// An integer that rises with the number; one for both zeros, the largest for every NaN.
  private static int rising(float value) {
    int bits = Float.floatToIntBits(value + 0f);
    return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
  }

  private long[] wide(MemorySegment x, long line) {
    Integer[] order = new Integer[extent];
    Arrays.setAll(order, Integer::valueOf);
    long start = axis.start(line);
    Comparator<Integer> rising =
        dtype == DType.F64
            ? Comparator.comparingDouble(k -> Tensor.get(dtype, x, start + k * axis.inner()) + 0.0)
            : Comparator.comparingLong(k -> Elements.whole(dtype, x, start + k * axis.inner()));
    Arrays.sort(order, op.descending() ? rising.reversed() : rising);
    return Arrays.stream(order).mapToLong(Integer::longValue).toArray();
  }
}
