package org.tombolo.cpu;

import org.tombolo.device.Launch;

/// A kernel with its memory.
final class CpuLaunch implements Launch {
  private final CpuDevice device;
  private final String name;
  private final Runnable kernel;
  private volatile boolean closed;

  /// @param kernel runs in the memory
  CpuLaunch(CpuDevice device, String name, Runnable kernel) {
    this.device = device;
    this.name = name;
    this.kernel = kernel;
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
    kernel.run();
  }

  @Override
  public void close() {
    closed = true;
  }
}
