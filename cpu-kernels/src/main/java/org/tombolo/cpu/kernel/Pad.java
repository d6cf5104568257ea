package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Writes each row of the result once: the constant, and where the row comes from the operand, its
/// elements in between.
final class Pad implements HostKernel {
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;
  private static final long GRAIN = 1 << 15;

  private final Op.Pad op;
  private final TensorType in;
  private final TensorType out;
  private final WorkerTeam team;
  private final int bytes;
  private final MemorySegment constant;

  Pad(Op.Pad op, TensorType in, WorkerTeam team) {
    this.op = op;
    this.in = in;
    this.out = op.infer(List.of(in));
    this.team = team;
    DType dtype = in.dtype();
    this.bytes = dtype.bytes();
    this.constant = MemorySegment.ofArray(new byte[bytes]);
    Tensor.put(dtype, constant, 0, op.value());
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    if (out.size() == 0) {
      return;
    }
    int last = out.rank() - 1;
    long length = last < 0 ? 1 : out.dim(last);
    team.runRanges(
        out.size() / length,
        Math.max(1, GRAIN / length),
        (from, to) -> {
          for (long row = from; row < to; row++) {
            row(inputs[0], outputs[0], row, length);
          }
        });
  }

  private void row(MemorySegment x, MemorySegment y, long row, long length) {
    int last = out.rank() - 1;
    if (last < 0) {
      MemorySegment.copy(x, 0, y, 0, bytes);
      return;
    }
    fill(y, row * length, length);
    long rest = row;
    long source = 0;
    long step = 1;
    for (int axis = last - 1; axis >= 0; axis--) {
      long position = rest % out.dim(axis) - op.low().get(axis);
      rest /= out.dim(axis);
      long apart = op.interior().get(axis) + 1;
      if (position < 0 || position % apart != 0 || position / apart >= in.dim(axis)) {
        return;
      }
      source += position / apart * step;
      step *= in.dim(axis);
    }
    long count = in.dim(last);
    long apart = op.interior().get(last) + 1;
    long to = row * length + op.low().get(last);
    if (apart == 1) {
      MemorySegment.copy(x, source * count * bytes, y, to * bytes, count * bytes);
    } else {
      for (long i = 0; i < count; i++) {
        MemorySegment.copy(x, (source * count + i) * bytes, y, (to + i * apart) * bytes, bytes);
      }
    }
  }

  private void fill(MemorySegment y, long from, long count) {
    switch (bytes) {
      case 1 -> y.asSlice(from, count).fill(constant.get(I8, 0));
      case 2 -> {
        short value = constant.get(I16, 0);
        for (long i = from; i < from + count; i++) {
          y.set(I16, i * 2, value);
        }
      }
      case 4 -> {
        int value = constant.get(I32, 0);
        for (long i = from; i < from + count; i++) {
          y.set(I32, i * 4, value);
        }
      }
      case 8 -> {
        long value = constant.get(I64, 0);
        for (long i = from; i < from + count; i++) {
          y.set(I64, i * 8, value);
        }
      }
      default -> throw new IllegalStateException(in.toString());
    }
  }
}
