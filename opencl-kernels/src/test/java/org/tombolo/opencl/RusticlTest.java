package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.DeviceInfo.Kind;
import org.tombolo.device.DeviceInfo.Speed;
import org.tombolo.opencl.kernel.Dialect;

/// Mesa's OpenCL on the processor, where it is installed (on Debian `mesa-opencl-icd`): a compiler
/// that has nothing in common with PoCL's but its front, and so another opinion of every kernel.
///
/// It runs in a process of its own that sees no other platform: what it does to a process is no
/// other test's business, and nobody else sees its device, which an environment variable switches
/// on. All cases run with `-Dtombolo.conformance=full`.
///
/// Mesa 22.3 was seen to crash in the C++ library that it uses, on what it took in all other runs:
/// a run that crashes is printed, with its stack, and done again. One that fails otherwise is not.
@Execution(ExecutionMode.CONCURRENT)
class RusticlTest {
  private static final int RUNS = 3;

  @ParameterizedTest
  @EnumSource
  void conforms(Dialect dialect, @TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("rusticl.icd"), "libRusticlOpenCL.so.1\n");
    ChildJvm.Result result = run(dialect, folder);
    for (int runs = 1; result.crashed() && runs < RUNS; runs++) {
      System.out.printf("RusticlTest: run %d crashed: %s%n", runs, result.output());
      result = run(dialect, folder);
    }
    int exitCode = result.exitCode();
    String output = result.output();
    assumeFalse(
        exitCode == ConformanceMain.NO_DEVICE,
        () -> "no rusticl device (apt-get install mesa-opencl-icd): " + output.strip());
    assertEquals(0, exitCode, output);
    assertTrue(output.contains("CONFORMS: "), output);
  }

  private static ChildJvm.Result run(Dialect dialect, Path folder) throws Exception {
    return ChildJvm.run(
        ConformanceMain.class,
        Map.of("OCL_ICD_VENDORS", folder.toString(), "RUSTICL_ENABLE", "llvmpipe"),
        dialect.name().toLowerCase(Locale.ROOT),
        System.getProperty("tombolo.conformance", "quick"));
  }

  /// A version that nobody looked at is checked in full.
  @Test
  void defectsAreKnownOfTheVersionsThatHaveThem() {
    String check = "programs/zeros-of-both-signs";
    String model = "llvmpipe (LLVM 15.0.6, 256 bits)";
    assertTrue(
        KnownDefects.of(info(model, "rusticl / OpenCL 3.0 / 22.3.6")).reasons().containsKey(check));
    for (DeviceInfo other :
        new DeviceInfo[] {
          info(model, "rusticl / OpenCL 3.0 / 24.1.0"),
          info("pthread-cortex-a76", "rusticl / OpenCL 3.0 / 22.3.6"),
          info(model, "Portable Computing Language / OpenCL 2.0 / 22.3.6"),
        }) {
      assertEquals(Map.of(), KnownDefects.of(other).reasons(), other::toString);
    }
  }

  private static DeviceInfo info(String model, String version) {
    return new DeviceInfo(
        "opencl:0", model, "Mesa", version, Kind.CPU, 8, 1 << 30, true, new Speed(1, 1, 0));
  }
}
