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
    between(from, 0, to, 0, from.byteSize());
  }

  /// Copies from one range to another.
  ///
  /// @param fromAt first byte to be read
  /// @param toAt first byte to be written
  /// @param bytes how many
  public void between(MemorySegment from, long fromAt, MemorySegment to, long toAt, long bytes) {
    if (bytes <= GRAIN) {
      MemorySegment.copy(from, fromAt, to, toAt, bytes);
    } else {
      team.runRanges(
          bytes,
          GRAIN,
          (start, end) -> MemorySegment.copy(from, fromAt + start, to, toAt + start, end - start));
    }
  }
}
