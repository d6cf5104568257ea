package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.tombolo.cpu.math.VectorMath;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.LoopKernel;

/// A fused elementwise loop. Cut along the row-major order of its points, so every output is
/// written front to back.
final class ElementLoop implements HostKernel {
  /// Points per task; fewer run on the calling thread alone. A task takes some ten microseconds,
  /// several times what waking a thread does.
  private static final int GRAIN = 1 << 15;

  /// Points computed at a time: the JVM copies 2 KiB with vector instructions, more with string
  /// instructions, which take as long to get going as copying that much does.
  private static final int RUN = 512;

  private final LoopKernel loop;
  private final WorkerTeam team;
  private final long points;
  private final LoopCode code;

  /// @param loop a loop without reduction, with at least one point
  ElementLoop(LoopKernel loop, VectorMath math, WorkerTeam team) {
    this.loop = loop.collapsed();
    this.team = team;
    this.points = loop.space().size();
    int[] order = IntStream.range(0, this.loop.space().rank()).toArray();
    LoopSpace space = new LoopSpace(this.loop, order, this.loop.space().toArray(), math);
    this.code = new LoopCode(space, true, RUN);
  }

  @Override
  public boolean inPlace(int output, int input) {
    return loop.inPlace(output, input);
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    if (points <= GRAIN) {
      range(inputs, outputs, 0, points);
    } else {
      team.runRanges(points, GRAIN, (from, to) -> range(inputs, outputs, from, to));
    }
  }

  /// Computes the points of a range of the row-major order, on the calling thread.
  void range(MemorySegment[] inputs, MemorySegment[] outputs, long from, long to) {
    LoopProgram program = code.program(to - from);
    int run = (int) Math.min(program.longest(), to - from);
    Registers on = program.registers(inputs, outputs, run);
    try {
      for (long at = from; at < to; at += run) {
        program.run(on, at, (int) Math.min(run, to - at));
        program.store(on, at);
      }
    } finally {
      on.release();
    }
  }
}
