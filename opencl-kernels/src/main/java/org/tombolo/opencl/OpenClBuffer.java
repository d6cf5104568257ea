package org.tombolo.opencl;

import org.jocl.CL;
import org.jocl.cl_mem;
import org.tombolo.device.Buffer;

/// Memory of an OpenCL device.
final class OpenClBuffer implements Buffer {
  private final OpenClDevice device;
  private final Handle<cl_mem> memory;
  private final long bytes;

  OpenClBuffer(OpenClDevice device, cl_mem memory, long bytes) {
    this.device = device;
    this.memory =
        new Handle<>(
            device.info().id(),
            "buffer of %,d bytes".formatted(bytes),
            memory,
            CL::clReleaseMemObject);
    this.bytes = bytes;
  }

  @Override
  public OpenClDevice device() {
    return device;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /// @throws org.tombolo.device.DeviceException if the buffer is closed
  cl_mem memory() {
    return memory.get();
  }

  /// Address of the native object.
  ///
  /// @throws org.tombolo.device.DeviceException if the buffer is closed
  long address() {
    return memory.get().getNativePointer();
  }

  boolean isOpen() {
    return memory.isOpen();
  }

  @Override
  public void close() {
    device.release(this);
  }

  /// Releases the memory; the device's lock is held.
  void releaseMemory() {
    memory.close();
  }
}
