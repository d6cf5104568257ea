package org.tombolo.cpu.gemm;

import java.util.List;
import jdk.incubator.vector.FloatVector;

/// The micro-kernels on the Vector API; to be touched only where it is present.
final class VectorKernels {
  private VectorKernels() {}

  /// Those for the vector width that the JVM prefers.
  static MicroKernels preferred() {
    if (FloatVector.SPECIES_PREFERRED.vectorBitSize() == 256) {
      MicroKernel six = new SixByTwoKernel();
      return new MicroKernels(six, six, new VectorRow(), new VectorDirect());
    }
    return new MicroKernels(
        new EightByTwoKernel(), new EightByOneKernel(), new VectorRow(), new VectorDirect());
  }

  /// Every one, also those for other machines: slow perhaps, but right.
  static List<MicroKernel> all() {
    return List.of(new EightByTwoKernel(), new EightByOneKernel(), new SixByTwoKernel());
  }
}
