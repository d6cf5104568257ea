package org.tombolo.scheduler;

/// A run whose inputs are on their way up, and nothing else of it; see [Plan#stage].
public final class Staged {
  private final Plan plan;
  private final Frame frame;

  Staged(Plan plan, Frame frame) {
    this.plan = plan;
    this.frame = frame;
  }

  /// Starts the run, as [Plan#start] does.
  ///
  /// @return the run, to be awaited
  /// @throws IllegalStateException if it was started already, or another run took its place
  /// @throws RunException if a device fails at once; the variables that the plan assigns are
  ///   uncertain then and must be set anew
  public Run start() {
    return plan.start(this);
  }

  Frame frame() {
    return frame;
  }
}
