package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.TensorType;

/// Copies the operands side by side, one run of bytes for each operand and index of the axes
/// outside the joined one.
final class Concat implements HostKernel {
  private static final long GRAIN = 1 << 17;

  private final WorkerTeam team;
  private final int[] operands;
  private final long[] runs;
  private final long outer;
  private final long total;

  /// @param operands the input that each operand is
  /// @param types types of the operands
  Concat(int axis, List<Integer> operands, List<TensorType> types, WorkerTeam team) {
    this.team = team;
    this.operands = operands.stream().mapToInt(Integer::intValue).toArray();
    TensorType first = types.get(0);
    long before = 1;
    for (int i = 0; i < axis; i++) {
      before *= first.dim(i);
    }
    this.outer = before;
    this.runs = types.stream().mapToLong(type -> outer == 0 ? 0 : type.bytes() / outer).toArray();
    long sum = 0;
    for (long run : runs) {
      sum += run;
    }
    this.total = sum;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    if (total == 0) {
      return;
    }
    team.runRanges(
        outer,
        Math.max(1, GRAIN / total),
        (from, to) -> {
          long at = from * total;
          for (long i = from; i < to; i++) {
            for (int part = 0; part < runs.length; part++) {
              MemorySegment source = inputs[operands[part]];
              MemorySegment.copy(source, i * runs[part], outputs[0], at, runs[part]);
              at += runs[part];
            }
          }
        });
  }
}
