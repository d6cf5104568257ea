package org.tombolo.opencl;

import org.junit.jupiter.api.Test;
import org.tombolo.opencl.kernel.Dialect;

/// Numbers in the dialect SIMD; a class of its own, so that it runs beside [SimtNumericsTest] in
/// another process.
class SimdNumericsTest {
  @Test
  void agreeWithTheReference() {
    Numerics.agreeWithTheReference(Dialect.SIMD);
  }
}
