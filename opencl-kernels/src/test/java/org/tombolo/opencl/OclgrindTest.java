package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.opencl.kernel.Dialect;

/// Runs tiny kernels in a simulator that names every read or write outside of memory, every data
/// race and every wrong call. It joins as an OpenCL platform of its own, in a process of its own.
class OclgrindTest {
  private static final Path LIBRARY = Path.of("/usr/lib/oclgrind/liboclgrind-rt-icd.so");

  private static ChildJvm.Result run(Path folder, Path log, String... arguments)
      throws IOException, InterruptedException {
    if (!Files.exists(LIBRARY)) {
      if ("required".equals(System.getProperty("tombolo.opencl"))) {
        fail("no oclgrind: need " + LIBRARY);
      }
      abort("no oclgrind: " + LIBRARY);
    }
    Files.writeString(folder.resolve("oclgrind.icd"), LIBRARY + "\n");
    return ChildJvm.run(
        OclgrindMain.class,
        Map.of(
            "OCL_ICD_VENDORS",
            folder.toString(),
            "OCLGRIND_DATA_RACES",
            "1",
            "OCLGRIND_CHECK_API",
            "1",
            "OCLGRIND_LOG",
            log.toString()),
        arguments);
  }

  private static String text(Path log) throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  @ParameterizedTest
  @EnumSource
  void findsNothing(Dialect dialect, @TempDir Path folder) throws Exception {
    Path log = folder.resolve("log");
    ChildJvm.Result result = run(folder, log, dialect.name());
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(result.output().contains("agree"), result.output());
    assertEquals("", text(log), result.output());
  }

  @Test
  void findsAWriteOutside(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("log");
    ChildJvm.Result result = run(folder, log, "outside");
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(text(log).contains("Invalid write"), text(log) + result.output());
  }
}
