package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Driver;
import org.tombolo.device.Probe;
import org.tombolo.opencl.kernel.Dialect;

class OpenClDriverTest {
  @Test
  void isFoundAsAService() {
    assertTrue(
        ServiceLoader.load(Driver.class).stream()
            .anyMatch(provider -> provider.type().equals(OpenClDriver.class)));
  }

  @Test
  void describesDevices() {
    DeviceInfo info = OpenCl.found().info();
    assertEquals("opencl:0", info.id());
    assertEquals("opencl", info.driver());
    assertTrue(info.units() > 0 && info.memoryBytes() > 0, info.toString());
    assertTrue(!info.model().isBlank() && !info.version().isBlank(), info.toString());
    assertEquals(List.of(info), foundInfos(), "the same answer again");
  }

  private static List<DeviceInfo> foundInfos() {
    return new OpenClDriver()
        .probe().stream()
            .filter(Probe.Found.class::isInstance)
            .map(probe -> ((Probe.Found) probe).info())
            .limit(1)
            .toList();
  }

  @Test
  void opensADeviceTwice() {
    OpenClDevice first = OpenCl.open();
    try (OpenClDevice second = OpenCl.open()) {
      first.close();
      second.allocate(16).close();
    }
  }

  @Test
  void aDeviceThatIsGoneCannotBeOpened() {
    DeviceInfo info = OpenCl.found().info();
    DeviceInfo other =
        new DeviceInfo(
            "opencl:99",
            info.model(),
            info.vendor(),
            info.version(),
            info.kind(),
            1,
            1,
            true,
            info.speed());
    DeviceException e =
        assertThrows(DeviceException.class, () -> new OpenClDriver().open(new Probe.Found(other)));
    assertTrue(e.getMessage().contains("opencl:99: is no longer there"), e.getMessage());
  }

  @Test
  void forcesADialect() {
    for (Dialect dialect : Dialect.values()) {
      try (OpenClDevice device = OpenCl.open(dialect)) {
        assertEquals(dialect, device.dialect());
      }
    }
  }

  @Test
  void rejectsAnUnknownDialect() {
    Probe.Found found = OpenCl.found();
    System.setProperty(OpenClDriver.DIALECT, "mimd");
    try {
      DeviceException e = assertThrows(DeviceException.class, () -> new OpenClDriver().open(found));
      assertEquals(
          """
          opencl:0: tombolo.opencl.dialect is "mimd"; need simd or simt
            try: -Dtombolo.opencl.dialect=simd, or leave it out\
          """,
          e.getMessage());
    } finally {
      System.clearProperty(OpenClDriver.DIALECT);
    }
  }

  @Test
  void withoutALibraryNothingIsFound() {
    List<Probe> probes = new OpenClDriver(List.of("libNoSuchOpenCL.so.7")).probe();
    Probe.Missing missing = assertInstanceOf(Probe.Missing.class, probes.get(0));
    assertEquals(1, probes.size());
    assertTrue(missing.reason().contains("libNoSuchOpenCL.so.7"), missing.reason());
    assertTrue(missing.remedy().contains("ocl-icd-libopencl1"), missing.remedy());
  }

  @Test
  void withoutAPlatformNothingIsFound(@TempDir Path empty) throws Exception {
    OpenCl.found();
    ChildJvm.Result result =
        ChildJvm.run(ProbeMain.class, Map.of("OCL_ICD_VENDORS", empty.toString()));
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(
        result.output().contains("missing: the OpenCL library is there, but no platform"),
        result.output());
  }

  @Test
  void namesAPlatformWithoutDevices() throws Exception {
    OpenCl.found();
    ChildJvm.Result result = ChildJvm.run(ProbeMain.class, Map.of("POCL_DEVICES", "none"));
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(
        result.output().contains("missing: platform Portable Computing Language has no device"),
        result.output());
  }

  @Test
  void loadsNothingBeforeProbing() throws Exception {
    OpenCl.found();
    ChildJvm.Result result = ChildJvm.run(ProbeMain.class, Map.of());
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(result.output().contains("loaded before: []"), result.output());
    assertTrue(result.output().contains("libOpenCL"), result.output());
  }

  @Test
  void refusesWorkAfterItWasClosed() {
    Device device = OpenCl.open();
    device.close();
    device.close();
    DeviceException e = assertThrows(DeviceException.class, () -> device.allocate(8));
    assertTrue(e.getMessage().contains("used after it was closed"), e.getMessage());
  }
}
