package org.tombolo.scheduler;

import java.util.List;

/// What a plan does in one run, known before it runs.
///
/// @param launches regions and copies that run on devices
/// @param bytesUp bytes from the host to devices: inputs and values that change device
/// @param bytesDown bytes from devices to the host: results and values that change device
/// @param memory what each device of the engine holds for the plan
/// @param predictedSeconds time that placement expects
public record PlanStatistics(
    int launches, long bytesUp, long bytesDown, List<Memory> memory, double predictedSeconds) {
  /// Copies the list.
  public PlanStatistics {
    memory = List.copyOf(memory);
  }

  /// Memory of one device.
  ///
  /// @param device id of the device
  /// @param stateBytes variables, which other plans may share
  /// @param constantBytes constants
  /// @param inputBytes inputs of the runs that may be under way
  /// @param arenaBytes values within a run
  /// @param liveBytes largest sum of values that live at once, a lower bound of the arena
  public record Memory(
      String device,
      long stateBytes,
      long constantBytes,
      long inputBytes,
      long arenaBytes,
      long liveBytes) {
    /// All of it.
    public long peakBytes() {
      return stateBytes + constantBytes + inputBytes + arenaBytes;
    }
  }

  /// The most that any device holds.
  public long peakBytes() {
    return memory.stream().mapToLong(Memory::peakBytes).max().orElse(0);
  }
}
