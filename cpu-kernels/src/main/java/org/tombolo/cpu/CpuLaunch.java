package org.tombolo.cpu;

import java.lang.foreign.MemorySegment;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.device.Launch;

/// A kernel with its memory.
final class CpuLaunch implements Launch {
  private final CpuDevice device;
  private final String name;
  private final HostKernel kernel;
  private final MemorySegment[] inputs;
  private final MemorySegment[] outputs;
  private final MemorySegment scratch;
  private volatile boolean closed;

  CpuLaunch(
      CpuDevice device,
      String name,
      HostKernel kernel,
      MemorySegment[] inputs,
      MemorySegment[] outputs,
      MemorySegment scratch) {
    this.device = device;
    this.name = name;
    this.kernel = kernel;
    this.inputs = inputs;
    this.outputs = outputs;
    this.scratch = scratch;
  }

  CpuDevice device() {
    return device;
  }

  String name() {
    return name;
  }

  void run() {
    if (closed) {
      throw new IllegalStateException("the launch is closed");
    }
    kernel.run(inputs, outputs, scratch);
  }

  @Override
  public void close() {
    closed = true;
  }
}
