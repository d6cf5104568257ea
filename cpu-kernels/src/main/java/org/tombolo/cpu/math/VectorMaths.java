package org.tombolo.cpu.math;

import java.lang.System.Logger.Level;

/// Chooses the transcendental functions once for the JVM.
public final class VectorMaths {
  private static final System.Logger LOG = System.getLogger("org.tombolo.cpu");

  private VectorMaths() {}

  /// Whether the Vector API is there.
  public static boolean usesVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /// The fastest there are.
  public static VectorMath best() {
    return Chosen.MATH;
  }

  /// Initialised when first asked for.
  private static final class Chosen {
    static final VectorMath MATH = choose();

    private static VectorMath choose() {
      if (usesVectors()) {
        return new VectorApiMath();
      }
      LOG.log(
          Level.WARNING,
          "cpu: runs without vector instructions of its own, several times slower\n"
              + "  try: java --add-modules jdk.incubator.vector");
      return new PlainMath();
    }
  }
}
