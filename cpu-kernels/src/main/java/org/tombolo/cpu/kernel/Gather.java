package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.IndexedAxis;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Copies what indices pick, a run of inner elements for each.
final class Gather implements HostKernel {
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final long GRAIN = 1 << 15;

  /// Elements of the longest line that is picked from element by element.
  private static final long LINE = 1 << 14;

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
    if (axis.inner() == 1
        && dtype.bytes() == 4
        && axis.extent() <= LINE
        && axis.indices() <= LINE
        && axis.outer() > 1) {
      singles(inputs[data], inputs[indices], outputs[0]);
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

  /// Picks single elements of four bytes, whatever they are, from lines in an array: a copy for
  /// each would take longer to start than to run.
  private void singles(MemorySegment x, MemorySegment picks, MemorySegment out) {
    int count = (int) axis.indices();
    int extent = (int) axis.extent();
    int nothing = dtype.isFloat() ? Float.floatToRawIntBits(Float.NaN) : 0;
    team.runRanges(
        axis.batches() * axis.outer(),
        Math.max(1, GRAIN / (4 * Math.max(1, axis.indices()))),
        (from, to) -> {
          int[] places = new int[count];
          int[] line = new int[extent + 1];
          int[] picked = new int[count];
          line[extent] = nothing;
          long known = -1;
          for (long row = from; row < to; row++) {
            long batch = row / axis.outer();
            if (batch != known) {
              for (int i = 0; i < count; i++) {
                long index = Elements.whole(indexType, picks, batch * count + i);
                places[i] = 0 <= index && index < extent ? (int) index : extent;
              }
              known = batch;
            }
            MemorySegment.copy(x, I32, row * extent * 4, line, 0, extent);
            for (int i = 0; i < count; i++) {
              picked[i] = line[places[i]];
            }
            MemorySegment.copy(picked, 0, out, I32, row * count * 4, count);
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
