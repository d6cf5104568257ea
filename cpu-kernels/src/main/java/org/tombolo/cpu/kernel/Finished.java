package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.tombolo.cpu.gemm.Finish;

/// A contraction and the loop that its result goes through, which runs over each part of the result
/// as soon as it is there.
final class Finished implements HostKernel {
  private final HostKernel contraction;
  private final ElementLoop epilogue;

  /// @param contraction computes the result
  /// @param epilogue reads the inputs and, behind them, the result, in whose memory it writes
  Finished(HostKernel contraction, ElementLoop epilogue) {
    this.contraction = contraction;
    this.epilogue = epilogue;
  }

  @Override
  public long scratchBytes() {
    return contraction.scratchBytes();
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    bind(inputs, outputs, scratch).run();
  }

  @Override
  public Runnable bind(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    MemorySegment[] read = Arrays.copyOf(inputs, inputs.length + 1);
    read[inputs.length] = outputs[0];
    Finish finish =
        new Finish() {
          @Override
          public void range(long from, long to) {
            epilogue.range(read, outputs, from, to);
          }

          @Override
          public void all() {
            epilogue.run(read, outputs, scratch);
          }
        };
    return () -> contraction.run(inputs, outputs, scratch, finish);
  }
}
