package org.tombolo.device;

/// What is known of a device before it is opened.
///
/// @param id driver id and number, such as `opencl:0`
/// @param model name of the device as its vendor gives it
/// @param vendor maker of the device or of its runtime
/// @param version version of the stack: part of the key of everything cached for the device
/// @param kind what sort of device it is
/// @param units parallel units: cores or compute units
/// @param memoryBytes memory for buffers as reported, which a device may not be able to honour
/// @param sharesHostMemory whether its memory is the host's, so that moving data is only a copy
/// @param speed rough speeds, for decisions made before anything was measured
public record DeviceInfo(
    String id,
    String model,
    String vendor,
    String version,
    Kind kind,
    int units,
    long memoryBytes,
    boolean sharesHostMemory,
    Speed speed) {

  /// What sort of device.
  public enum Kind {
    /// Runs on the host's processor.
    CPU,
    /// Graphics processor.
    GPU,
    /// Anything else.
    ACCELERATOR
  }

  /// Rough speeds of a device.
  ///
  /// @param flopsPerSecond single-precision multiply and add rate, counted as two each
  /// @param bytesPerSecond rate at which memory streams
  /// @param launchSeconds time to start one region
  public record Speed(double flopsPerSecond, double bytesPerSecond, double launchSeconds) {

    /// Time of a region that does this much work.
    public double seconds(double flops, double bytes) {
      return launchSeconds + Math.max(flops / flopsPerSecond, bytes / bytesPerSecond);
    }
  }

  /// Id of the driver: the id up to the colon.
  public String driver() {
    int colon = id.indexOf(':');
    return colon < 0 ? id : id.substring(0, colon);
  }

  /// Identity of the device and its stack, for caches.
  public String fingerprint() {
    return String.join("/", driver(), vendor, model, version);
  }
}
