package org.tombolo.cpu;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.cpu.math.VectorMaths;
import org.tombolo.cpu.provider.KernelChoice;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Driver;
import org.tombolo.device.HostProcessor;
import org.tombolo.device.Probe;

/// The JVM as a device, `cpu:0`: nothing to install, always there.
///
/// | property | meaning |
/// |---|---|
/// | `tombolo.cpu.threads` | threads that share the work; without it, one per processor |
/// | `tombolo.cpu.providers` | whose kernels compute, see [KernelChoice] |
/// | `tombolo.cpu.memory` | bytes that buffers may take, such as `8g`; without it, all there are |
/// | `tombolo.cpu.loops` | `interpreted` or `generated`: how fused loops run; without it, interpreted until generated code is ready and was measured to be faster |
public final class CpuDriver implements Driver {
  /// Single-precision rate of one core with and without the Vector API, and bytes that one core and
  /// that all of them stream: orders of magnitude of present desktop processors.
  private static final double VECTOR_FLOPS = 40e9;

  private static final double PLAIN_FLOPS = 4e9;
  private static final double BYTES_PER_CORE = 8e9;
  private static final double BYTES_AT_MOST = 40e9;
  private static final double LAUNCH_SECONDS = 2e-6;

  /// Does nothing.
  public CpuDriver() {}

  @Override
  public String id() {
    return "cpu";
  }

  @Override
  public List<Probe> probe() {
    try {
      return List.of(new Probe.Found(info()));
    } catch (IllegalArgumentException e) {
      String[] parts = String.valueOf(e.getMessage()).split("\n  try: ", 2);
      return List.of(
          new Probe.Missing(id(), parts[0], parts.length > 1 ? parts[1] : "no such property"));
    }
  }

  private DeviceInfo info() {
    int units = WorkerTeam.threads();
    boolean vectors = VectorMaths.usesVectors();
    return new DeviceInfo(
        id() + ":0",
        HostProcessor.model(),
        System.getProperty("java.vm.vendor", "unknown"),
        version(vectors),
        DeviceInfo.Kind.CPU,
        units,
        HostFacts.memoryBytes(),
        true,
        new DeviceInfo.Speed(
            units * (vectors ? VECTOR_FLOPS : PLAIN_FLOPS),
            Math.min(units * BYTES_PER_CORE, BYTES_AT_MOST),
            LAUNCH_SECONDS));
  }

  /// The virtual machine's version with all else that decides how fast kernels are.
  private static String version(boolean vectors) {
    List<String> parts = new ArrayList<>();
    parts.add(System.getProperty("java.vm.version", "unknown"));
    if (vectors) {
      parts.add("vector");
    }
    parts.addAll(KernelChoice.providers());
    return String.join("+", parts);
  }

  @Override
  public Device open(Probe.Found found) {
    if (!found.info().id().equals(id() + ":0")) {
      throw new DeviceException(
          found.info().id(), "not a device of driver cpu, which has cpu:0", "what probe() found");
    }
    return new CpuDevice(found.info());
  }
}
