package org.tombolo.scheduler.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// The host waits for a device.
@Name(WaitEvent.NAME)
@Label("Wait of the Host")
@Category("Tombolo")
@Description("The host waits for a device")
@StackTrace(false)
public final class WaitEvent extends Event {
  /// Name of the events in recordings.
  public static final String NAME = "org.tombolo.Wait";

  private static final WaitEvent PROBE = new WaitEvent();

  /// What for, such as `end of run`.
  @Label("Reason")
  public String reason = "";

  /// A wait begins.
  ///
  /// @return what [#end] takes; null if nobody records
  public static @Nullable WaitEvent begin(String reason) {
    if (!PROBE.isEnabled()) {
      return null;
    }
    WaitEvent wait = new WaitEvent();
    wait.reason = reason;
    wait.begin();
    return wait;
  }

  /// A wait is over.
  public static void end(@Nullable WaitEvent wait) {
    if (wait != null) {
      wait.commit();
    }
  }
}
