package org.tombolo.scheduler.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A schedule in which some values leave memory for a while, with what it takes: measured but for
/// the layout of the arenas, which can be a little larger than what lives at once.
///
/// @param drops what leaves
/// @param schedule the tasks, in order
/// @param origins for each of them, the position of the task of the original that it serves
/// @param live bytes that live on each device at each task
/// @param room bytes that may: what visitors do not occupy from run to run comes on top
/// @param timeline when tasks run
/// @param excess bytes that live beyond what there is room for, summed over tasks and devices
@SuppressWarnings("ArrayRecordComponent")
record DropTrial(
    List<Dropping.Drop> drops,
    Schedule schedule,
    int[] origins,
    long[][] live,
    long[] room,
    Timeline timeline,
    double excess) {

  /// What trials of one schedule have in common.
  ///
  /// @param room bytes that may live on each device while all variables are at home
  /// @param alignment of each device
  @SuppressWarnings("ArrayRecordComponent")
  record Setting(Dropping.Base base, Needs needs, TaskTimes times, long[] room, int[] alignment) {
    /// Tries to let some values leave; empty if they cannot.
    Optional<DropTrial> without(List<Dropping.Drop> drops) {
      return base.without(drops)
          .map(result -> {
            Tenants tenants = new Tenants(result.schedule(), needs, 1);
            long[] free = room.clone();
            long[][] live = new long[room.length][];
            double excess = 0;
            for (int device = 0; device < room.length; device++) {
              free[device] += result.schedule().visitingBytes(device);
              live[device] = tenants.live(device, alignment[device]);
              for (long bytes : live[device]) {
                excess += Math.max(0, bytes - free[device]);
              }
            }
            List<Schedule.Task> tasks = result.schedule().tasks();
            Timeline timeline = Timeline.of(tasks, waits(tasks, tenants, alignment, live), times);
            return new DropTrial(
                List.copyOf(drops),
                result.schedule(),
                result.origins(),
                live,
                free,
                timeline,
                excess);
          });
    }
  }

  /// What tasks wait for: others whose results they use, and those that used the memory which they
  /// take, if arenas are as large as what lives in them and give away first what was left first.
  private static List<Set<Integer>> waits(
      List<Schedule.Task> tasks, Tenants tenants, int[] alignment, long[][] live) {
    Map<Schedule.Task, Integer> positions = new HashMap<>();
    List<Set<Integer>> waits = new ArrayList<>();
    for (Schedule.Task task : tasks) {
      Set<Integer> own = new HashSet<>(tenants.overwritten(waits.size()));
      task.after.forEach(earlier -> own.add(Objects.requireNonNull(positions.get(earlier))));
      positions.put(task, waits.size());
      waits.add(own);
    }
    for (int device = 0; device < live.length; device++) {
      addReuse(
          waits,
          tenants.on(device),
          alignment[device],
          Arrays.stream(live[device]).max().orElse(0));
    }
    return waits;
  }

  /// Memory that was left.
  private record Left(Tenants.Tenant tenant, long bytes) {}

  private static void addReuse(
      List<Set<Integer>> waits, List<Tenants.Tenant> tenants, int alignment, long arena) {
    List<Tenants.Tenant> coming = new ArrayList<>(tenants);
    coming.sort(Comparator.comparingInt(Tenants.Tenant::from));
    List<Tenants.Tenant> going = new ArrayList<>(tenants);
    going.sort(Comparator.comparingInt(Tenants.Tenant::to));
    Deque<Left> left = new ArrayDeque<>();
    long fresh = arena;
    int gone = 0;
    for (Tenants.Tenant each : coming) {
      for (; going.get(gone).to() < each.from(); gone++) {
        left.add(new Left(going.get(gone), MemoryPlan.roundUp(going.get(gone).bytes(), alignment)));
      }
      long missing = MemoryPlan.roundUp(each.bytes(), alignment);
      long taken = Math.min(missing, fresh);
      fresh -= taken;
      missing -= taken;
      while (missing > 0) {
        Left first = left.remove();
        waits.get(each.from()).addAll(first.tenant().users());
        if (first.bytes() > missing) {
          left.addFirst(new Left(first.tenant(), first.bytes() - missing));
        }
        missing -= first.bytes();
      }
    }
  }

  double seconds() {
    return timeline.seconds();
  }
}
