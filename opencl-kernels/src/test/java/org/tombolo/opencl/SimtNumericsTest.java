package org.tombolo.opencl;

import org.junit.jupiter.api.Test;
import org.tombolo.opencl.kernel.Dialect;

/// Numbers in the dialect SIMT; a class of its own, so that it runs beside [SimdNumericsTest] in
/// another process.
class SimtNumericsTest {
  @Test
  void agreeWithTheReference() {
    Numerics.agreeWithTheReference(Dialect.SIMT);
  }
}
