package org.tombolo.cpu.gemm;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/// The micro-kernels of this JVM.
///
/// @param wide for results with many columns
/// @param narrow for results with few columns; may be the same
/// @param row for results of one row
/// @param direct for convolutions that sum few products per element
record MicroKernels(MicroKernel wide, MicroKernel narrow, RowKernel row, DirectKernel direct) {

  /// Plain Java, which runs anywhere.
  static final MicroKernels PLAIN =
      new MicroKernels(
          new PlainKernel(4, 32), new PlainKernel(4, 8), new PlainRow(), new PlainDirect());

  /// Vector kernels if the JVM runs with the Vector API, else plain ones, which a warning says.
  static MicroKernels best() {
    return Choice.BEST;
  }

  /// Whether the Vector API is there.
  static boolean vectorsPresent() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /// The kernel for a result with this many columns: the narrow one if it takes no more passes.
  MicroKernel forColumns(long columns) {
    return columns <= narrow.columns() ? narrow : wide;
  }

  /// Chosen, and the warning given, once.
  private static final class Choice {
    private static final Logger LOG = System.getLogger(MicroKernels.class.getPackageName());
    static final MicroKernels BEST = choose();

    private static MicroKernels choose() {
      if (!vectorsPresent()) {
        LOG.log(
            Level.WARNING,
            "matrix products run in plain Java, several times slower than with the Vector API"
                + "\n  try: java --add-modules jdk.incubator.vector");
        return PLAIN;
      }
      MicroKernels chosen = VectorKernels.preferred();
      LOG.log(Level.DEBUG, "matrix products: {0}", chosen.wide().name());
      return chosen;
    }
  }
}
