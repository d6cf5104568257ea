package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.IndexedAxis;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Adds updates at indices. A task owns some of the places along the axis and goes through all
/// indices in order, so no two tasks write one element and the order of a sum is that of the
/// indices. Sums of half-width floats are kept as floats until all is added.
final class ScatterAdd implements HostKernel {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /// Elements that a task owns, at most.
  private static final long GRAIN = 1 << 16;

  /// Tasks into which places are cut at least, where there are as many: each reads all indices.
  private static final long LEAST_TASKS = 8;

  private final IndexedAxis axis;
  private final DType dtype;
  private final DType indexType;
  private final int data;
  private final int indices;
  private final int updates;
  private final long places;
  private final long cuts;
  private final WorkerTeam team;

  /// @param operands the input that each operand is
  ScatterAdd(
      Op.ScatterAdd op, TensorType x, TensorType picks, List<Integer> operands, WorkerTeam team) {
    this.axis = IndexedAxis.of(op, x, picks);
    this.dtype = x.dtype();
    this.indexType = picks.dtype();
    this.data = operands.get(0);
    this.indices = operands.get(1);
    this.updates = operands.get(2);
    long even = Math.ceilDiv(axis.extent(), LEAST_TASKS);
    this.places = Math.max(1, Math.min(even, GRAIN / Math.max(1, axis.inner())));
    this.cuts = Math.ceilDiv(axis.extent(), places);
    this.team = team;
  }

  @Override
  public boolean inPlace(int output, int input) {
    return input == data && input != indices && input != updates;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    long lines = axis.batches() * axis.outer();
    team.runRanges(
        lines * cuts * (axis.inner() == 0 ? 0 : 1),
        1,
        (task, end) -> {
          long line = task / cuts;
          long first = task % cuts * places;
          long last = Math.min(axis.extent(), first + places);
          add(inputs, outputs[0], line, first, last);
        });
  }

  private void add(MemorySegment[] inputs, MemorySegment out, long line, long first, long last) {
    long inner = axis.inner();
    long begin = (line * axis.extent() + first) * inner;
    int count = Math.toIntExact((last - first) * inner);
    boolean widened = dtype == DType.F16 || dtype == DType.BF16;
    float[] sums = new float[widened ? count : 0];
    if (widened) {
      Elements.load(dtype, inputs[data], begin, 1, sums, 0, count);
    } else if (inputs[data].address() != out.address()) {
      long bytes = dtype.bytes();
      MemorySegment.copy(inputs[data], begin * bytes, out, begin * bytes, count * bytes);
    }
    long batch = line / axis.outer();
    for (long i = 0; i < axis.indices(); i++) {
      long index = Elements.whole(indexType, inputs[indices], batch * axis.indices() + i);
      if (index < first || index >= last) {
        continue;
      }
      long from = (line * axis.indices() + i) * inner;
      long to = (line * axis.extent() + index) * inner;
      if (widened) {
        for (int f = 0; f < inner; f++) {
          sums[(int) (to - begin) + f] += (float) Tensor.get(dtype, inputs[updates], from + f);
        }
      } else {
        addRun(inputs[updates], from, out, to);
      }
    }
    if (widened) {
      Elements.store(dtype, sums, out, begin, count);
    }
  }

  private void addRun(MemorySegment more, long from, MemorySegment out, long to) {
    for (long f = 0; f < axis.inner(); f++) {
      if (dtype == DType.F32) {
        long at = (to + f) * 4;
        out.set(F32, at, out.get(F32, at) + more.get(F32, (from + f) * 4));
      } else if (dtype == DType.F64) {
        double sum = Tensor.get(dtype, out, to + f) + Tensor.get(dtype, more, from + f);
        Elements.put(dtype, out, to + f, sum);
      } else {
        long sum = Elements.whole(dtype, out, to + f) + Elements.whole(dtype, more, from + f);
        Elements.put(dtype, out, to + f, sum);
      }
    }
  }
}
