package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tombolo.device.ByteMeter;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.schedule.Schedule;
import org.tombolo.scheduler.schedule.Timeline;

/// What comes back to memory in a plan, and at what cost.
final class Returns {
  private Returns() {}

  static List<PlanReport.Return> of(Blueprint plan) {
    Timeline timeline = plan.timeline();
    Map<Schedule.Cell, Double> down = new HashMap<>();
    List<PlanReport.Return> returns = new ArrayList<>();
    List<Schedule.Task> tasks = plan.schedule().tasks();
    for (int i = 0; i < tasks.size(); i++) {
      Schedule.Task task = tasks.get(i);
      double seconds = timeline.ends().get(i) - timeline.starts().get(i);
      if (task.action instanceof Schedule.Action.Fetch(Schedule.Cell from, var purpose)
          && purpose == ByteMeter.Purpose.SWAP) {
        down.put(from.first(), seconds);
      }
      List<Schedule.Cell> again = task.writes.stream().filter(cell -> cell.again() > 0).toList();
      if (!again.isEmpty()) {
        Double swap = down.remove(again.getFirst().first());
        returns.add(
            new PlanReport.Return(
                again.stream()
                    .map(cell -> Inspection.described(cell.value()))
                    .collect(Collectors.joining(", ")),
                plan.devices().get(task.device).id(),
                way(task),
                again.stream().mapToLong(cell -> cell.value().type().bytes()).sum(),
                seconds + (swap == null ? 0 : swap),
                i));
      }
    }
    return returns;
  }

  private static PlanReport.Way way(Schedule.Task task) {
    return switch (task.action) {
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) ->
          from.device() == to.device() ? PlanReport.Way.SWAPPED : PlanReport.Way.UPLOADED_AGAIN;
      case Schedule.Action.Upload _ -> PlanReport.Way.UPLOADED_AGAIN;
      case Schedule.Action.Run _,
          Schedule.Action.Control _,
          Schedule.Action.Keep _,
          Schedule.Action.Fetch _ ->
          PlanReport.Way.COMPUTED_AGAIN;
    };
  }
}
