package org.tombolo.scheduler.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A run of a plan: from when its first task is handed over to when the host knows that all have
/// ended. Those of branches and loops lie within a [TaskEvent] of the plan around them.
@Name(RunEvent.NAME)
@Label("Run of a Plan")
@Category("Tombolo")
@Description("From the first task handed over to the end of the last one")
@StackTrace(false)
public final class RunEvent extends Event {
  /// Name of the events in recordings.
  public static final String NAME = "org.tombolo.Run";

  private static final RunEvent PROBE = new RunEvent();

  /// Name of the graph.
  @Label("Plan")
  public String plan = "";

  /// Number of the plan in this process.
  @Label("Plan Number")
  public long planNumber;

  /// Number of the run, from 1.
  @Label("Run")
  public long run;

  /// Whether anybody records such events.
  public static boolean isOn() {
    return PROBE.isEnabled();
  }
}
