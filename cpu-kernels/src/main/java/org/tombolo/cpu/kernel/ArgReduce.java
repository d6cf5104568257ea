package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.AxisView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Index of the extreme of each line of an axis.
final class ArgReduce implements HostKernel {
  private static final long GRAIN = 1 << 13;

  private final boolean largest;
  private final AxisView axis;
  private final DType dtype;
  private final WorkerTeam team;

  ArgReduce(Op.ArgReduce op, TensorType x, WorkerTeam team) {
    this.largest = op.largest();
    this.axis = AxisView.of(x.shape(), op.axis());
    this.dtype = x.dtype();
    this.team = team;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    team.runRanges(
        axis.lines(),
        Math.max(1, GRAIN / Math.max(1, axis.extent())),
        (from, to) -> {
          for (long line = from; line < to; line++) {
            long start = axis.start(line);
            long best = dtype.isFloat() ? real(inputs[0], start) : whole(inputs[0], start);
            Elements.put(DType.I32, outputs[0], line, best);
          }
        });
  }

  private long real(MemorySegment x, long start) {
    long best = 0;
    double extreme = Tensor.get(dtype, x, start);
    for (long k = 1; k < axis.extent() && !Double.isNaN(extreme); k++) {
      double value = Tensor.get(dtype, x, start + k * axis.inner());
      if (Double.isNaN(value) || (largest ? value > extreme : value < extreme)) {
        extreme = value;
        best = k;
      }
    }
    return best;
  }

  private long whole(MemorySegment x, long start) {
    long best = 0;
    long extreme = Elements.whole(dtype, x, start);
    for (long k = 1; k < axis.extent(); k++) {
      long value = Elements.whole(dtype, x, start + k * axis.inner());
      if (largest ? value > extreme : value < extreme) {
        extreme = value;
        best = k;
      }
    }
    return best;
  }
}
