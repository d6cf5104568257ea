package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildJvmTest {
  /// Reads where no memory is.
  static final class CrashMain {
    private CrashMain() {}

    @SuppressWarnings("restricted") // for the crash
    public static void main(String[] arguments) {
      if (arguments.length > 0) {
        throw new IllegalStateException(arguments[0]);
      }
      System.out.println(MemorySegment.NULL.reinterpret(1).get(ValueLayout.JAVA_BYTE, 0));
    }
  }

  @Test
  void aCrashIsToldWithItsStack() throws Exception {
    ChildJvm.Result result = ChildJvm.run(CrashMain.class, Map.of());
    assertTrue(result.crashed(), result.output());
    assertTrue(result.output().contains("CrashMain.main"), result.output());
  }

  @Test
  void aFailureIsNoCrash() throws Exception {
    ChildJvm.Result result = ChildJvm.run(CrashMain.class, Map.of(), "no");
    assertFalse(result.crashed(), result.output());
    assertTrue(result.output().contains("IllegalStateException: no"), result.output());
  }
}
