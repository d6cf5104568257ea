package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tombolo.device.Device;
import org.tombolo.device.Executable;
import org.tombolo.scheduler.calibration.Calibration;

/// An order of the tasks with the places that values have in it and the times that come of it.
///
/// @param schedule the tasks, in order
/// @param arenas the places of values
/// @param controlBytes what branches and loops hold on each device
/// @param waits for each task, the positions of the earlier ones that it waits for
/// @param timeline when tasks are expected to run
record Layout(
    Schedule schedule,
    Arenas arenas,
    List<Long> controlBytes,
    List<Set<Integer>> waits,
    Timeline timeline) {
  /// Share of the expected time that another order than the written one has to save: orders by rank
  /// keep more values alive.
  private static final double WORTH = 0.01;

  /// The layout of least expected time among those that fit into memory; of nearly equal ones that
  /// of the order as written. Several runs may be under way at once if there is memory for the
  /// inputs of two, and nothing inside decides what runs next.
  ///
  /// @param schedule the tasks as written
  /// @param speeds what work takes on each device
  /// @param options say how much memory there is
  static Layout best(
      Schedule schedule,
      List<Executable> executables,
      List<ControlPlan> controls,
      List<Device> devices,
      List<Calibration> speeds,
      PlanOptions options) {
    TaskTimes times = new TaskTimes(devices, speeds, controls);
    int runs = controls.isEmpty() ? 2 : 1;
    List<Schedule> orders = new ArrayList<>();
    List<Schedule.Task> byRank = TaskOrder.byRank(schedule.tasks(), times);
    double written = timeline(schedule.tasks(), times).seconds();
    if (timeline(byRank, times).seconds() < (1 - WORTH) * written) {
      orders.add(schedule.inOrder(byRank));
    }
    orders.add(schedule);
    List<Long> controlBytes =
        IntStream.range(0, devices.size())
            .mapToObj(device ->
                controls.stream().mapToLong(control -> control.bytes(device)).sum())
            .toList();
    Layout last = null;
    Layout best = null;
    for (int each = runs; each >= 1 && best == null; each--) {
      for (Schedule order : orders) {
        last = of(order, executables, controlBytes, devices, times, each);
        boolean isBetter =
            best == null || last.timeline.seconds() < (1 - WORTH) * best.timeline.seconds();
        if (last.fits(devices, options) && isBetter) {
          best = last;
        }
      }
    }
    return best == null ? Objects.requireNonNull(last) : best;
  }

  private static Layout of(
      Schedule schedule,
      List<Executable> executables,
      List<Long> controlBytes,
      List<Device> devices,
      TaskTimes times,
      int runs) {
    Arenas arenas =
        new Arenas(
            schedule,
            (region, output, input) -> executables.get(region).inPlace(output, input),
            schedule.tasks().stream().mapToLong(task -> scratchBytes(task, executables)).toArray(),
            devices,
            runs);
    List<Set<Integer>> waits = arenas.waits();
    return new Layout(
        schedule, arenas, controlBytes, waits, Timeline.of(schedule.tasks(), waits, times));
  }

  private static long scratchBytes(Schedule.Task task, List<Executable> executables) {
    return task.action instanceof Schedule.Action.Run(Regions.Placed _, int index)
        ? executables.get(index).scratchBytes()
        : 0;
  }

  /// When tasks run if memory makes none of them wait.
  private static Timeline timeline(List<Schedule.Task> tasks, TaskTimes times) {
    Map<Schedule.Task, Integer> positions = new HashMap<>();
    tasks.forEach(task -> positions.put(task, positions.size()));
    List<Set<Integer>> waits =
        tasks.stream()
            .map(task ->
                task.after.stream()
                    .map(earlier -> Objects.requireNonNull(positions.get(earlier)))
                    .collect(Collectors.toUnmodifiableSet()))
            .toList();
    return Timeline.of(tasks, waits, times);
  }

  private boolean fits(List<Device> devices, PlanOptions options) {
    for (int device = 0; device < devices.size(); device++) {
      if (bytes(device) > options.memoryLimit(devices.get(device).info())) {
        return false;
      }
    }
    return true;
  }

  /// Bytes on a device: the plan's variables, and [#valueBytes].
  long bytes(int device) {
    return schedule.stateBytes(device) + valueBytes(device);
  }

  /// Bytes of values, inputs and constants on a device, and of what branches and loops hold there.
  long valueBytes(int device) {
    return arenas.bytes(device)
        + arenas.runs() * arenas.inputBytes(device)
        + arenas.constantBytes(device)
        + controlBytes.get(device);
  }
}
