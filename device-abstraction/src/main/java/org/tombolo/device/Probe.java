package org.tombolo.device;

/// One answer to the question what a driver can use on this machine.
public sealed interface Probe {

  /// A device that can be opened.
  ///
  /// @param info what is known of it
  record Found(DeviceInfo info) implements Probe {}

  /// Something that is not there or does not work.
  ///
  /// @param driver id of the driver that looked
  /// @param reason what was looked for and what was found instead
  /// @param remedy what a user can do about it
  record Missing(String driver, String reason, String remedy) implements Probe {}
}
