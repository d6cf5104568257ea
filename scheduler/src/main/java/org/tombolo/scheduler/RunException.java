package org.tombolo.scheduler;

import org.tombolo.device.DeviceException;

/// A run that failed on a device. The message names the device, the plan, and the task with its
/// region or tensor; the cause is what the device said.
public final class RunException extends DeviceException {
  private static final long serialVersionUID = 1;

  private final String plan;
  private final String task;

  RunException(String plan, String device, String task, DeviceException cause) {
    super(
        device, "plan of %s: %s: %s".formatted(plan, task, cause.problem()), cause.remedy(), cause);
    this.plan = plan;
    this.task = task;
  }

  /// Name of the graph that was run.
  public String plan() {
    return plan;
  }

  /// What failed: the region, or what was to be moved where.
  public String task() {
    return task;
  }
}
