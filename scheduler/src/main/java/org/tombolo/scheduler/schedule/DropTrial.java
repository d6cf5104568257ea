package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.tombolo.device.QueueRole;

/// A schedule in which some values leave memory for a while, with what it takes: measured but for
/// the layout of the arenas, which can be a little larger than what lives at once.
///
/// @param drops what leaves
/// @param schedule the tasks, in order
/// @param origins for each of them, the position of the task of the original that it serves
/// @param live bytes that live on each device at each task
/// @param timeline when tasks run
/// @param excess bytes that live beyond what there is room for, summed over tasks and devices
@SuppressWarnings("ArrayRecordComponent")
record DropTrial(
    List<Dropping.Drop> drops,
    Schedule schedule,
    int[] origins,
    long[][] live,
    Timeline timeline,
    double excess) {

  /// What trials of one schedule have in common.
  ///
  /// @param room bytes that may live on each device
  /// @param alignment of each device
  @SuppressWarnings("ArrayRecordComponent")
  record Setting(Dropping.Base base, Needs needs, TaskTimes times, long[] room, int[] alignment) {
    /// Tries to let some values leave; empty if they cannot.
    Optional<DropTrial> without(List<Dropping.Drop> drops) {
      return base.without(drops)
          .map(result -> {
            Tenants tenants = new Tenants(result.schedule(), needs, 1);
            long[][] live = new long[room.length][];
            double excess = 0;
            for (int device = 0; device < room.length; device++) {
              live[device] = tenants.live(device, alignment[device]);
              for (long bytes : live[device]) {
                excess += Math.max(0, bytes - room[device]);
              }
            }
            List<Schedule.Task> tasks = result.schedule().tasks();
            Timeline timeline = Timeline.of(tasks, waits(tasks, times), times);
            return new DropTrial(
                List.copyOf(drops), result.schedule(), result.origins(), live, timeline, excess);
          });
    }
  }

  /// What tasks wait for: others whose results they use, and where values come back, what ran on
  /// the device before, since there may be no memory for them earlier.
  private static List<Set<Integer>> waits(List<Schedule.Task> tasks, TaskTimes times) {
    Map<Schedule.Task, Integer> positions = new HashMap<>();
    Map<Integer, Integer> latest = new HashMap<>();
    List<Set<Integer>> waits = new ArrayList<>();
    for (Schedule.Task task : tasks) {
      Set<Integer> own = new HashSet<>();
      task.after.forEach(earlier -> own.add(Objects.requireNonNull(positions.get(earlier))));
      QueueRole role = times.lane(task).role();
      if (role == QueueRole.COMPUTE) {
        latest.put(task.device, positions.size());
      } else if (task.writes.stream().anyMatch(cell -> cell.again() > 0)) {
        Optional.ofNullable(latest.get(task.device)).ifPresent(own::add);
      }
      positions.put(task, positions.size());
      waits.add(own);
    }
    return waits;
  }

  double seconds() {
    return timeline.seconds();
  }
}
