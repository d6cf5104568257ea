package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import org.tombolo.cpu.team.WorkerTeam;

/// Copies memory, long ranges by several threads.
public final class Copy implements HostKernel {
  /// Bytes per task: one core's copy of this much takes several times what waking a thread does.
  private static final long GRAIN = 1 << 20;

  private final WorkerTeam team;

  /// @param team shares the work
  public Copy(WorkerTeam team) {
    this.team = team;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    between(inputs[0], outputs[0]);
  }

  /// Copies from one range to another of the same length.
  public void between(MemorySegment from, MemorySegment to) {
    long bytes = from.byteSize();
    if (bytes <= GRAIN) {
      MemorySegment.copy(from, 0, to, 0, bytes);
    } else {
      team.runRanges(
          bytes, GRAIN, (start, end) -> MemorySegment.copy(from, start, to, start, end - start));
    }
  }
}
