package org.tombolo.bench;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;

/// OpenBLAS as a yardstick: matrix products of row-major single-precision floats in native memory.
///
/// It chooses its kernels by processor and uses all cores, unless variables of the environment such
/// as `OPENBLAS_CORETYPE` and `OPENBLAS_NUM_THREADS` say otherwise.
final class OpenBlas {
  private OpenBlas() {}

  /// `out = a * b` for `a[m,k]`, stored as `[k,m]` if turned, and `b[k,n]`, stored as `[n,k]` if
  /// turned.
  static void multiply(
      int m,
      int k,
      int n,
      boolean turnedA,
      boolean turnedB,
      MemorySegment a,
      MemorySegment b,
      MemorySegment out) {
    openblas.cblas_sgemm(
        openblas.CblasRowMajor,
        turnedA ? openblas.CblasTrans : openblas.CblasNoTrans,
        turnedB ? openblas.CblasTrans : openblas.CblasNoTrans,
        m,
        n,
        k,
        1f,
        floats(a),
        turnedA ? m : k,
        floats(b),
        turnedB ? k : n,
        0f,
        floats(out),
        n);
  }

  private static FloatPointer floats(MemorySegment memory) {
    return new FloatPointer(new Address(memory.address()));
  }

  /// A pointer to memory that someone else owns.
  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
