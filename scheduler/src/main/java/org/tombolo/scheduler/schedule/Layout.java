package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tombolo.device.Device;
import org.tombolo.scheduler.calibration.Calibration;

/// An order of the tasks with the places that values have in it and the times that come of it.
///
/// @param schedule the tasks, in order
/// @param arenas the places of values
/// @param controlBytes what branches and loops hold on each device
/// @param waits for each task, the positions of the earlier ones that it waits for
/// @param timeline when tasks are expected to run
/// @param freeSeconds what a run would be expected to take if memory were no matter
/// @param wholeBytes bytes on each device if no value left memory for a while
public record Layout(
    Schedule schedule,
    Arenas arenas,
    List<Long> controlBytes,
    List<Set<Integer>> waits,
    Timeline timeline,
    double freeSeconds,
    List<Long> wholeBytes) {
  /// Share of the expected time that another order than the written one has to save: orders by rank
  /// keep more values alive.
  private static final double WORTH = 0.01;

  /// Tasks up to which values leave from several orders, if one of them is not as fast as can be.
  private static final int MOST_TASKS = 150;

  /// The layout of least expected time among those that fit into memory; of nearly equal ones that
  /// of the order as written. Several runs may be under way at once if there is memory for the
  /// inputs of two, and nothing inside decides what runs next. If nothing fits, values leave memory
  /// for a while ([MemoryRelief]).
  ///
  /// @param schedule the tasks as written
  /// @param controls what branches and loops take, by index
  /// @param speeds what work takes on each device
  /// @param limits most bytes on each device
  public static Layout best(
      Schedule schedule,
      Needs needs,
      List<ControlCost> controls,
      List<Device> devices,
      List<Calibration> speeds,
      List<Long> limits) {
    return new Maker(schedule, needs, controls, devices, speeds, limits).best();
  }

  private static final class Maker {
    private final Needs needs;
    private final List<Device> devices;
    private final List<Long> limits;
    private final List<Long> controlBytes;
    private final int runs;
    private final TaskTimes times;
    private final List<Schedule> orders = new ArrayList<>();
    private final double freeSeconds;

    /// Bytes on each device if nothing leaves; none while nothing does.
    private List<Long> wholeBytes = List.of();

    Maker(
        Schedule schedule,
        Needs needs,
        List<ControlCost> controls,
        List<Device> devices,
        List<Calibration> speeds,
        List<Long> limits) {
      this.needs = needs;
      this.devices = devices;
      this.limits = limits;
      this.controlBytes =
          IntStream.range(0, devices.size())
              .mapToObj(device ->
                  controls.stream().mapToLong(control -> control.bytes().get(device)).sum())
              .toList();
      this.runs = controls.isEmpty() ? 2 : 1;
      this.times = new TaskTimes(devices, speeds, controls);
      List<Schedule.Task> byRank = TaskOrder.byRank(schedule.tasks(), times);
      double written = timeline(schedule.tasks(), times).seconds();
      double ranked = timeline(byRank, times).seconds();
      if (ranked < (1 - WORTH) * written) {
        orders.add(schedule.inOrder(byRank));
      }
      orders.add(schedule);
      this.freeSeconds = Math.min(written, ranked);
    }

    Layout best() {
      Layout best = null;
      for (int each = runs; each >= 1 && best == null; each--) {
        for (Schedule order : orders) {
          Layout layout = of(order, each);
          if (layout.fits(limits) && (best == null || layout.isFaster(best))) {
            best = layout;
          }
        }
      }
      if (best == null) {
        Schedule written = orders.getLast();
        orders.add(written.inOrder(TaskOrder.thrifty(written)));
        Layout thrifty = of(orders.getLast(), 1);
        if (thrifty.fits(limits)) {
          return thrifty;
        }
        wholeBytes = thrifty.wholeBytes();
        best = relieved();
      }
      return best;
    }

    /// The best with values that leave memory for a while; if still nothing fits, what is over the
    /// limits least.
    private Layout relieved() {
      Layout best = null;
      for (Schedule order : orders.reversed()) { // the thrifty one first
        boolean isEnough =
            best != null
                && best.fits(limits)
                && (best.isNearlyFree() || order.tasks().size() > MOST_TASKS);
        if (isEnough) {
          break;
        }
        Layout layout = relieved(order);
        boolean isBetter =
            best == null
                || layout.excess(limits) < best.excess(limits)
                || (layout.excess(limits) == best.excess(limits) && layout.isFaster(best));
        best = isBetter ? layout : best;
      }
      return Objects.requireNonNull(best);
    }

    private Layout relieved(Schedule order) {
      Layout whole = of(order, 1);
      long[] room = new long[devices.size()];
      for (int device = 0; device < room.length; device++) {
        room[device] = limits.get(device) - whole.bytes(device) + whole.arenas.bytes(device);
        long least = Tenants.leastBytes(order, needs, device);
        if (room[device] < least && room.length > 1) {
          return whole; // less has to run there
        }
        room[device] = Math.max(room[device], least);
      }
      return MemoryRelief.of(order, needs, times, room, devices, schedule -> of(schedule, 1));
    }

    private Layout of(Schedule schedule, int each) {
      Arenas arenas = new Arenas(schedule, needs, devices, each);
      List<Set<Integer>> waits = arenas.waits();
      Timeline timeline = Timeline.of(schedule.tasks(), waits, times);
      Layout layout =
          new Layout(schedule, arenas, controlBytes, waits, timeline, freeSeconds, wholeBytes);
      return wholeBytes.isEmpty() ? layout.asWhole() : layout;
    }
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

  private Layout asWhole() {
    List<Long> bytes = IntStream.range(0, controlBytes.size()).mapToObj(this::bytes).toList();
    return new Layout(schedule, arenas, controlBytes, waits, timeline, freeSeconds, bytes);
  }

  private boolean isFaster(Layout other) {
    return timeline.seconds() < (1 - WORTH) * other.timeline.seconds();
  }

  /// Whether nothing is lost by lack of memory.
  public boolean isNearlyFree() {
    return timeline.seconds() <= (1 + WORTH) * freeSeconds;
  }

  private boolean fits(List<Long> limits) {
    return excess(limits) == 0;
  }

  /// Bytes beyond limits, on all devices.
  private long excess(List<Long> limits) {
    return IntStream.range(0, limits.size())
        .mapToLong(device -> Math.max(0, bytes(device) - limits.get(device)))
        .sum();
  }

  /// Bytes on a device: the plan's variables, and [#valueBytes].
  public long bytes(int device) {
    return schedule.stateBytes(device) + valueBytes(device);
  }

  /// Bytes of values, inputs and constants on a device, and of what branches and loops hold there.
  public long valueBytes(int device) {
    return arenas.bytes(device)
        + arenas.runs() * arenas.inputBytes(device)
        + arenas.constantBytes(device)
        + controlBytes.get(device);
  }
}
