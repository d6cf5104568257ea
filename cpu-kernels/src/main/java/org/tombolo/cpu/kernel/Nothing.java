package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import org.tombolo.graph.DType;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;

/// A loop without points: stores nothing, or what a fold of nothing gives.
///
/// @param fn how nothing is folded
/// @param result type of the result of the fold
record Nothing(ReduceFn fn, TensorType result) implements HostKernel {
  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    DType dtype = result.dtype();
    for (long i = 0; i < result.size(); i++) {
      if (dtype.isFloat()) {
        Elements.put(dtype, outputs[0], i, FoldArrays.nothing(fn));
      } else {
        Elements.put(dtype, outputs[0], i, FoldArrays.nothing(fn, dtype));
      }
    }
  }
}
