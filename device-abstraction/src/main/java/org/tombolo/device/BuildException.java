package org.tombolo.device;

/// A device's compiler refused the code of a kernel.
public final class BuildException extends DeviceException {
  private static final long serialVersionUID = 1;

  private final String log;
  private final String source;

  /// @param device id of the device
  /// @param region name of the region that was compiled
  /// @param log what the compiler printed
  /// @param source the code it was given
  public BuildException(String device, String region, String log, String source) {
    super(
        device,
        "kernel for %s does not build:\n%s".formatted(region, log.strip()),
        "report it with the source, which BuildException.source() holds");
    this.log = log;
    this.source = source;
  }

  /// Code that a user wrote.
  ///
  /// @param device id of the device
  /// @param region name of the region that was compiled
  /// @param log what the compiler printed
  /// @param source the code it was given
  /// @param remedy what to try
  public BuildException(String device, String region, String log, String source, String remedy) {
    super(device, "kernel for %s does not build:\n%s".formatted(region, log.strip()), remedy);
    this.log = log;
    this.source = source;
  }

  /// What the compiler printed.
  public String log() {
    return log;
  }

  /// The code it was given.
  public String source() {
    return source;
  }
}
