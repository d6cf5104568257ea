package org.tombolo.scheduler.trace;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A task of a run: from when it is handed over to when the host sees that it has ended. Where a
/// device works by itself, tasks wait in its queues in between, and the host may look late.
@Name(TaskEvent.NAME)
@Label("Task of a Run")
@Category("Tombolo")
@Description("From being handed over to the end as the host sees it")
@StackTrace(false)
public final class TaskEvent extends Event {
  /// Name of the events in recordings.
  public static final String NAME = "org.tombolo.Task";

  private static final TaskEvent PROBE = new TaskEvent();

  /// Number of the plan in this process.
  @Label("Plan Number")
  public long planNumber;

  /// Number of the run, from 1.
  @Label("Run")
  public long run;

  /// Place among the tasks of the plan.
  @Label("Index")
  public int index;

  /// What sort of work: `upload`, `region`, `control`, `bridge`, `copy` or `download`.
  @Label("Kind")
  public String kind = "";

  /// Name of the region, or of the value that moves.
  @Label("Task")
  public String task = "";

  /// Id of the device.
  @Label("Device")
  public String device = "";

  /// Queue of the device: `upload`, `compute` or `download`.
  @Label("Queue")
  public String queue = "";

  /// Bytes that move.
  @Label("Bytes")
  @DataAmount
  public long bytes;

  /// Tasks of the run that this one has a value from, where either of the two is a transfer:
  /// indices with spaces between.
  @Label("Sources")
  public String sources = "";

  /// From being handed over to when the device began, in nanoseconds; -1 if it does not tell.
  @Label("Began After")
  public long beganAfter = -1;

  /// From being handed over to when the device ended, in nanoseconds; -1 if it does not tell.
  @Label("Ended After")
  public long endedAfter = -1;

  /// Whether anybody records such events.
  public static boolean isOn() {
    return PROBE.isEnabled();
  }
}
