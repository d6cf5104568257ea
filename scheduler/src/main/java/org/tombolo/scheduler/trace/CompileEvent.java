package org.tombolo.scheduler.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The making of a plan, or within it, of a region by a device.
@Name(CompileEvent.NAME)
@Label("Compilation")
@Category("Tombolo")
@Description("The making of a plan, or of a region by a device")
@StackTrace(false)
public final class CompileEvent extends Event {
  /// Name of the events in recordings.
  public static final String NAME = "org.tombolo.Compile";

  /// Name of the graph or the region.
  @Label("What")
  public String what = "";

  /// Id of the device; empty for a plan.
  @Label("Device")
  public String device = "";

  /// Operations in it.
  @Label("Operations")
  public int operations;

  /// The making of something begins.
  ///
  /// @param device empty for a plan
  public static CompileEvent begin(String what, String device, int operations) {
    CompileEvent event = new CompileEvent();
    event.what = what;
    event.device = device;
    event.operations = operations;
    event.begin();
    return event;
  }
}
