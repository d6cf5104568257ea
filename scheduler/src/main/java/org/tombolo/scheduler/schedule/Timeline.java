package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tombolo.device.QueueRole;

/// When each task of a run is expected to start and to end, on devices that were idle before.
///
/// A queue does one task at a time, in the order in which tasks are handed over. A task starts when
/// its queue is free, what it waits for has ended, and the host has handed it over: the host waits
/// for a value that moves from device to device before it sends it on, and for everything around a
/// branch or a loop.
///
/// @param lanes queue of each task, by position
/// @param starts start of each task in seconds, by position
/// @param ends end of each task in seconds, by position
public record Timeline(List<Lane> lanes, List<Double> starts, List<Double> ends) {
  /// A queue of a device.
  ///
  /// @param device index of the device
  /// @param role which of its queues; of roles that share one, the first
  public record Lane(int device, QueueRole role) {}

  /// Works out when tasks run.
  ///
  /// @param tasks in order
  /// @param waits for each task, the positions of earlier ones
  public static Timeline of(List<Schedule.Task> tasks, List<Set<Integer>> waits, TaskTimes times) {
    List<Lane> lanes = new ArrayList<>();
    List<Double> starts = new ArrayList<>();
    List<Double> ends = new ArrayList<>();
    Map<Lane, Double> free = new HashMap<>();
    double host = 0;
    for (int i = 0; i < tasks.size(); i++) {
      Lane lane = times.lane(tasks.get(i));
      double start = Math.max(host, free.getOrDefault(lane, 0.0));
      for (int earlier : waits.get(i)) {
        start = Math.max(start, ends.get(earlier));
      }
      double end = start + times.seconds(tasks.get(i));
      if (tasks.get(i).action instanceof Schedule.Action.Bridge) {
        for (int earlier : waits.get(i)) {
          if (tasks.get(earlier).action instanceof Schedule.Action.Fetch) {
            host = Math.max(host, ends.get(earlier));
          }
        }
      } else if (tasks.get(i).action instanceof Schedule.Action.Control) {
        host = Math.max(host, end);
      }
      free.put(lane, end);
      lanes.add(lane);
      starts.add(start);
      ends.add(end);
    }
    return new Timeline(List.copyOf(lanes), List.copyOf(starts), List.copyOf(ends));
  }

  /// End of the last task, in seconds.
  public double seconds() {
    return ends.stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }
}
