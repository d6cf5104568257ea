package org.tombolo.opencl;

import org.jocl.CL;
import org.tombolo.device.DeviceException;
import org.tombolo.device.OutOfDeviceMemoryException;

/// Turns OpenCL's error codes into exceptions that say what was done.
final class OpenClErrors {
  private OpenClErrors() {}

  /// Whether a code says that memory ran out, as far as codes tell.
  static boolean isOutOfMemory(int code) {
    return code == CL.CL_MEM_OBJECT_ALLOCATION_FAILURE
        || code == CL.CL_OUT_OF_RESOURCES
        || code == CL.CL_OUT_OF_HOST_MEMORY
        || code == CL.CL_INVALID_BUFFER_SIZE;
  }

  static DeviceException failed(String device, String what, int code) {
    return new DeviceException(
        device, "%s failed with %s".formatted(what, name(code)), remedy(code));
  }

  static OutOfDeviceMemoryException outOfMemory(
      String device, long bytes, long inUse, long reported, int code) {
    return new OutOfDeviceMemoryException(
        device,
        bytes,
        "%,d bytes in use here, %,d reported by the device (%s)"
            .formatted(inUse, reported, name(code)),
        "a smaller batch, several smaller buffers, or another device");
  }

  /// Does nothing on success.
  ///
  /// @throws DeviceException otherwise
  static void check(String device, String what, int code) {
    if (code != CL.CL_SUCCESS) {
      throw failed(device, what, code);
    }
  }

  static String name(int code) {
    return code == -9999
        ? "an illegal read or write of a kernel (-9999)"
        : "%s (%d)".formatted(CL.stringFor_errorCode(code), code);
  }

  private static String remedy(int code) {
    return isOutOfMemory(code)
        ? "a smaller batch: the device ran out of memory or registers"
        : "clinfo to see whether the device works; close the device and open it again";
  }
}
