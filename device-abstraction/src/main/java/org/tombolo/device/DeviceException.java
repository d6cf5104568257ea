package org.tombolo.device;

/// Something that went wrong on a device. The message names the device and what was done, and on a
/// second line says what to try.
public class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String device;
  private final String problem;
  private final String remedy;

  /// @param device id of the device
  /// @param problem what was done and what happened
  /// @param remedy what to try
  public DeviceException(String device, String problem, String remedy) {
    super(message(device, problem, remedy));
    this.device = device;
    this.problem = problem;
    this.remedy = remedy;
  }

  /// @param device id of the device
  /// @param problem what was done and what happened
  /// @param remedy what to try
  /// @param cause what the stack said
  public DeviceException(String device, String problem, String remedy, Throwable cause) {
    super(message(device, problem, remedy), cause);
    this.device = device;
    this.problem = problem;
    this.remedy = remedy;
  }

  private static String message(String device, String problem, String remedy) {
    return device + ": " + problem + "\n  try: " + remedy;
  }

  /// Id of the device.
  public String device() {
    return device;
  }

  /// What was done and what happened.
  public String problem() {
    return problem;
  }

  /// What to try.
  public String remedy() {
    return remedy;
  }
}
