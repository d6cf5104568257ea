package org.tombolo.cpu;

import java.time.Duration;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;

/// The end of work that failed, or that was not begun because something before it failed.
///
/// @param device id of the device
/// @param problem what was done and what happened
/// @param remedy what to try
/// @param cause what was thrown
record FailedEvent(String device, String problem, String remedy, Throwable cause) implements Event {
  @Override
  public boolean isDone() {
    return true;
  }

  @Override
  public void await(Duration timeout) {
    throw new DeviceException(device, problem, remedy, cause);
  }
}
