package org.tombolo.scheduler;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.Tensor;

/// A run of a plan under way; see [Plan#start].
public final class Run {
  private final Plan plan;
  private final Frame frame;
  private @Nullable Map<String, Tensor> results;
  private @Nullable RuntimeException failure;

  Run(Plan plan, Frame frame) {
    this.plan = plan;
    this.frame = frame;
  }

  /// Waits for the end of the run. Asked again, it answers the same.
  ///
  /// @return the outputs of the graph, by name
  /// @throws org.tombolo.device.DeviceException if a device failed in this run, or in the one
  ///   before that it waits for; the variables that the plan assigns are uncertain then and must be
  ///   set anew
  public Map<String, Tensor> await() {
    plan.settle(this);
    if (failure != null) {
      throw failure;
    }
    return Objects.requireNonNull(results);
  }

  /// Whether the run has ended, well or badly. Does not wait.
  public boolean isDone() {
    return isSettled() || plan.hasEnded(this);
  }

  Frame frame() {
    return frame;
  }

  boolean isSettled() {
    return results != null || failure != null;
  }

  void succeeded(Map<String, Tensor> outputs) {
    results = outputs;
  }

  void failed(RuntimeException why) {
    failure = why;
  }
}
