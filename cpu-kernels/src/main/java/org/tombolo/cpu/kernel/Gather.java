package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.IndexedAxis;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Copies what indices pick, a run of inner elements for each.
final class Gather implements HostKernel {
  private static final long GRAIN = 1 << 15;

  private final IndexedAxis axis;
  private final DType dtype;
  private final DType indexType;
  private final int data;
  private final int indices;
  private final WorkerTeam team;

  /// @param operands the input that each operand is
  Gather(Op.Gather op, TensorType x, TensorType picks, List<Integer> operands, WorkerTeam team) {
    this.axis = IndexedAxis.of(op, x, picks);
    this.dtype = x.dtype();
    this.indexType = picks.dtype();
    this.data = operands.get(0);
    this.indices = operands.get(1);
    this.team = team;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    long bytes = axis.inner() * dtype.bytes();
    if (bytes == 0) {
      return;
    }
    team.runRanges(
        axis.batches() * axis.outer() * axis.indices(),
        Math.max(1, GRAIN / bytes),
        (from, to) -> {
          for (long run = from; run < to; run++) {
            long line = run / axis.indices();
            long place = line / axis.outer() * axis.indices() + run % axis.indices();
            long index = Elements.whole(indexType, inputs[indices], place);
            if (0 <= index && index < axis.extent()) {
              long source = (line * axis.extent() + index) * bytes;
              MemorySegment.copy(inputs[data], source, outputs[0], run * bytes, bytes);
            } else {
              fill(outputs[0], run * axis.inner());
            }
          }
        });
  }

  private void fill(MemorySegment out, long position) {
    for (long i = position; i < position + axis.inner(); i++) {
      if (dtype.isFloat()) {
        Elements.put(dtype, out, i, Double.NaN);
      } else {
        Elements.put(dtype, out, i, 0);
      }
    }
  }
}
