package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Folds what each window sees, channel by channel, in index order: pooling. Floats are folded as
/// doubles, integers as longs; single-precision floats take loops of their own, over channels or
/// along lines.
final class WindowFold implements HostKernel {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long GRAIN = 1 << 14;

  private final ReduceFn fn;
  private final DType dtype;
  private final Window window;
  private final WorkerTeam team;
  private final Optional<LineFold> lines;

  WindowFold(Op.ReduceWindow op, TensorType in, WorkerTeam team) {
    this.fn = op.fn();
    this.dtype = in.dtype();
    this.window = new Window(op.window(), in, op.infer(List.of(in)));
    this.team = team;
    this.lines = LineFold.fits(op, in) ? Optional.of(new LineFold(op, in, team)) : Optional.empty();
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    if (lines.isPresent()) {
      lines.get().run(inputs[0], outputs[0]);
      return;
    }
    long work = Math.max(1, window.channels() * window.positions());
    team.runRanges(
        window.places(),
        Math.max(1, GRAIN / work),
        (from, to) -> {
          long[] seen = new long[window.positions()];
          for (long place = from; place < to; place++) {
            int count = window.look(place, seen);
            long at = place * window.channels();
            if (dtype == DType.F32) {
              floats(inputs[0], seen, count, outputs[0], at);
            } else if (dtype.isFloat()) {
              reals(inputs[0], seen, count, outputs[0], at);
            } else {
              wholes(inputs[0], seen, count, outputs[0], at);
            }
          }
        });
  }

  private void floats(MemorySegment x, long[] seen, int count, MemorySegment y, long at) {
    float nothing = (float) FoldArrays.nothing(fn);
    if (count == 0) {
      for (long c = 0; c < window.channels(); c++) {
        y.set(F32, (at + c) * 4, nothing);
      }
      return;
    }
    float[] sums = FloatRow.mine();
    for (long done = 0; done < window.channels(); done += sums.length) {
      int n = (int) Math.min(sums.length, window.channels() - done);
      MemorySegment.copy(x, F32, (seen[0] + done) * 4, sums, 0, n);
      for (int i = 1; i < count; i++) {
        step(x, (seen[i] + done) * 4, sums, n);
      }
      MemorySegment.copy(sums, 0, y, F32, (at + done) * 4, n);
    }
  }

  private void step(MemorySegment x, long from, float[] sums, int n) {
    switch (fn) {
      case SUM -> {
        for (int c = 0; c < n; c++) {
          sums[c] += x.get(F32, from + c * 4L);
        }
      }
      case PROD -> {
        for (int c = 0; c < n; c++) {
          sums[c] *= x.get(F32, from + c * 4L);
        }
      }
      case MAX -> {
        for (int c = 0; c < n; c++) {
          sums[c] = Math.max(sums[c], x.get(F32, from + c * 4L));
        }
      }
      case MIN -> {
        for (int c = 0; c < n; c++) {
          sums[c] = Math.min(sums[c], x.get(F32, from + c * 4L));
        }
      }
    }
  }

  private void reals(MemorySegment x, long[] seen, int count, MemorySegment y, long at) {
    for (long c = 0; c < window.channels(); c++) {
      double fold = FoldArrays.nothing(fn);
      for (int i = 0; i < count; i++) {
        fold = FoldArrays.step(fn, fold, Tensor.get(dtype, x, seen[i] + c));
      }
      Elements.put(dtype, y, at + c, fold);
    }
  }

  private void wholes(MemorySegment x, long[] seen, int count, MemorySegment y, long at) {
    for (long c = 0; c < window.channels(); c++) {
      long fold = FoldArrays.nothing(fn, dtype);
      for (int i = 0; i < count; i++) {
        fold = FoldArrays.step(fn, fold, whole(x, seen[i] + c));
      }
      Elements.put(dtype, y, at + c, fold);
    }
  }

  private long whole(MemorySegment x, long position) {
    return dtype == DType.I64 ? x.get(I64, position * 8) : (long) Tensor.get(dtype, x, position);
  }
}
