package org.tombolo.scheduler.schedule;

import java.util.List;
import org.tombolo.device.Executable;
import org.tombolo.scheduler.regions.Regions;

/// What compiled regions need beside their operands and results, and where these may lie.
///
/// @param executables by index of the region
public record Needs(List<Executable> executables) {
  /// Whether a region can put an output into the memory of one of its inputs.
  ///
  /// @param region index among the regions
  /// @param output position of the output
  /// @param input position of the input
  boolean inPlace(int region, int output, int input) {
    return executables.get(region).inPlace(output, input);
  }

  /// Working memory of a task.
  public long scratchBytes(Schedule.Task task) {
    return task.action instanceof Schedule.Action.Run(Regions.Placed _, int index)
        ? executables.get(index).scratchBytes()
        : 0;
  }
}
