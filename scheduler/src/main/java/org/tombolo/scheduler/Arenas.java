package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// Where the values of a run lie: one arena per device, laid out over the order of the tasks, and
/// the waits that sharing memory makes necessary.
final class Arenas {
  /// Something that occupies an arena for a while.
  ///
  /// @param label for messages
  /// @param from position of the first task that uses it
  /// @param to position of the last task that uses it
  /// @param users positions of all tasks that use it
  private record Tenant(
      String label, int device, long bytes, int from, int to, List<Integer> users) {}

  private final Schedule schedule;
  private final List<Tenant> tenants = new ArrayList<>();
  private final Map<Schedule.Cell, Integer> cells = new HashMap<>();
  private final Map<Integer, Integer> scratch = new HashMap<>();
  private final List<Integer> numberOnDevice = new ArrayList<>();
  private final List<MemoryPlan> plans = new ArrayList<>();

  /// @param schedule the tasks in order
  /// @param scratchBytes working memory of each task, by position
  /// @param alignments what offsets are multiples of, by device
  Arenas(Schedule schedule, long[] scratchBytes, List<Integer> alignments) {
    this.schedule = schedule;
    Map<Schedule.Cell, List<Integer>> users = new LinkedHashMap<>();
    List<Schedule.Task> tasks = schedule.tasks();
    for (int i = 0; i < tasks.size(); i++) {
      List<Schedule.Cell> touched = new ArrayList<>(tasks.get(i).reads);
      touched.addAll(tasks.get(i).writes);
      for (Schedule.Cell cell : touched) {
        Schedule.Cell memory = schedule.memory(cell);
        if (!schedule.isResident(memory)) {
          users.computeIfAbsent(memory, key -> new ArrayList<>()).add(i);
        }
      }
      if (scratchBytes[i] > 0) {
        scratch.put(i, tenants.size());
        int device = tasks.get(i).device;
        tenants.add(new Tenant("working memory", device, scratchBytes[i], i, i, List.of(i)));
      }
    }
    users.forEach((cell, positions) -> {
      cells.put(cell, tenants.size());
      tenants.add(
          new Tenant(
              cell.value().toString(),
              cell.device(),
              cell.value().type().bytes(),
              positions.getFirst(),
              positions.getLast(),
              positions));
    });
    for (int device = 0; device < alignments.size(); device++) {
      layOut(device, alignments.get(device));
    }
  }

  private void layOut(int device, int alignment) {
    List<MemoryPlan.Interval> intervals = new ArrayList<>();
    for (Tenant tenant : tenants) {
      if (tenant.device() == device) {
        intervals.add(new MemoryPlan.Interval(tenant.bytes(), tenant.from(), tenant.to()));
      }
    }
    plans.add(MemoryPlan.of(intervals, alignment));
    if (device == 0) {
      Map<Integer, Integer> counts = new HashMap<>();
      for (Tenant tenant : tenants) {
        numberOnDevice.add(counts.merge(tenant.device(), 1, Integer::sum) - 1);
      }
    }
  }

  private long offset(int tenant) {
    return plans.get(tenants.get(tenant).device()).offset(numberOnDevice.get(tenant));
  }

  /// First byte of a value in the arena of its device.
  long offset(Schedule.Cell memory) {
    return offset(Objects.requireNonNull(cells.get(memory)));
  }

  /// First byte of the working memory of a task that has some.
  long scratchOffset(int task) {
    return offset(Objects.requireNonNull(scratch.get(task)));
  }

  /// Bytes of the arena of a device.
  long bytes(int device) {
    return plans.get(device).arenaBytes();
  }

  /// Largest number of bytes that live at once on a device, which no arena can undercut.
  long liveBytes(int device) {
    return plans.get(device).liveBytes();
  }

  /// A place in the arena of a device.
  ///
  /// @param label what lies there
  /// @param offset first byte
  /// @param from position of the first task that uses it
  /// @param to position of the last task that uses it
  record Residence(String label, long offset, long bytes, int from, int to) {}

  /// Who lives in the arena of a device, and when.
  List<Residence> residences(int device) {
    List<Residence> residences = new ArrayList<>();
    for (int i = 0; i < tenants.size(); i++) {
      Tenant tenant = tenants.get(i);
      if (tenant.device() == device) {
        residences.add(
            new Residence(tenant.label(), offset(i), tenant.bytes(), tenant.from(), tenant.to()));
      }
    }
    return residences;
  }

  /// The largest values on a device, for messages.
  String largest(int device) {
    return tenants.stream()
        .filter(tenant -> tenant.device() == device)
        .sorted(Comparator.comparingLong(tenant -> -tenant.bytes()))
        .limit(3)
        .map(tenant -> "%s (%,d bytes)".formatted(tenant.label(), tenant.bytes()))
        .collect(Collectors.joining(", "));
  }

  /// For each task, the earlier ones that it has to wait for: those that make what it reads, and
  /// those that used the memory that it writes.
  List<Set<Integer>> waits() {
    List<Schedule.Task> tasks = schedule.tasks();
    Map<Schedule.Task, Integer> positions = new HashMap<>();
    List<Set<Integer>> waits = new ArrayList<>();
    for (Schedule.Task task : tasks) {
      Set<Integer> own = new HashSet<>();
      task.after.forEach(earlier -> own.add(Objects.requireNonNull(positions.get(earlier))));
      positions.put(task, waits.size());
      waits.add(own);
    }
    for (int later = 0; later < tenants.size(); later++) {
      Tenant tenant = tenants.get(later);
      for (int earlier = 0; earlier < tenants.size(); earlier++) {
        Tenant before = tenants.get(earlier);
        if (before.device() == tenant.device()
            && before.to() < tenant.from()
            && plans
                .get(tenant.device())
                .overlap(numberOnDevice.get(earlier), numberOnDevice.get(later))) {
          waits.get(tenant.from()).addAll(before.users());
        }
      }
    }
    return waits;
  }
}
